package io.holdfast.resource;

import io.holdfast.resource.JsonTree.Container;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where a pointer leads to in a document, be there a value or not.
 *
 * @param above what the way goes through, from the document's root to the container that has the
 *     place, one for each of the pointer's tokens
 */
record Place(JsonTree document, JsonPointer pointer, List<Container> above) {
  /** Nothing if there is no container that could have the place. */
  static Optional<Place> of(JsonTree document, JsonPointer pointer) {
    var above = above(document, pointer);
    return above.size() == pointer.tokens().size()
        ? Optional.of(new Place(document, pointer, above))
        : Optional.empty();
  }

  Optional<JsonTree> value() {
    return pointer.isWholeDocument() ? Optional.of(document) : container().child(token());
  }

  /** The document with a value added here, or nothing if there can be none. */
  Optional<JsonTree> added(JsonTree value) {
    return pointer.isWholeDocument()
        ? Optional.of(value)
        : container().added(token(), value).map(this::documentWith);
  }

  /** The document with another value instead of the one here. */
  JsonTree replaced(JsonTree value) {
    return pointer.isWholeDocument() ? value : documentWith(container().withChild(token(), value));
  }

  /** The document without the value here, which is not the whole document. */
  JsonTree removed() {
    return documentWith(container().removed(token()));
  }

  /** Why there is nothing where the pointer leads to. */
  static String whyNothing(JsonTree document, JsonPointer pointer) {
    return "there is nothing at " + pointer.quoted() + ": " + obstacle(document, pointer);
  }

  /** Why nothing can be added where the pointer leads to. */
  static String whyNoneToAdd(JsonTree document, JsonPointer pointer) {
    return "nothing can be added at " + pointer.quoted() + ": " + obstacle(document, pointer);
  }

  private static String obstacle(JsonTree document, JsonPointer pointer) {
    var above = above(document, pointer);
    int last = above.size() - 1;
    Optional<JsonTree> end =
        last < 0 ? Optional.of(document) : above.get(last).child(pointer.tokens().get(last));
    if (end.isPresent()) {
      return at(pointer, last + 1) + " is " + end.get().kind();
    }
    return at(pointer, last)
        + " is "
        + above.get(last).kind()
        + " without "
        + JsonPointer.quoted(pointer.tokens().get(last));
  }

  private static String at(JsonPointer pointer, int tokens) {
    return tokens == 0 ? "the document" : pointer.start(tokens).quoted();
  }

  /** As far as the way can be gone. */
  private static List<Container> above(JsonTree document, JsonPointer pointer) {
    var above = new ArrayList<Container>();
    var value = Optional.of(document);
    for (var token : pointer.tokens()) {
      if (!(value.orElse(null) instanceof Container container)) {
        break;
      }
      above.add(container);
      value = container.child(token);
    }
    return above;
  }

  private JsonTree documentWith(Container changed) {
    var tree = changed;
    for (int i = above.size() - 2; i >= 0; i--) {
      tree = above.get(i).withChild(pointer.tokens().get(i), tree);
    }
    return tree;
  }

  private Container container() {
    return above.get(above.size() - 1);
  }

  private String token() {
    return pointer.tokens().get(pointer.tokens().size() - 1);
  }
}
