package io.holdfast.resource;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** A JSON array. */
record JsonArray(Row<JsonTree> elements) implements JsonTree.Container {
  /** No leading zeros (RFC 6901, section 4); more digits than these no array has elements for. */
  private static final Pattern INDEX = Pattern.compile("0|[1-9][0-9]{0,8}");

  private static final String END = "-";

  @Override
  public long size() {
    return "[]".length() + elements.size() + Math.max(0, elements.count() - 1);
  }

  @Override
  public int depth() {
    return 1 + elements.depth();
  }

  @Override
  public String kind() {
    int count = elements.count();
    return "an array of " + count + (count == 1 ? " element" : " elements");
  }

  @Override
  public Optional<JsonTree> child(String token) {
    var index = index(token, elements.count() - 1);
    return index.isEmpty() ? Optional.empty() : Optional.of(elements.get(index.getAsInt()));
  }

  @Override
  public Container withChild(String token, JsonTree value) {
    return new JsonArray(elements.with(Integer.parseInt(token), value));
  }

  @Override
  public Optional<Container> added(String token, JsonTree value) {
    int end = elements.count();
    var index = token.equals(END) ? OptionalInt.of(end) : index(token, end);
    return index.isEmpty()
        ? Optional.empty()
        : Optional.of(new JsonArray(elements.inserted(index.getAsInt(), value)));
  }

  @Override
  public Container removed(String token) {
    return new JsonArray(elements.removed(Integer.parseInt(token)));
  }

  @Override
  public boolean isSameAs(JsonTree other) {
    if (!(other instanceof JsonArray array) || elements.count() != array.elements.count()) {
      return false;
    }
    var mine = elements.toList().iterator();
    var others = array.elements.toList().iterator();
    while (mine.hasNext()) {
      if (!mine.next().isSameAs(others.next())) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void write(JsonGenerator generator) throws IOException {
    generator.writeStartArray();
    for (var element : elements.toList()) {
      element.write(generator);
    }
    generator.writeEndArray();
  }

  private static OptionalInt index(String token, int max) {
    if (!INDEX.matcher(token).matches()) {
      return OptionalInt.empty();
    }
    int index = Integer.parseInt(token);
    return index <= max ? OptionalInt.of(index) : OptionalInt.empty();
  }
}
