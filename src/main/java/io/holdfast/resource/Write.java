package io.holdfast.resource;

import java.time.Duration;

/**
 * A write to a document, checked at the edge as far as it can be without the document.
 *
 * @param content the new content for PUT, the patch for PATCH, else empty
 * @param shown a patch's answer shows the document, also when it has to be given again
 */
public record Write(
    Action action,
    byte[] content,
    Conditions conditions,
    Rules rules,
    WriteKey key,
    boolean shown) {
  /** A write whose answer shows what HTTP expects of its method. */
  public Write(Action action, byte[] content, Conditions conditions, Rules rules, WriteKey key) {
    this(action, content, conditions, rules, key, action.isPatch());
  }

  Write shown(boolean shown) {
    return new Write(action, content, conditions, rules, key, shown);
  }

  /**
   * What the collection asks of its documents.
   *
   * @param ifMatchRequired {@code If-Match} is asked for on existing documents
   * @param contentBytesMax of a patch's result
   * @param depthMax of a patch's result
   * @param refusalsKept for how long a refusal is repeated to the same request
   */
  public record Rules(
      boolean ifMatchRequired, int contentBytesMax, int depthMax, Duration refusalsKept) {}

  /** What to do with the document. */
  public enum Action {
    PUT,
    DELETE,
    MERGE_PATCH,
    JSON_PATCH;

    /** The action of such a patch. */
    public static Action of(Patch.Kind kind) {
      return kind == Patch.Kind.MERGE ? MERGE_PATCH : JSON_PATCH;
    }

    public boolean isPatch() {
      return this == MERGE_PATCH || this == JSON_PATCH;
    }

    Patch.Kind patchKind() {
      return this == MERGE_PATCH ? Patch.Kind.MERGE : Patch.Kind.JSON_PATCH;
    }
  }
}
