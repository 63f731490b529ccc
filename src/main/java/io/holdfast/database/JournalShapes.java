package io.holdfast.database;

import io.holdfast.database.RowBatch.Shape;
import io.holdfast.database.RowBatch.Type;
import java.util.List;

/** The statements for the rows that the journal's writer writes. */
record JournalShapes(Dialect dialect) {
  private static final List<Type> NUMBERS_OF_ENTITIES = List.of(Type.TEXT, Type.NUMBER);

  Shape events() {
    return insert(
        "INSERT INTO journal (incarnation, written_at, persistence_id, sequence_nr, serializer_id,"
            + " manifest, payload)",
        List.of(Type.NUMBER, Type.TIME),
        List.of(Type.TEXT, Type.NUMBER, Type.SMALL_NUMBER, Type.TEXT, Type.BYTES));
  }

  Shape changes() {
    return insert(
        "INSERT INTO document_change (stream, changed_at, position, collection, id, etag, deleted)",
        List.of(Type.NUMBER, Type.TIME),
        List.of(Type.NUMBER, Type.TEXT, Type.TEXT, Type.TEXT, Type.FLAG));
  }

  private Shape insert(String head, List<Type> scalars, List<Type> types) {
    return Shape.insert(head, scalars, types, "", dialect);
  }

  Shape listing() {
    return upsert(
        "document",
        "collection, id",
        "etag, deleted",
        List.of(Type.TEXT, Type.TEXT, Type.TEXT, Type.FLAG));
  }

  Shape snapshots() {
    return upsert(
        "snapshot",
        "persistence_id, sequence_nr",
        "written_at, serializer_id, manifest, payload",
        List.of(Type.TEXT, Type.NUMBER, Type.TIME, Type.SMALL_NUMBER, Type.TEXT, Type.LARGE));
  }

  private Shape upsert(String table, String key, String values, List<Type> types) {
    var columns = "%s (%s, %s)".formatted(table, key, values);
    return switch (dialect) {
      case H2 ->
          Shape.insert(
              "MERGE INTO " + columns + " KEY (" + key + ")", List.of(), types, "", dialect);
      case POSTGRESQL ->
          Shape.insert(
              "INSERT INTO " + columns,
              List.of(),
              types,
              " ON CONFLICT (%s) DO UPDATE SET (%s) = (%s)"
                  .formatted(key, values, "EXCLUDED." + values.replace(", ", ", EXCLUDED.")),
              dialect);
    };
  }

  /** Snapshots before a number; of each entity its own. */
  Shape oldSnapshots() {
    return delete("snapshot", "<");
  }

  /** Events up to a number; of each entity its own. */
  Shape oldEvents() {
    return delete("journal", "<=");
  }

  /**
   * A join with the rows. On H2 it is a {@code MERGE}, which looks each entity up once: a {@code
   * DELETE} there has no join, and one with a query in it read all rows again for each event (40 ms
   * for 60 entities, 700 ms for 300).
   */
  private Shape delete(String table, String comparison) {
    var sql =
        switch (dialect) {
          case H2 ->
              "MERGE INTO %1$s USING %%s ON persistence_id = C1 AND sequence_nr %2$s C2"
                  + " WHEN MATCHED THEN DELETE";
          case POSTGRESQL ->
              "DELETE FROM %1$s USING %%s WHERE persistence_id = C1 AND sequence_nr %2$s C2";
        };
    return new Shape(sql.formatted(table, comparison), List.of(), NUMBERS_OF_ENTITIES);
  }
}
