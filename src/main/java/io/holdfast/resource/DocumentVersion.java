package io.holdfast.resource;

/**
 * Which content a strong entity tag names: the sequence number of the event that last changed the
 * document, and the generation of the database's history in which that event was written. Within
 * the first generation the tag is the bare number; after a promotion that lost events the same
 * number may come again, and then the generation tells the two contents apart.
 *
 * @param sequenceNr 0: the document has never been written
 * @param generation 0: the first history
 */
public record DocumentVersion(long sequenceNr, long generation)
    implements Comparable<DocumentVersion> {
  /** Of a document that was never written. */
  public static final DocumentVersion NONE = new DocumentVersion(0, 0);

  /** The opaque part of the entity tag, without quotes: {@code 7}, or {@code 7-1}. */
  public String tag() {
    return generation == 0 ? Long.toString(sequenceNr) : sequenceNr + "-" + generation;
  }

  @Override
  public int compareTo(DocumentVersion other) {
    return generation != other.generation
        ? Long.compare(generation, other.generation)
        : Long.compare(sequenceNr, other.sequenceNr);
  }
}
