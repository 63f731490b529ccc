package io.holdfast.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.TestDatabase;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Any sequence of requests for a few documents, through three nodes of which one after another is
 * killed and started again, gives what a simple map with versions gives.
 */
class ModelTest {
  private static final int STEPS = Integer.getInteger("holdfast.model.steps", 600);
  private static final int RESTART_EVERY = 150;
  private static final String MERGE = "application/merge-patch+json";

  /** What a document should be. */
  private static final class Model {
    boolean exists;
    long version;
    int value;

    String tag() {
      return "\"" + version + "\"";
    }

    String content() {
      return "{\"v\":" + value + "}";
    }
  }

  /** What a request under a key was answered. */
  private record Kept(String id, String method, int value, int status, String tag) {}

  private final long seed = Long.getLong("holdfast.model.seed", System.nanoTime() & 0xffffff);
  private final Random random = new Random(seed);
  private final Map<String, Model> models = new HashMap<>();
  private final List<Kept> kept = new ArrayList<>();
  private final List<Integer> running = new ArrayList<>(List.of(1, 2, 3));
  private int step;

  @Test
  void isLikeAMapWithVersions() {
    try (var nodes = NodeProcesses.start(3, TestDatabase.H2.fresh())) {
      for (step = 1; step <= STEPS; step++) {
        if (step % RESTART_EVERY == 0) {
          restart(nodes);
        }
        step(nodes);
      }
      listing(nodes);
    }
  }

  /** One is always down from the first restart on: the others go on without it. */
  private void restart(NodeProcesses nodes) {
    if (running.size() < 3) {
      int down = 6 - running.get(0) - running.get(1);
      nodes.start(down);
      nodes.awaitReady();
      running.add(down);
    }
    var victim = running.remove(random.nextInt(running.size()));
    nodes.kill(victim);
  }

  private void step(NodeProcesses nodes) {
    var id = "m" + random.nextInt(5);
    var model = models.computeIfAbsent(id, it -> new Model());
    int node = running.get(random.nextInt(running.size()));
    switch (random.nextInt(6)) {
      case 0 -> read(nodes, node, id, model);
      case 1, 2 -> put(nodes, node, id, model);
      case 3 -> patch(nodes, node, id, model);
      case 4 -> delete(nodes, node, id, model);
      default -> repeat(nodes, node);
    }
  }

  private String story(HttpResponse<String> response) {
    return "seed %d, step %d: %s".formatted(seed, step, response.body());
  }

  private static String tag(HttpResponse<?> response) {
    return response.headers().firstValue("ETag").orElse("");
  }

  private void read(NodeProcesses nodes, int node, String id, Model model) {
    var read = nodes.get(node, "/docs/" + id, "Cache-Control", "no-cache");
    assertThat(read.statusCode()).as(story(read)).isEqualTo(model.exists ? 200 : 404);
    if (model.exists) {
      assertThat(read.body()).as(story(read)).isEqualTo(model.content());
      assertThat(tag(read)).as(story(read)).isEqualTo(model.tag());
    }
  }

  /** Sometimes on a condition, which holds or not; the answer that the model gives, or 412. */
  private List<String> condition(Model model) {
    return switch (random.nextInt(5)) {
      case 0 -> List.of("If-Match", model.tag());
      case 1 -> List.of("If-Match", "\"" + (model.version + 1) + "\"");
      case 2 -> List.of("If-None-Match", "*");
      default -> List.of();
    };
  }

  private static boolean holds(List<String> condition, Model model) {
    if (condition.isEmpty()) {
      return true;
    }
    return condition.get(0).equals("If-None-Match")
        ? !model.exists
        : model.exists && condition.get(1).equals(model.tag());
  }

  private void put(NodeProcesses nodes, int node, String id, Model model) {
    var condition = condition(model);
    int value = random.nextInt(4);
    var fields = new ArrayList<>(condition);
    var key = key(fields);
    var put =
        nodes.put(node, "/docs/" + id, "{\"v\":" + value + "}", fields.toArray(String[]::new));
    if (!holds(condition, model)) {
      assertThat(put.statusCode()).as(story(put)).isEqualTo(412);
      return;
    }
    assertThat(put.statusCode()).as(story(put)).isEqualTo(model.exists ? 204 : 201);
    boolean same = model.exists && model.value == value;
    model.exists = true;
    model.value = value;
    moved(model, put, same);
    if (!key.isEmpty() && condition.isEmpty()) {
      kept.add(new Kept(id + " " + key, "PUT", value, put.statusCode(), tag(put)));
    }
  }

  private String key(List<String> fields) {
    if (random.nextBoolean()) {
      return "";
    }
    var key = "\"model-" + step + "\"";
    fields.addAll(List.of("Idempotency-Key", key));
    return key;
  }

  /** A version is only required to rise, and to stay where nothing changed. */
  private void moved(Model model, HttpResponse<String> answer, boolean same) {
    long version = Long.parseLong(tag(answer).replace("\"", ""));
    if (same) {
      assertThat(version).as(story(answer)).isEqualTo(model.version);
    } else {
      assertThat(version).as(story(answer)).isGreaterThan(model.version);
    }
    model.version = version;
  }

  private void patch(NodeProcesses nodes, int node, String id, Model model) {
    var condition = condition(model);
    int value = random.nextInt(4);
    var fields = new ArrayList<>(List.of("Content-Type", MERGE));
    fields.addAll(condition);
    var patched =
        nodes.send(
            node, "PATCH", "/docs/" + id, "{\"v\":" + value + "}", fields.toArray(String[]::new));
    if (!holds(condition, model)) {
      assertThat(patched.statusCode()).as(story(patched)).isEqualTo(412);
    } else if (!model.exists) {
      assertThat(patched.statusCode()).as(story(patched)).isEqualTo(404);
    } else {
      assertThat(patched.statusCode()).as(story(patched)).isEqualTo(200);
      boolean same = model.value == value;
      model.value = value;
      assertThat(patched.body()).as(story(patched)).isEqualTo(model.content());
      moved(model, patched, same);
    }
  }

  private void delete(NodeProcesses nodes, int node, String id, Model model) {
    var condition = condition(model);
    var deleted = nodes.send(node, "DELETE", "/docs/" + id, null, condition.toArray(String[]::new));
    if (!holds(condition, model)) {
      assertThat(deleted.statusCode()).as(story(deleted)).isEqualTo(412);
    } else {
      assertThat(deleted.statusCode()).as(story(deleted)).isEqualTo(model.exists ? 204 : 404);
      if (model.exists) {
        // The deletion took the next number; which one the next write shows.
        model.exists = false;
        model.version++;
      }
    }
  }

  /** An earlier request again: its first answer, and no effect. */
  private void repeat(NodeProcesses nodes, int node) {
    if (kept.isEmpty()) {
      return;
    }
    var first = kept.get(random.nextInt(kept.size()));
    var id = first.id().split(" ")[0];
    var key = first.id().split(" ")[1];
    var again =
        nodes.put(node, "/docs/" + id, "{\"v\":" + first.value() + "}", "Idempotency-Key", key);
    assertThat(again.statusCode()).as(story(again)).isEqualTo(first.status());
    assertThat(tag(again)).as(story(again)).isEqualTo(first.tag());
    assertThat(again.headers().firstValue("Idempotent-Replayed")).as(story(again)).contains("true");
  }

  private void listing(NodeProcesses nodes) {
    var expected = new ArrayList<String>();
    models.forEach(
        (id, model) -> {
          if (model.exists) {
            expected.add("{\"id\":\"" + id + "\",\"etag\":\"\\\"" + model.version + "\\\"\"}");
          }
        });
    expected.sort(null);
    for (int node : running) {
      assertThat(nodes.get(node, "/docs").body())
          .isEqualTo("{\"items\":[" + String.join(",", expected) + "]}");
    }
  }
}
