package io.holdfast.resource;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A JSON object.
 *
 * @param byName sorted by name, in which members are found; in which order they stand, each one
 *     says itself
 * @param end the place of the next member that is new
 */
record JsonObject(Row<Member> byName, long end) implements JsonTree.Container {
  static final JsonObject EMPTY = new JsonObject(Row.empty(), 0);

  /**
   * A name and its value.
   *
   * @param place where among the members, in ascending order
   * @param nameSize how many bytes the name has when it is written
   */
  record Member(String name, long place, long nameSize, JsonTree value) implements Row.Item {
    static Member of(String name, long place, JsonTree value) {
      return new Member(name, place, JsonTree.quotedSize(name), value);
    }

    Member withValue(JsonTree changed) {
      return new Member(name, place, nameSize, changed);
    }

    @Override
    public long size() {
      return nameSize + ":".length() + value.size();
    }

    @Override
    public int depth() {
      return value.depth();
    }
  }

  /**
   * @param members with places that ascend from 0
   */
  static JsonObject of(List<Member> members) {
    var sorted = members.stream().sorted(Comparator.comparing(Member::name)).toList();
    return new JsonObject(Row.of(sorted), members.size());
  }

  /** In the order in which they stand. */
  List<Member> members() {
    var members = byName.toList();
    members.sort(Comparator.comparingLong(Member::place));
    return members;
  }

  /** Changes the value at its place, or adds a member at the end. */
  JsonObject with(String name, JsonTree value) {
    int at = find(name);
    return at >= 0
        ? new JsonObject(byName.with(at, byName.get(at).withValue(value)), end)
        : new JsonObject(byName.inserted(-1 - at, Member.of(name, end, value)), end + 1);
  }

  JsonObject without(String name) {
    int at = find(name);
    return at >= 0 ? new JsonObject(byName.removed(at), end) : this;
  }

  @Override
  public long size() {
    return "{}".length() + byName.size() + Math.max(0, byName.count() - 1);
  }

  @Override
  public int depth() {
    return 1 + byName.depth();
  }

  @Override
  public String kind() {
    return "an object";
  }

  @Override
  public Optional<JsonTree> child(String token) {
    int at = find(token);
    return at >= 0 ? Optional.of(byName.get(at).value()) : Optional.empty();
  }

  @Override
  public Container withChild(String token, JsonTree value) {
    return with(token, value);
  }

  @Override
  public Optional<Container> added(String token, JsonTree value) {
    return Optional.of(with(token, value));
  }

  @Override
  public Container removed(String token) {
    return without(token);
  }

  @Override
  public boolean isSameAs(JsonTree other) {
    if (!(other instanceof JsonObject object) || byName.count() != object.byName.count()) {
      return false;
    }
    var mine = byName.toList().iterator();
    var others = object.byName.toList().iterator();
    while (mine.hasNext()) {
      var member = mine.next();
      var counterpart = others.next();
      if (!member.name().equals(counterpart.name())
          || !member.value().isSameAs(counterpart.value())) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void write(JsonGenerator generator) throws IOException {
    generator.writeStartObject();
    for (var member : members()) {
      generator.writeFieldName(member.name());
      member.value().write(generator);
    }
    generator.writeEndObject();
  }

  private int find(String name) {
    return byName.find(member -> name.compareTo(member.name()));
  }
}
