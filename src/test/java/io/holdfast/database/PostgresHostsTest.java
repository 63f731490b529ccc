package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PostgresHostsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql:holdfast",
        "jdbc:postgresql:///holdfast",
        "jdbc:postgresql://db/holdfast",
        "jdbc:postgresql://db:5433/holdfast?ssl=true&x=a,b",
        "jdbc:postgresql://[::1]:5432/holdfast",
        "jdbc:postgresql://db?user=a/b,c",
        "jdbc:h2:tcp://127.0.0.1:9092/mem"
      })
  void oneHostStaysWhatItIs(String url) {
    var hosts = new PostgresHosts(url);
    hosts.turn();
    assertThat(hosts.url()).isEqualTo(url);
    assertThat(hosts.count()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 'a:1,b,c:3'",
    "1, 'b,c:3,a:1'",
    "2, 'c:3,a:1,b'",
    "3, 'a:1,b,c:3'",
  })
  void afterEachTurnAnotherComesFirst(int turns, String order) {
    var hosts = new PostgresHosts("jdbc:postgresql://a:1,b,c:3/db?targetServerType=primary");
    for (int i = 0; i < turns; i++) {
      hosts.turn();
    }
    assertThat(hosts.url())
        .isEqualTo("jdbc:postgresql://" + order + "/db?targetServerType=primary");
  }

  @Test
  void knowsHowManyThereAre() {
    assertThat(new PostgresHosts("jdbc:postgresql://a,b,c").count()).isEqualTo(3);
  }
}
