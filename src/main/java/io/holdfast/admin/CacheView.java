package io.holdfast.admin;

import io.holdfast.caching.Purge;
import io.holdfast.database.WriteBehind;
import io.holdfast.resource.Purging;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** What the operator's port shows of stored responses, and the order to purge some. */
public interface CacheView {
  /**
   * What this node stores for one route.
   *
   * @param route its name
   * @param entries stored responses, of targets that this node owns and in its copies
   * @param bytes of their content and fields
   * @param hits answers from them since the node began
   * @param misses answers of the route that had to be fetched
   */
  record RouteCache(String route, long entries, long bytes, long hits, long misses) {}

  /**
   * A URL that is answered from this node's copies.
   *
   * @param url at most 300 characters of it
   * @param hits since a copy is here
   */
  record TopUrl(String route, String url, long hits) {}

  /** The ten with the most hits, the first one first; some seconds old. */
  List<TopUrl> top();

  /** What is kept in the database of warm routes. */
  WriteBehind.Counts warm();

  /** All routes that may store responses, also those that do not. */
  List<RouteCache> routes();

  /**
   * Purges on all nodes; completes when all have done so, or their time is over.
   *
   * @param soft what is stored becomes stale; else it is removed
   * @param dryRun only counts
   */
  CompletionStage<Purging.Reply> purge(Purge.Scope scope, boolean soft, boolean dryRun);
}
