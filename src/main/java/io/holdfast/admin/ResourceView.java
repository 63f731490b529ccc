package io.holdfast.admin;

import io.holdfast.database.History;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** What the operator's port shows of single resources: never their contents. */
public interface ResourceView {
  /** What a path names. */
  sealed interface Named {}

  /** No route takes it, or its route has nothing of the kind. */
  record Nothing(String detail) implements Named {}

  /** It cannot name anything. */
  record Malformed(String detail) implements Named {}

  /** A document. */
  record OfDocument(String route, String collection, String id, int shard) implements Named {}

  /** A target of a service. */
  record OfService(String route) implements Named {}

  /**
   * @param path of a request, not decoded; or a URL
   */
  Named named(String path);

  /**
   * What this node has of it, as JSON: {@code owns}, {@code state}, {@code etag}; {@code stored}.
   */
  Map<String, Object> here(String path);

  /** What the database has of it; fails when that does not answer. */
  CompletionStage<History.Of> history(OfDocument document);
}
