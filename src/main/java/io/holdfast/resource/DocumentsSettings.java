package io.holdfast.resource;

import io.holdfast.config.ConfigReader;
import java.time.Duration;

/**
 * Limits of one collection of documents.
 *
 * @param collection its name in the configuration and the database
 * @param contentBytesMax beyond it 413
 * @param depthMax nesting of arrays and objects, beyond it 400
 * @param ifMatchRequired a write to an existing document without {@code If-Match} gets 428
 * @param memoryBytesMax documents in a node's memory, each with its content and 4 KiB
 * @param copiesBytesMax last known representations kept on a node
 * @param staleAfter how long a read waits for its owner before such a copy answers it
 */
public record DocumentsSettings(
    String collection,
    int contentBytesMax,
    int depthMax,
    boolean ifMatchRequired,
    long memoryBytesMax,
    long copiesBytesMax,
    Duration staleAfter) {
  private static final long KIB = 1024;
  private static final long MIB = KIB * KIB;
  private static final long GIB = KIB * MIB;

  /** An event is its content and a little more, and H2's VARBINARY ends at 1 MiB. */
  private static final long CONTENT_MAX = 960 * KIB;

  private static final int DEPTH_MAX = 1000;

  private enum IfMatch {
    OPTIONAL,
    REQUIRED
  }

  /** Reads one section of {@code holdfast.documents}. */
  public static DocumentsSettings read(String collection, ConfigReader documents) {
    return new DocumentsSettings(
        collection,
        (int) documents.bytes("content-max", 1, CONTENT_MAX),
        documents.integer("depth-max", 1, DEPTH_MAX),
        documents.choice("if-match", IfMatch.class) == IfMatch.REQUIRED,
        documents.bytes("memory-max", MIB, 64 * GIB),
        documents.bytes("copies-max", 0, 64 * GIB),
        documents.duration("stale-after", Duration.ofMillis(10), Duration.ofMinutes(1)));
  }
}
