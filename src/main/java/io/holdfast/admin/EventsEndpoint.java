package io.holdfast.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.http.ProblemType;
import io.holdfast.telemetry.Limits;
import io.holdfast.telemetry.Story;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.ResponseEntity;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.stream.BackpressureTimeoutException;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/**
 * {@code /events}: what happens in the cluster, as a stream (WHATWG HTML, section 9.2) that can be
 * resumed at any node. {@code story}: a line of a node's log; {@code cluster}: the members, when
 * that changes; and for who asks with {@code ?pulses} also {@code pulse}: the nodes' numbers, twice
 * a second. A client that does not read holds up itself alone: nothing is made for it meanwhile.
 */
final class EventsEndpoint {
  static final String PATH = "/events";

  private static final int WATCHERS_MAX = 100;
  private static final Duration LOOK_EVERY = Duration.ofMillis(250);
  private static final Duration COMMENT_EVERY = Duration.ofSeconds(15);

  /** Who reads nothing for so long is let go of, and comes again. */
  static final Duration NOT_READ_MAX = Duration.ofSeconds(30);

  private static final ContentType EVENT_STREAM = MediaTypes.TEXT_EVENT_STREAM.toContentType();

  private final Supplier<CompletionStage<Pulses.Gathered>> gather;
  private final Duration notReadMax;
  private final AtomicInteger watchers = new AtomicInteger();
  private final Counter turnedAway;
  private final Counter tooSlow;

  EventsEndpoint(
      Supplier<CompletionStage<Pulses.Gathered>> gather,
      Duration notReadMax,
      MeterRegistry meters) {
    this.gather = gather;
    this.notReadMax = notReadMax;
    this.turnedAway = Limits.dropped(meters, "events-watching");
    this.tooSlow = Limits.dropped(meters, "events-not-read");
  }

  /** How many watch. */
  int watching() {
    return watchers.get();
  }

  CompletionStage<HttpResponse> stream(HttpRequest request) {
    if (watchers.get() >= WATCHERS_MAX) {
      turnedAway.increment();
      return AdminAnswers.problem(
          ProblemType.SHED, "So many watch already; at most " + WATCHERS_MAX + " may");
    }
    if (request.method().value().equals("HEAD")) { // A stream would run on, with nobody to read it.
      return AdminAnswers.done(answer(HttpEntities.create(EVENT_STREAM, new byte[0])));
    }
    boolean withPulses = request.getUri().query().get("pulses").isPresent();
    var known = request.getHeader("Last-Event-ID").map(it -> Position.parse(it.value()));
    var events =
        Source.tick(Duration.ZERO, LOOK_EVERY, LOOK_EVERY)
            .conflate((one, other) -> other)
            .mapAsync(1, tick -> gather.get())
            .statefulMapConcat(
                () -> {
                  var watcher = new Watcher(withPulses, known.orElseGet(Position::none));
                  return watcher::events;
                })
            .map(ByteString::fromString)
            .backpressureTimeout(notReadMax)
            .watchTermination(
                (tick, done) -> {
                  watchers.incrementAndGet(); // Not before it runs.
                  done.whenComplete((ended, cause) -> over(cause));
                  return tick;
                });
    return AdminAnswers.done(answer(HttpEntities.create(EVENT_STREAM, events)));
  }

  private static HttpResponse answer(ResponseEntity entity) {
    return HttpResponse.create()
        .withHeaders(List.of(RawHeader.create("Cache-Control", "no-store")))
        .withEntity(entity);
  }

  private void over(Throwable cause) {
    watchers.decrementAndGet();
    if (cause instanceof BackpressureTimeoutException) {
      tooSlow.increment();
    }
  }

  /**
   * What a client has seen: of each node the number of the last line.
   *
   * @param lines by node
   */
  record Position(Map<String, Long> lines) {
    private static final int NODES_MAX = 1000;

    static Position none() {
      return new Position(new TreeMap<>());
    }

    /** What cannot be understood in it is left out: the client is told again. */
    static Position parse(String text) {
      var lines = new TreeMap<String, Long>();
      for (var part : text.split(",", NODES_MAX)) {
        var words = part.strip().split("=", 2);
        if (words.length == 2 && words[1].matches("[0-9]{1,18}")) {
          lines.put(words[0], Long.parseLong(words[1]));
        }
      }
      return new Position(lines);
    }

    String text() {
      return lines.entrySet().stream()
          .map(it -> it.getKey() + "=" + it.getValue())
          .reduce((one, other) -> one + "," + other)
          .orElse("");
    }

    boolean isNone() {
      return lines.isEmpty();
    }
  }

  /** One client. */
  static final class Watcher {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int FIRST_LINES = 30;

    private final boolean withPulses;
    private final Position position;
    private String cluster = "";
    private long round;
    private long spokenNanos = System.nanoTime();

    private record Told(String node, Story.Line line) {}

    Watcher(boolean withPulses, Position position) {
      this.withPulses = withPulses;
      this.position = position;
    }

    /** What it is told after a round. */
    List<String> events(Pulses.Gathered gathered) {
      var events = new ArrayList<String>();
      if (gathered.round() != round) {
        round = gathered.round();
        story(gathered, events);
        cluster(gathered, events);
        if (withPulses) {
          events.add("event: pulse\ndata: " + pulse(gathered) + "\n\n");
        }
      }
      if (!events.isEmpty()) {
        spokenNanos = System.nanoTime();
      } else if (System.nanoTime() - spokenNanos > COMMENT_EVERY.toNanos()) {
        spokenNanos = System.nanoTime();
        events.add(":\n\n");
      }
      return events;
    }

    private void story(Pulses.Gathered gathered, List<String> events) {
      var lines = new ArrayList<Told>();
      gathered
          .stories()
          .forEach(
              (node, story) ->
                  story.stream()
                      .filter(it -> it.number() > position.lines().getOrDefault(node, 0L))
                      .forEach(it -> lines.add(new Told(node, it))));
      lines.sort(Comparator.comparingLong(it -> it.line().atMillis()));
      int from = position.isNone() ? Math.max(0, lines.size() - FIRST_LINES) : 0;
      lines
          .subList(0, from)
          .forEach(it -> position.lines().merge(it.node(), it.line().number(), Math::max));
      for (var told : lines.subList(from, lines.size())) {
        position.lines().merge(told.node(), told.line().number(), Math::max);
        events.add("event: story\nid: " + position.text() + "\ndata: " + json(line(told)) + "\n\n");
      }
    }

    private static ObjectNode line(Told told) {
      return JsonNodeFactory.instance
          .objectNode()
          .put("at", Instant.ofEpochMilli(told.line().atMillis()).toString())
          .put("node", told.node())
          .put("level", told.line().level())
          .put("part", told.line().part())
          .put("text", told.line().text());
    }

    /** The members, with their states and owned shards. */
    private void cluster(Pulses.Gathered gathered, List<String> events) {
      var nodes = JsonNodeFactory.instance.arrayNode();
      gathered.pulses().forEach((name, pulse) -> nodes.add(member(name, pulse)));
      gathered.silent().forEach(name -> nodes.addObject().put("node", name).put("state", "silent"));
      var now = json(JsonNodeFactory.instance.objectNode().set("nodes", nodes));
      if (!now.equals(cluster)) {
        cluster = now;
        events.add("event: cluster\ndata: " + now + "\n\n");
      }
    }

    private static ObjectNode member(String name, String pulse) {
      try {
        var felt = JSON.readTree(pulse);
        var status = felt.path("status");
        return JsonNodeFactory.instance
            .objectNode()
            .put("node", name)
            .put("state", felt.path("state").asText())
            .put("oldest", status.path("oldest").asBoolean())
            .put("shards", status.path("shards").asInt())
            .put("database", status.path("database").path("state").asText())
            .put("admin", status.path("admin").asText());
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("A pulse that is no JSON", e);
      }
    }

    private static String pulse(Pulses.Gathered gathered) {
      var silent = JsonNodeFactory.instance.arrayNode();
      gathered.silent().forEach(silent::add);
      return "{\"round\":"
          + gathered.round()
          + ",\"silent\":"
          + json(silent)
          + ",\"nodes\":["
          + String.join(",", gathered.pulses().values())
          + "]}";
    }

    private static String json(Object value) {
      try {
        return JSON.writeValueAsString(value);
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("No JSON", e);
      }
    }
  }
}
