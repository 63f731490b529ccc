package io.holdfast.database;

/**
 * Implemented by events that change how a document appears in its collection's listing. Collection
 * and id come from the persistence id, {@code document|<collection>/<id>}.
 */
public interface ListingChange {
  /** Whether the document is gone after this event. */
  boolean deleted();

  /** The entity tag after this event, without quotes; at most 41 characters. */
  String etag();
}
