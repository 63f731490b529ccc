package io.holdfast.admin;

import io.holdfast.telemetry.Story;
import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Statistic;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.CountAtBucket;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * What this node has to tell whoever watches: its state, and its meters' counts since its life
 * began. Whoever wants rates takes two of them.
 */
public final class Pulse {
  private static final String REQUESTS = "http.server.request.duration";
  private static final String OPERATIONS = "holdfast.operations.written";

  /** What is told of meters: a name of ours, and of which meter and which tag it is the sum. */
  private enum Count {
    HIT("holdfast.cache.requests", "result", "hit"),
    COLLAPSED("holdfast.cache.requests", "result", "collapsed"),
    STALE("holdfast.cache.requests", "result", "stale"),
    MARKED("holdfast.answers.marked", "of", "document"),
    HELD("holdfast.requests.held"),
    RESENT("holdfast.requests.resent"),
    SHED("holdfast.http.shed"),
    REFUSED("holdfast.http.refused"),
    IN_FLIGHT("holdfast.http.in.flight"),
    IN_FLIGHT_MAX("holdfast.http.in.flight.max"),
    CONNECTIONS("holdfast.http.connections"),
    OPERATIONS_IN_FLIGHT("holdfast.operations.in.flight"),
    PROCESSOR("process.cpu.usage"),
    LOAD("system.load.average.1m");

    private final String meter;
    private final Tags tags;

    Count(String meter, String... tags) {
      this.meter = meter;
      this.tags = Tags.of(tags);
    }

    boolean isOf(Meter.Id id) {
      return tags.stream().allMatch(it -> it.getValue().equals(id.getTag(it.getKey())));
    }

    String shown() {
      var words = name().toLowerCase(java.util.Locale.ROOT).split("_");
      for (int i = 1; i < words.length; i++) {
        words[i] = Character.toUpperCase(words[i].charAt(0)) + words[i].substring(1);
      }
      return String.join("", words);
    }
  }

  private static final Set<String> SHOWN =
      Stream.concat(Stream.of(REQUESTS, OPERATIONS), Stream.of(Count.values()).map(it -> it.meter))
          .collect(Collectors.toUnmodifiableSet());

  private final NodeView node;
  private final ServicesView services;
  private final CacheView cache;
  private final MeterRegistry meters;
  private final Story story;

  public Pulse(
      NodeView node, ServicesView services, CacheView cache, MeterRegistry meters, Story story) {
    this.node = node;
    this.services = services;
    this.cache = cache;
    this.meters = meters;
    this.story = story;
  }

  /** The lines of this node's log after that one. */
  List<Story.Line> story(long after) {
    return story.after(after, Integer.MAX_VALUE);
  }

  /**
   * As it is now; what it is made of is never {@code null}. {@code feltMillis} is by a clock that
   * only goes forward, and begins anywhere: the time between two pulses of one life of this node.
   */
  Map<String, Object> now() {
    var status = node.glance();
    var pulse = new LinkedHashMap<String, Object>();
    var readiness = node.readiness();
    pulse.put("node", status.name());
    pulse.put("feltMillis", TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));
    pulse.put("state", readiness.state().shown());
    pulse.put("checks", readiness.checks());
    pulse.put("status", status);
    pulse.put("shardNumbers", node.shards());
    pulse.put("shardsOfAll", node.shardsOfAll());
    pulse.put("memory", memory());
    var found = shown();
    pulse.put("counts", counts(found));
    pulse.put("requests", requests(found));
    pulse.put("operations", byState(found));
    pulse.put("upstreams", services.views());
    pulse.put("cache", cache.routes());
    pulse.put("top", cache.top());
    return pulse;
  }

  private static Map<String, Long> memory() {
    var runtime = Runtime.getRuntime();
    return Map.of("used", runtime.totalMemory() - runtime.freeMemory(), "max", runtime.maxMemory());
  }

  /** The meters of which something is told, by name: looked for once, since there are hundreds. */
  private Map<String, List<Meter>> shown() {
    return meters.getMeters().stream()
        .filter(it -> SHOWN.contains(it.getId().getName()))
        .collect(Collectors.groupingBy(it -> it.getId().getName()));
  }

  private static Map<String, Double> counts(Map<String, List<Meter>> found) {
    var counts = new LinkedHashMap<String, Double>();
    for (var count : Count.values()) {
      double sum =
          found.getOrDefault(count.meter, List.of()).stream()
              .filter(it -> count.isOf(it.getId()))
              .mapToDouble(Pulse::value)
              .filter(Double::isFinite)
              .sum();
      counts.put(count.shown(), sum);
    }
    return counts;
  }

  private static double value(Meter meter) {
    return StreamSupport.stream(meter.measure().spliterator(), false)
        .filter(it -> it.getStatistic() != Statistic.MAX)
        .mapToDouble(Measurement::getValue)
        .findFirst()
        .orElse(0);
  }

  private static Map<String, Double> byState(Map<String, List<Meter>> found) {
    var sums = new TreeMap<String, Double>();
    for (var meter : found.getOrDefault(OPERATIONS, List.of())) {
      sums.merge(String.valueOf(meter.getId().getTag("state")), value(meter), Double::sum);
    }
    return sums;
  }

  /**
   * Answers by route and class of status.
   *
   * @param seconds of all together
   * @param within how many took no longer than so many seconds
   */
  record Answered(
      String route, String status, long count, double seconds, Map<Double, Double> within) {
    Answered and(Answered other) {
      var sum = new TreeMap<>(within);
      other.within.forEach((bound, count) -> sum.merge(bound, count, Double::sum));
      return new Answered(route, status, count + other.count, seconds + other.seconds, sum);
    }
  }

  private static List<Answered> requests(Map<String, List<Meter>> found) {
    var all = new LinkedHashMap<String, Answered>();
    for (var timer : found.getOrDefault(REQUESTS, List.of())) {
      var answered = answered((Timer) timer);
      all.merge(answered.route() + " " + answered.status(), answered, Answered::and);
    }
    return new ArrayList<>(all.values());
  }

  private static Answered answered(Timer timer) {
    var within = new TreeMap<Double, Double>();
    for (CountAtBucket bucket : timer.takeSnapshot().histogramCounts()) {
      if (Double.isFinite(bucket.bucket(TimeUnit.SECONDS))) {
        within.put(bucket.bucket(TimeUnit.SECONDS), bucket.count());
      }
    }
    var id = timer.getId();
    return new Answered(
        String.valueOf(id.getTag("http.route")),
        String.valueOf(id.getTag("http.response.status_code")).charAt(0) + "xx",
        timer.count(),
        timer.totalTime(TimeUnit.SECONDS),
        within);
  }
}
