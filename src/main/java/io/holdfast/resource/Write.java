package io.holdfast.resource;

/**
 * A write to a document, checked at the edge as far as it can be without the document.
 *
 * @param content the new content for PUT, else empty
 * @param ifMatchRequired the collection asks for {@code If-Match} on existing documents
 */
public record Write(
    Action action, byte[] content, Conditions conditions, boolean ifMatchRequired, WriteKey key) {
  /** What to do with the document. */
  public enum Action {
    PUT,
    DELETE
  }
}
