package io.holdfast.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.database.DatabaseSettings;
import io.holdfast.testing.TestDatabase;
import io.holdfast.tools.OperatorFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BystandersTest {
  private final DatabaseSettings postgres = TestDatabase.POSTGRESQL.fresh();

  @TempDir private Path directory;

  @Test
  void areNoneUnlessAskedFor() throws Exception {
    assertThat(Bystanders.of(0, Optional.empty())).isEmpty();
  }

  @Test
  void haveASchemaThatIsGoneWhenTheClusterIsClosed() throws Exception {
    var bystanders = Bystanders.of(10, Optional.of(config()));
    assertThat(schemas()).containsExactly(schema(bystanders));

    var cluster = OwnCluster.of(List.of(), preparation(bystanders), bystanders, false);
    assertThat(cluster.bystanders()).isEqualTo(bystanders);
    cluster.close();
    cluster.close();

    assertThat(schemas()).isEmpty();
  }

  @Test
  void areGoneWhereAFaultCannotBeClosed() throws Exception {
    var bystanders = Bystanders.of(10, Optional.of(config()));
    var cluster =
        OwnCluster.of(List.of(fault("stuck")), preparation(bystanders), bystanders, false);

    assertThatThrownBy(cluster::close).isInstanceOf(ChaosFailure.class);

    assertThat(schemas()).isEmpty();
  }

  @Test
  void areGoneWhereAFaultCannotBePrepared() throws Exception {
    var bystanders = Bystanders.of(10, Optional.of(config()));
    var preparation = preparation(bystanders);
    var faults = List.of(fault("broken"));

    assertThatThrownBy(() -> OwnCluster.of(faults, preparation, bystanders, false))
        .isInstanceOf(ChaosFailure.class);

    assertThat(schemas()).isEmpty();
  }

  @Test
  void areGoneWhereTheirConfigurationCannotBeWritten() throws Exception {
    var file = directory.resolve("no-such-directory").resolve("nodes.conf");

    assertThatThrownBy(() -> Bystanders.of(10, config(), file)).isInstanceOf(IOException.class);

    assertThat(schemas()).isEmpty();
  }

  /** The hook of a process that is told to end; one that has run, or is not there, is gone. */
  @Test
  void areRemovedAtTheProcesssEndUntilTheirClusterDoesThat() throws Exception {
    var alone = Bystanders.of(10, Optional.of(config())).orElseThrow();
    assertThat(alone.release()).isTrue();
    alone.close();

    var bystanders = Bystanders.of(10, Optional.of(config()));
    var cluster = OwnCluster.of(List.of(), preparation(bystanders), bystanders, false);
    assertThat(bystanders.orElseThrow().release()).isFalse();
    cluster.close();

    assertThat(schemas()).isEmpty();
  }

  @Test
  void giveTheNodesTheConfigurationThatNamesTheirSchema() throws Exception {
    var bystanders = Bystanders.of(10, Optional.of(config())).orElseThrow();
    try {
      var nodes = OperatorFile.read(Optional.of(bystanders.config()));

      assertThat(nodes.databaseUrl()).isEqualTo(bystanders.address().url());
      assertThat(nodes.databaseUser()).isEqualTo(postgres.user());
      assertThat(nodes.adminToken()).isEqualTo("of-the-operator");
      assertThat(bystanders.address().isOurs()).isFalse();
    } finally {
      bystanders.close();
    }
  }

  private Path config() throws Exception {
    return Files.writeString(
        directory.resolve("postgres.conf"),
        """
        holdfast.admin.token = of-the-operator
        holdfast.database { url = "%s", user = "%s", password = "%s" }
        """
            .formatted(postgres.url(), postgres.user(), postgres.password()));
  }

  private Preparation preparation(Optional<Bystanders> bystanders) {
    return new Preparation(directory.resolve("data"), 3, bystanders.orElseThrow().address());
  }

  private static Fault fault(String word) {
    return new RecordedFault(word, Victims.NONE, Fault.Asked.NEVER, new ArrayList<>());
  }

  private static String schema(Optional<Bystanders> bystanders) {
    return bystanders.orElseThrow().address().url().replaceFirst(".*currentSchema=", "");
  }

  private List<String> schemas() throws SQLException {
    try (var connection =
            DriverManager.getConnection(postgres.url(), postgres.user(), postgres.password());
        var found = connection.getMetaData().getSchemas(null, "holdfast%")) {
      var names = new ArrayList<String>();
      while (found.next()) {
        names.add(found.getString("TABLE_SCHEM"));
      }
      return names;
    }
  }
}
