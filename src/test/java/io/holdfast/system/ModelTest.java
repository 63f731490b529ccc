package io.holdfast.system;

import static io.holdfast.system.HttpAnswers.field;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.testing.HotDocument;
import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.RawClient;
import io.holdfast.testing.TestDatabase;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Any sequence of requests for a few documents, through three nodes that are killed and started
 * again between them, gives what a simple map with versions gives. The report names the seed, which
 * {@code @Property(seed = "...")} takes; {@code -Dholdfast.model.steps} says how many requests come
 * at most before each kill.
 */
class ModelTest {
  private static final int STEPS = Integer.getInteger("holdfast.model.steps", 100);
  private static final Pattern ID = Pattern.compile("\"id\":\"([^\"]+)\"");
  private static final String DOCS = "/docs";

  private static NodeProcesses nodes;
  private static int stories;

  private enum Kind {
    READ,
    PUT,
    MERGE,
    JSON_PATCH,
    DELETE,
    POST,
    REPEAT,
    REUSE,
    PAGE
  }

  private enum Condition {
    NONE,
    CURRENT,
    ANOTHER,
    ABSENT
  }

  private enum Fault {
    KILL_ONE,
    RESTART_ALL
  }

  /**
   * One request.
   *
   * @param document of those that were named so far, by number
   * @param value of the content; a JSON Patch tests for it and adds one
   * @param preference of {@code return}; empty for none
   */
  private record Command(
      Kind kind,
      int document,
      int node,
      int value,
      Condition condition,
      boolean keyed,
      String preference) {}

  private record Chapter(List<Command> commands, Fault fault, int node) {}

  /** What a document should be. */
  private static final class Model {
    boolean exists;
    long version;
    int value;

    String tag() {
      return "\"" + version + "\"";
    }

    String content() {
      return content(value);
    }

    static String content(int value) {
      return "{\"v\":" + value + "}";
    }
  }

  /** A request under a key that was carried out, and its answer. */
  private record Kept(
      String method, String path, String content, String[] fields, HttpResponse<String> answer) {}

  /** The state of one story; ids and keys are its own. */
  private static final class Story {
    final String name = "s" + ++stories;
    final TreeMap<String, Model> models = new TreeMap<>();
    final List<String> ids = new ArrayList<>(List.of(name + "-a", name + "-b", name + "-c"));
    final List<Kept> kept = new ArrayList<>();
    int keys;
    int repeats;
    int marks;
  }

  private static final List<Integer> running = new ArrayList<>(List.of(1, 2, 3));

  @BeforeContainer
  static void start() {
    nodes = NodeProcesses.start(3, TestDatabase.H2.fresh());
  }

  @AfterContainer
  static void stop() {
    nodes.close();
  }

  @Provide
  Arbitrary<List<Chapter>> chapters() {
    var command =
        Combinators.combine(
                Arbitraries.of(Kind.values()),
                Arbitraries.integers().between(0, 9),
                Arbitraries.integers().between(0, 2),
                Arbitraries.integers().between(0, 3),
                Arbitraries.of(
                    Condition.NONE,
                    Condition.NONE,
                    Condition.CURRENT,
                    Condition.ANOTHER,
                    Condition.ABSENT),
                Arbitraries.of(true, false),
                Arbitraries.of("", "minimal", "representation"))
            .as(Command::new);
    return Combinators.combine(
            command.list().ofMinSize(STEPS / 2).ofMaxSize(STEPS),
            Arbitraries.of(Fault.values()),
            Arbitraries.integers().between(0, 2))
        .as(Chapter::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(2);
  }

  @Property(tries = 2, edgeCases = EdgeCasesMode.NONE)
  void isLikeAMapWithVersions(@ForAll("chapters") List<Chapter> chapters) {
    empty();
    var story = new Story();
    for (var chapter : chapters) {
      chapter.commands().forEach(command -> carryOut(story, command));
      strike(chapter);
      story.kept.forEach(first -> repeat(story, first, 0));
      running.forEach(node -> page(story, node, 1000, ""));
    }
    // A request that the edge has sent twice bears no mark: it cannot tell which was first.
    assertThat(story.marks).isGreaterThanOrEqualTo(story.repeats * 3 / 4);
  }

  /** Readers on all three nodes, whose owner lets the others answer for it, and a writer. */
  @Example
  void noReaderOfAHotDocumentIsToldAnOlderVersionThanWasKnown() throws Exception {
    startAll();
    nodes.awaitReady();
    var path = DOCS + "/hot-" + UUID.randomUUID();
    nodes.put(1, path, "0");
    var ways = running.stream().map(node -> (HotDocument.Way) () -> client(node, path)).toList();
    var load = HotDocument.load(ways, 2, 1, Duration.ofSeconds(3));
    assertThat(load.lies()).isEmpty();
    assertThat(load.writes()).isGreaterThan(1);
    assertThat(running.stream().mapToDouble(ModelTest::leases).sum()).isPositive();
  }

  private static HotDocument.Client client(int node, String path) throws IOException {
    var host = nodes.http(node, "");
    var client = RawClient.connect(new InetSocketAddress(host.getHost(), host.getPort()));
    return new HotDocument.Client() {
      @Override
      public OptionalLong read() throws IOException {
        var read = client.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").read();
        assertThat(read.status()).as(read.content()).isEqualTo(200);
        return read.field("Cache-Status").isEmpty()
            ? OptionalLong.of(version(read.field("ETag").orElseThrow()))
            : OptionalLong.empty();
      }

      @Override
      public long write(long version) {
        var written = nodes.put(node, path, version + "", "If-Match", "\"" + version + "\"");
        assertThat(written.statusCode()).as(written.body()).isEqualTo(204);
        return version(field(written, "ETag"));
      }
    };
  }

  private static long version(String tag) {
    return Long.parseLong(tag.replace("\"", ""));
  }

  private static double leases(int node) {
    var metrics = nodes.send(nodes.admin(node, "/metrics"), "GET", null).body();
    var leases = Pattern.compile("^holdfast_documents_leases_total ([0-9.E]+)$", Pattern.MULTILINE);
    return leases
        .matcher(metrics)
        .results()
        .mapToDouble(it -> Double.parseDouble(it.group(1)))
        .sum();
  }

  /** What an earlier story has left. */
  private static void empty() {
    var left = ID.matcher(nodes.get(running.get(0), DOCS + "?limit=1000").body());
    while (left.find()) {
      nodes.send(running.get(0), "DELETE", DOCS + "/" + left.group(1), null);
    }
  }

  /** After the first kill one node is down until the next: the others go on without it. */
  private static void strike(Chapter chapter) {
    if (chapter.fault() == Fault.RESTART_ALL) {
      running.forEach(nodes::kill);
      running.clear();
    }
    startAll();
    nodes.awaitReady();
    if (chapter.fault() == Fault.KILL_ONE) {
      nodes.kill(running.remove(chapter.node()));
    }
  }

  private static void startAll() {
    for (int node = 1; node <= 3; node++) {
      if (!running.contains(node)) {
        nodes.start(node);
        running.add(node);
      }
    }
  }

  private static void carryOut(Story story, Command command) {
    int node = running.get(command.node() % running.size());
    var id = story.ids.get(command.document() % story.ids.size());
    var model = story.models.computeIfAbsent(id, it -> new Model());
    switch (command.kind()) {
      case READ -> read(node, id, model);
      case PUT, MERGE, JSON_PATCH, DELETE -> write(story, command, node, id, model);
      case POST -> post(story, command, node);
      case REPEAT, REUSE -> {
        if (!story.kept.isEmpty()) {
          var first = story.kept.get(command.document() * 31 % story.kept.size());
          if (command.kind() == Kind.REPEAT) {
            repeat(story, first, command.node());
          } else {
            reuse(first, node);
          }
        }
      }
      case PAGE -> page(story, node, 1 + command.value(), id);
    }
  }

  private static void read(int node, String id, Model model) {
    var read = nodes.get(node, DOCS + "/" + id, "Cache-Control", "no-cache");
    assertThat(read.statusCode()).as(read.body()).isEqualTo(model.exists ? 200 : 404);
    if (model.exists) {
      assertThat(read.body()).isEqualTo(model.content());
      assertThat(field(read, "ETag")).isEqualTo(model.tag());
    }
  }

  private static void write(Story story, Command command, int node, String id, Model model) {
    var fields = fields(story, command, model);
    var method =
        command.kind() == Kind.PUT || command.kind() == Kind.DELETE
            ? command.kind().name()
            : "PATCH";
    var path = DOCS + "/" + id;
    var content = content(command);
    var answer = nodes.send(node, method, path, content, fields);
    int expected = status(command, model);
    assertThat(answer.statusCode()).as("%s: %s", command, answer.body()).isEqualTo(expected);
    if (expected >= 300) {
      return;
    }
    take(command, model, answer);
    if (command.keyed()) {
      story.kept.add(new Kept(method, path, content, fields, answer));
    }
  }

  private static String content(Command command) {
    return switch (command.kind()) {
      case DELETE -> null;
      case JSON_PATCH ->
          "[{\"op\":\"test\",\"path\":\"/v\",\"value\":%d},".formatted(command.value())
              + "{\"op\":\"replace\",\"path\":\"/v\",\"value\":%d}]".formatted(command.value() + 1);
      default -> Model.content(command.value());
    };
  }

  private static String[] fields(Story story, Command command, Model model) {
    var fields = new ArrayList<String>();
    switch (command.kind()) {
      case DELETE -> {}
      case MERGE -> fields.addAll(List.of("Content-Type", "application/merge-patch+json"));
      case JSON_PATCH -> fields.addAll(List.of("Content-Type", "application/json-patch+json"));
      default -> fields.addAll(List.of("Content-Type", "application/json"));
    }
    switch (command.condition()) {
      case NONE -> {}
      case CURRENT -> fields.addAll(List.of("If-Match", model.tag()));
      case ANOTHER -> fields.addAll(List.of("If-Match", "\"" + (model.version + 1) + "\""));
      case ABSENT -> fields.addAll(List.of("If-None-Match", "*"));
    }
    if (command.keyed()) {
      var key = "\"" + story.name + "-" + ++story.keys + "\"";
      fields.addAll(List.of("Idempotency-Key", key));
    }
    if (!command.preference().isEmpty()) {
      fields.addAll(List.of("Prefer", "return=" + command.preference()));
    }
    // The client library takes no empty list of fields.
    fields.addAll(List.of("X-Story", story.name));
    return fields.toArray(String[]::new);
  }

  private static int status(Command command, Model model) {
    boolean holds =
        switch (command.condition()) {
          case NONE -> true;
          case CURRENT -> model.exists;
          case ANOTHER -> false;
          case ABSENT -> !model.exists;
        };
    if (!holds) {
      return 412;
    }
    if (command.kind() == Kind.PUT) {
      boolean whole = command.preference().equals("representation");
      return !model.exists ? 201 : whole ? 200 : 204;
    }
    if (!model.exists) {
      return 404;
    }
    if (command.kind() == Kind.JSON_PATCH && model.value != command.value()) {
      return 409;
    }
    return command.kind() == Kind.DELETE || command.preference().equals("minimal") ? 204 : 200;
  }

  /** A version is only required to rise, and to stay where nothing changed. */
  private static void take(Command command, Model model, HttpResponse<String> answer) {
    if (command.kind() == Kind.DELETE) {
      // The deletion took the next number; which one the next write shows.
      model.exists = false;
      model.version++;
      return;
    }
    int value = command.value() + (command.kind() == Kind.JSON_PATCH ? 1 : 0);
    long version = version(field(answer, "ETag"));
    if (model.exists && model.value == value) {
      assertThat(version).as("%s", command).isEqualTo(model.version);
    } else {
      assertThat(version).as("%s", command).isGreaterThan(model.version);
    }
    model.exists = true;
    model.value = value;
    model.version = version;
    boolean patched = command.kind() == Kind.MERGE || command.kind() == Kind.JSON_PATCH;
    boolean whole =
        patched
            ? !command.preference().equals("minimal")
            : command.preference().equals("representation");
    assertThat(answer.body()).as("%s", command).isEqualTo(whole ? model.content() : "");
  }

  private static void post(Story story, Command command, int node) {
    var fields = fields(story, command, new Model());
    var content = content(command);
    var created = nodes.send(node, "POST", DOCS, content, fields);
    assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
    var id = field(created, "Location").substring(DOCS.length() + 1);
    assertThat(story.models).doesNotContainKey(id);
    var model = new Model();
    take(command, model, created);
    story.models.put(id, model);
    story.ids.add(id);
    if (command.keyed()) {
      story.kept.add(new Kept("POST", DOCS, content, fields, created));
    }
  }

  /** An earlier request again: its first answer, and no effect. */
  private static void repeat(Story story, Kept kept, int node) {
    var first = kept.answer();
    var again =
        nodes.send(
            running.get(node % running.size()),
            kept.method(),
            kept.path(),
            kept.content(),
            kept.fields());
    assertThat(again.statusCode()).as(again.body()).isEqualTo(first.statusCode());
    assertThat(again.body()).isEqualTo(first.body());
    for (var name : new String[] {"ETag", "Last-Modified", "Location"}) {
      assertThat(field(again, name)).isEqualTo(field(first, name));
    }
    story.repeats++;
    story.marks += field(again, "Idempotent-Replayed").isEmpty() ? 0 : 1;
  }

  /** The same key for another request. */
  private static void reuse(Kept kept, int node) {
    var fields = kept.fields().clone();
    var other = kept.method().equals("DELETE") ? "PUT" : kept.method();
    var content = kept.content() == null ? "{}" : kept.content() + " ";
    if (kept.method().equals("DELETE")) {
      fields[fields.length - 2] = "Content-Type";
      fields[fields.length - 1] = "application/json";
    }
    var refused = nodes.send(node, other, kept.path(), content, fields);
    HttpAnswers.assertProblem(refused, 422, "idempotency-key-reused");
  }

  private static void page(Story story, int node, int limit, String after) {
    var query = "?limit=" + limit + (after.isEmpty() ? "" : "&after=" + after);
    var page = nodes.get(node, DOCS + query);
    var all =
        story.models.tailMap(after, false).entrySet().stream()
            .filter(it -> it.getValue().exists)
            .map(
                it ->
                    "{\"id\":\"%s\",\"etag\":\"\\\"%d\\\"\"}"
                        .formatted(it.getKey(), it.getValue().version))
            .toList();
    var expected = all.subList(0, Math.min(limit, all.size()));
    assertThat(page.body()).isEqualTo("{\"items\":[" + String.join(",", expected) + "]}");
    assertThat(field(page, "Link").isEmpty()).isEqualTo(all.size() <= limit);
  }
}
