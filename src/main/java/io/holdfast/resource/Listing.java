package io.holdfast.resource;

import java.util.List;
import java.util.concurrent.CompletionStage;

/** The documents that exist in a collection, in the order of their ids' code units. */
@FunctionalInterface
public interface Listing {
  /**
   * A document that exists.
   *
   * @param etag its entity tag, without quotes
   */
  record Item(String id, String etag) {}

  /**
   * The first documents behind an id, with every write that was acknowledged before.
   *
   * @param after exclusive, need not exist; empty for the beginning
   * @return fails when the database does not answer
   */
  CompletionStage<List<Item>> page(String collection, String after, int limit);
}
