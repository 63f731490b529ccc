package io.holdfast;

import io.holdfast.database.Slots;
import io.holdfast.edge.Edge;
import io.holdfast.edge.HttpServer;
import io.holdfast.resource.DocumentsSettings;
import io.holdfast.route.Route;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;

/** Documents that nodes ask for to try themselves, and that no client can ask for. */
final class OwnDocuments {
  /** No configured collection can have this name. */
  static final String COLLECTION = "~";

  static final long COPIES_BYTES = 1 << 20;
  private static final int CONTENT_BYTES_MAX = 1024;

  private OwnDocuments() {}

  /**
   * Answers requests for them, at {@code /} and their id.
   *
   * @param access gets a line for each
   */
  static HttpServer.Handler handler(
      Edge edge, Duration deadline, Logger access, MeterRegistry meters) {
    var route = Route.toDocuments(COLLECTION, "/", COLLECTION, deadline, false);
    var documents =
        new DocumentsSettings(
            COLLECTION, CONTENT_BYTES_MAX, 2, false, COPIES_BYTES, COPIES_BYTES, deadline);
    return edge.handler(List.of(route), Map.of(COLLECTION, documents), access, meters);
  }

  /** The id of one document, which does not exist, in each shard. */
  static Map<Integer, String> oneOfEachShard(Slots slots) {
    var ids = new HashMap<Integer, String>();
    for (int i = 0; ids.size() < slots.shards(); i++) {
      var id = Integer.toString(i);
      ids.putIfAbsent(slots.shardOf(entityId(id)), id);
    }
    return ids;
  }

  static String entityId(String id) {
    return COLLECTION + "/" + id;
  }
}
