package io.holdfast.cluster;

import io.holdfast.database.Database;
import io.holdfast.database.DatabaseSettings;
import java.util.UUID;
import org.flywaydb.core.Flyway;

/** An H2 in memory with the schema, gone when it is closed. */
final class TestDatabase implements AutoCloseable {
  final Database database;

  TestDatabase() {
    var url = "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";
    Flyway.configure().dataSource(url, "sa", "").locations("classpath:db/h2").load().migrate();
    this.database = Database.open(new DatabaseSettings(url, "sa", "", 12));
  }

  @Override
  public void close() {
    database.close();
  }
}
