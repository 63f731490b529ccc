package io.holdfast.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.database.Database;
import io.holdfast.database.DatabaseSettings;
import io.holdfast.database.Slots;
import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.TestDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A node that cannot start says why in one line and ends with 2, so that nobody waits for it. */
class CannotStartTest {
  private static final int CANNOT_START = 2;

  @ParameterizedTest
  @ValueSource(strings = {"http-port", "admin-port", "remoting-port", "lifeline-port"})
  void aPortThatIsTaken(String port) throws IOException {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var nodes =
            NodeProcesses.launch(
                1, TestDatabase.H2.fresh(), "holdfast.node." + port + "=" + taken.getLocalPort())) {
      assertThat(nodes.exitCode(1)).as(nodes.logged(1)).isEqualTo(CANNOT_START);
      assertThat(nodes.logged(1))
          .contains("n1 cannot start: ")
          .contains(Integer.toString(taken.getLocalPort()))
          .doesNotContain("\tat ");
    }
  }

  @Test
  void aDatabaseThatRefusesThePassword() throws SQLException {
    var good = TestDatabase.H2.fresh();
    try (var database = Database.open(good)) {
      database.prepare("holdfast", new Slots(64));
    }
    assertRefused(new DatabaseSettings(good.url(), good.user(), "wrong", good.connectionsMax()));
  }

  @Test
  void aDatabaseThatIsNotThere() {
    var good = TestDatabase.POSTGRESQL.fresh();
    assertRefused(
        new DatabaseSettings(
            good.url().replaceFirst("/[^/?]+($|\\?)", "/nowhere$1"),
            good.user(),
            good.password(),
            good.connectionsMax()));
  }

  private static void assertRefused(DatabaseSettings bad) {
    try (var nodes = NodeProcesses.launch(1, bad)) {
      assertThat(nodes.exitCode(1)).as(nodes.logged(1)).isEqualTo(CANNOT_START);
      assertThat(nodes.logged(1)).contains("n1 cannot start: the database refuses it: ");
    }
  }
}
