package io.holdfast.resource;

import java.util.Optional;
import java.util.function.Function;

/** One operation of a JSON Patch (RFC 6902, section 4). */
sealed interface PatchOperation {
  /** What it has made of a document. */
  sealed interface Result {
    record Done(JsonTree tree) implements Result {}

    /**
     * @param reason names pointers and kinds, and quotes nothing of the document
     */
    record Failed(String reason) implements Result {}
  }

  Result applyTo(JsonTree document);

  /** Section 4.1. */
  record Add(JsonPointer path, JsonTree value) implements PatchOperation {
    @Override
    public Result applyTo(JsonTree document) {
      return Place.of(document, path)
          .flatMap(place -> place.added(value))
          .<Result>map(Result.Done::new)
          .orElseGet(() -> new Result.Failed(Place.whyNoneToAdd(document, path)));
    }
  }

  /** Section 4.2. */
  record Remove(JsonPointer path) implements PatchOperation {
    @Override
    public Result applyTo(JsonTree document) {
      return path.isWholeDocument()
          ? new Result.Failed("a patch cannot remove the whole document")
          : at(document, path, place -> new Result.Done(place.removed()));
    }
  }

  /** Section 4.3. */
  record Replace(JsonPointer path, JsonTree value) implements PatchOperation {
    @Override
    public Result applyTo(JsonTree document) {
      return at(document, path, place -> new Result.Done(place.replaced(value)));
    }
  }

  /** Section 4.4. */
  record Move(JsonPointer from, JsonPointer path) implements PatchOperation {
    @Override
    public Result applyTo(JsonTree document) {
      if (from.isAbove(path)) {
        return new Result.Failed(
            "what is at " + from.quoted() + " cannot move into itself, to " + path.quoted());
      }
      return at(
          document,
          from,
          place ->
              // A member that was removed and added would go to the end.
              from.tokens().equals(path.tokens())
                  ? new Result.Done(document)
                  : new Add(path, place.value().orElseThrow()).applyTo(place.removed()));
    }
  }

  /** Section 4.5. */
  record Copy(JsonPointer from, JsonPointer path) implements PatchOperation {
    @Override
    public Result applyTo(JsonTree document) {
      return at(
          document, from, place -> new Add(path, place.value().orElseThrow()).applyTo(document));
    }
  }

  /** Section 4.6. */
  record Test(JsonPointer path, JsonTree value) implements PatchOperation {
    @Override
    public Result applyTo(JsonTree document) {
      return at(
          document,
          path,
          place ->
              value.isSameAs(place.value().orElseThrow())
                  ? new Result.Done(document)
                  : new Result.Failed("what is at " + path.quoted() + " is not the tested value"));
    }
  }

  /** Does it where there is a value, or says why there is none. */
  private static Result at(
      JsonTree document, JsonPointer pointer, Function<Place, Result> operation) {
    Optional<Place> place = Place.of(document, pointer).filter(found -> found.value().isPresent());
    return place
        .map(operation)
        .orElseGet(() -> new Result.Failed(Place.whyNothing(document, pointer)));
  }
}
