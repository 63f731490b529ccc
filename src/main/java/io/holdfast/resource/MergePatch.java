package io.holdfast.resource;

import io.holdfast.resource.JsonTree.Literal;

/** A JSON Merge Patch (RFC 7396): any JSON value. */
record MergePatch(JsonTree patch) implements Patch.Change {
  @Override
  public Patch.Step applyTo(JsonTree document, Patch.Bounds bounds) {
    var merged = merged(document, patch);
    return bounds
        .exceededBy(merged, "the patched document")
        .<Patch.Step>map(Patch.Step.Stopped::new)
        .orElseGet(() -> new Patch.Step.Done(merged));
  }

  /** RFC 7396, section 2, in its words. */
  private static JsonTree merged(JsonTree target, JsonTree patch) {
    if (!(patch instanceof JsonObject changes)) {
      return patch;
    }
    var result = target instanceof JsonObject object ? object : JsonObject.EMPTY;
    for (var member : changes.members()) {
      result = merged(result, member);
    }
    return result;
  }

  private static JsonObject merged(JsonObject target, JsonObject.Member change) {
    if (change.value() == Literal.NULL) {
      return target.without(change.name());
    }
    var value = target.child(change.name()).orElse(Literal.NULL);
    return target.with(change.name(), merged(value, change.value()));
  }
}
