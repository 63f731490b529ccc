package io.holdfast.resource;

import java.time.Duration;

/**
 * Limits of one collection of documents.
 *
 * @param collection its name in the configuration and the database
 * @param contentBytesMax beyond it 413
 * @param depthMax nesting of arrays and objects, beyond it 400
 * @param ifMatchRequired a write to an existing document without {@code If-Match} gets 428
 * @param copiesBytesMax last known representations kept on a node
 * @param staleAfter how long a read waits for its owner before such a copy answers it
 */
public record DocumentsSettings(
    String collection,
    int contentBytesMax,
    int depthMax,
    boolean ifMatchRequired,
    long copiesBytesMax,
    Duration staleAfter) {}
