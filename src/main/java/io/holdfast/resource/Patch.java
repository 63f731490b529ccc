package io.holdfast.resource;

import java.util.Arrays;
import java.util.Optional;

/**
 * A patch document (RFC 5789) that was found to be one: a JSON Merge Patch (RFC 7396) or a JSON
 * Patch (RFC 6902). It can be applied to any number of documents, and changes none of them.
 *
 * <p>Our own, because the libraries there are keep numbers as numbers: zjsonpatch 0.4.16,
 * json-patch 1.13 and Parsson 1.1.7 all write 1E400 back as 1E+400 and -0 as 0 when an empty patch
 * is applied, two of them do not take 1 for 1.0, and none has a bound on what copies make.
 *
 * <p>Work and memory grow with the lengths of document and patch, times the logarithm of the
 * document's length, however the operations are chosen: trees share what they have in common (see
 * {@link Row}), so a copy of any size and an insertion at the front of any array take as many steps
 * as their pointers have tokens, times that logarithm; and a tree that would be written with too
 * many bytes, or is nested too deep, stops the patch at the operation that makes it so.
 */
public final class Patch {
  /** What can be sent, by the type of its content. */
  public enum Kind {
    MERGE("application/merge-patch+json"),
    JSON_PATCH("application/json-patch+json");

    private final String mediaType;

    Kind(String mediaType) {
      this.mediaType = mediaType;
    }

    public String mediaType() {
      return mediaType;
    }
  }

  /** What content was found to be. */
  public sealed interface Reading {
    /** A patch, which can be applied. */
    record Readable(Patch patch) implements Reading {}

    /** Not JSON at all: 400. */
    record NotJson(String reason) implements Reading {}

    /**
     * JSON, but not a patch: 422 (RFC 5789, section 2.2).
     *
     * @param reason names the element; they are counted from 0, as JSON pointers count
     */
    record NotAPatch(String reason) implements Reading {}
  }

  /** What applying has come to. */
  public sealed interface Outcome {
    /**
     * Applied as a whole.
     *
     * @param content without whitespace; the very bytes of the document if nothing has changed
     */
    record Patched(byte[] content) implements Outcome {}

    /** The document is not such that the patch can be applied to it: 409. */
    record Conflict(String reason) implements Outcome {}

    /** The document would become longer than it may, if only on the way: 413. */
    record TooLarge() implements Outcome {}

    /** The document would be nested deeper than it may, if only on the way: 409. */
    record TooDeep(String reason) implements Outcome {}
  }

  /** What a patch says is to be done. */
  sealed interface Change permits MergePatch, JsonPatch {
    Step applyTo(JsonTree document, Bounds bounds);
  }

  /** Where a change has come to. */
  sealed interface Step {
    record Done(JsonTree tree) implements Step {}

    record Stopped(Outcome outcome) implements Step {}
  }

  /** What no tree may exceed on the way. */
  record Bounds(long sizeMax, int depthMax) {
    /** Why to stop, if this tree exceeds them. */
    Optional<Outcome> exceededBy(JsonTree tree, String where) {
      if (tree.size() > sizeMax) {
        return Optional.of(new Outcome.TooLarge());
      }
      return tree.depth() > depthMax
          ? Optional.of(new Outcome.TooDeep(where + tooDeep(depthMax)))
          : Optional.empty();
    }
  }

  private final Change change;

  private Patch(Change change) {
    this.change = change;
  }

  /**
   * Is this a patch?
   *
   * @param depthMax how many arrays and objects may be inside each other in it
   */
  public static Reading read(Kind kind, byte[] content, int depthMax) {
    var fault = JsonContent.faultOf(content, depthMax);
    if (fault.isPresent()) {
      return new Reading.NotJson(fault.get());
    }
    var tree = JsonTree.parse(content, depthMax).orElseThrow();
    return switch (kind) {
      case MERGE -> readable(new MergePatch(tree));
      case JSON_PATCH -> JsonPatch.read(tree);
    };
  }

  static Reading readable(Change change) {
    return new Reading.Readable(new Patch(change));
  }

  /**
   * What the document would be with this patch applied, as a whole or not at all.
   *
   * @param document which {@link JsonContent} has found to be JSON; it is not changed
   * @param bytesMax for the patched document. One that is longer already may become shorter.
   * @param depthMax how many arrays and objects may be inside each other
   * @throws IllegalArgumentException if the document is not JSON
   */
  public Outcome apply(byte[] document, int bytesMax, int depthMax) {
    var before = JsonTree.parse(document, depthMax);
    if (before.isEmpty()) {
      return new Outcome.TooDeep("the document" + tooDeep(depthMax));
    }
    var bounds = new Bounds(Math.max(bytesMax, before.get().size()), depthMax);
    var step = change.applyTo(before.get(), bounds);
    return step instanceof Step.Stopped stopped
        ? stopped.outcome()
        : outcome(before.get(), ((Step.Done) step).tree(), document, bytesMax);
  }

  private static Outcome outcome(JsonTree before, JsonTree after, byte[] document, int bytesMax) {
    if (after == before) {
      return new Outcome.Patched(document);
    }
    var content = after.toBytes();
    if (after.size() == before.size() && Arrays.equals(content, before.toBytes())) {
      return new Outcome.Patched(document);
    }
    return content.length > bytesMax ? new Outcome.TooLarge() : new Outcome.Patched(content);
  }

  private static String tooDeep(int depthMax) {
    return " is nested deeper than " + depthMax + " arrays and objects";
  }
}
