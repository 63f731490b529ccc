package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.resource.DocumentState.Decision;
import io.holdfast.resource.DocumentState.Refusal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/**
 * Any sequence of writes to one document, on conditions and under keys, sent once or more often,
 * decides as a value with a version and a map of answers would.
 */
class DocumentStateModelTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00.123456Z");
  private static final int CONTENT_MAX = 7;

  /** What a write asks of the document. */
  private enum Condition {
    NONE,
    IS_CURRENT,
    IS_ANOTHER,
    EXISTS,
    IS_NEW,
    IS_NOT_CURRENT,
    UNMODIFIED_SINCE_1970
  }

  /**
   * One write.
   *
   * @param value of PUT and MERGE_PATCH; JSON_PATCH adds one to it where it is found
   * @param key empty for one that comes once
   * @param attempt how often the edge has sent it
   * @param pause since the write before, by the owner's clock, which may go back
   * @param promoted the database lost its end before
   */
  private record Step(
      Write.Action action,
      int value,
      Condition condition,
      String key,
      boolean client,
      int attempt,
      Duration pause,
      boolean promoted) {}

  /** An answer that the model remembers. */
  private record Kept(
      String fingerprint,
      boolean client,
      int status,
      DocumentVersion version,
      String content,
      Instant at) {
    /** Under a key of the edge it is shown only as long as the edge may ask. */
    boolean isShown() {
      return status == 200 && client;
    }
  }

  /** What should come of a write: its status, and how it is told. */
  private record Expected(String told, int status) {}

  /** A value with a version, and the answers by key. */
  private static final class Model {
    boolean exists;
    String content = "";
    DocumentVersion version = DocumentVersion.NONE;
    Instant modifiedAt = Instant.EPOCH;
    final Map<String, Kept> answers = new HashMap<>();

    Instant now = START;
    long sequenceNr;
    long generation;
    int writes;

    void begin(Step step) {
      now = now.plus(step.pause());
      generation += step.promoted() ? 1 : 0;
      writes++;
    }

    Write write(Step step, boolean ifMatchRequired) {
      var content = contentOf(step);
      var conditions = conditions(step.condition());
      var value = step.key().isEmpty() ? "once-" + writes : step.key();
      var key = new WriteKey(value, step.client(), step.action() + content + conditions, "");
      var rules = new Write.Rules(ifMatchRequired, CONTENT_MAX, 10, Duration.ofSeconds(20));
      return new Write(step.action(), bytes(content), conditions, rules, key);
    }

    static String contentOf(Step step) {
      return switch (step.action()) {
        case PUT, MERGE_PATCH -> value(step.value());
        case JSON_PATCH ->
            """
            [{"op":"test","path":"/v","value":%d},{"op":"replace","path":"/v","value":%d}]\
            """
                .formatted(step.value(), step.value() + 1);
        case DELETE -> "";
      };
    }

    Conditions conditions(Condition condition) {
      var none = Optional.<String>empty();
      var tag = Optional.of('"' + version.tag() + '"');
      var any = Optional.of("*");
      return switch (condition) {
        case NONE -> Conditions.NONE;
        case IS_CURRENT -> new Conditions(tag, none, none, none);
        case IS_ANOTHER -> new Conditions(Optional.of("\"x\", W/" + tag.get()), none, none, none);
        case EXISTS -> new Conditions(any, none, none, none);
        case IS_NEW -> new Conditions(none, any, none, none);
        case IS_NOT_CURRENT -> new Conditions(none, tag, none, none);
        case UNMODIFIED_SINCE_1970 ->
            new Conditions(none, none, none, Optional.of("Thu, 01 Jan 1970 00:00:00 GMT"));
      };
    }

    boolean holds(Condition condition) {
      return switch (condition) {
        case NONE -> true;
        case IS_CURRENT, EXISTS -> exists;
        case IS_ANOTHER -> false;
        case IS_NEW, IS_NOT_CURRENT, UNMODIFIED_SINCE_1970 -> !exists;
      };
    }

    /** What the write should come to; the model is then as the document should be. */
    Expected take(Step step, Write write, boolean ifMatchRequired) {
      var known = answers.get(write.key().value());
      if (known != null) {
        return known.fingerprint().equals(write.key().fingerprint())
            ? new Expected("replayed", known.status())
            : new Expected("refused", Refusal.KEY_REUSED.status());
      }
      int status = statusOf(step, write, ifMatchRequired);
      var next = contentAfter(step);
      boolean done = status < 300;
      if (done && !(exists && next.equals(Optional.of(content)))) {
        change(next);
        return keep(write, status);
      }
      if (step.attempt() > 1 || done && step.client()) {
        sequenceNr++;
        return keep(write, status);
      }
      return new Expected(done ? "unchanged" : "refused", status);
    }

    private int statusOf(Step step, Write write, boolean ifMatchRequired) {
      if (!holds(step.condition())) {
        return 412;
      }
      if (ifMatchRequired && exists && write.conditions().ifMatch().isEmpty()) {
        return 428;
      }
      if (step.action() == Write.Action.PUT) {
        return exists ? 204 : 201;
      }
      if (!exists) {
        return 404;
      }
      if (step.action() == Write.Action.DELETE) {
        return 204;
      }
      if (step.action() == Write.Action.JSON_PATCH && !content.equals(value(step.value()))) {
        return 409;
      }
      // A patch that changes nothing makes nothing longer, also of what a lower limit found here.
      var next = contentAfter(step).orElseThrow();
      return next.length() > CONTENT_MAX && !next.equals(content) ? 413 : 200;
    }

    private static Optional<String> contentAfter(Step step) {
      return switch (step.action()) {
        case PUT, MERGE_PATCH -> Optional.of(value(step.value()));
        case JSON_PATCH -> Optional.of(value(step.value() + 1));
        case DELETE -> Optional.empty();
      };
    }

    private void change(Optional<String> next) {
      exists = next.isPresent();
      content = next.orElse("");
      version = new DocumentVersion(++sequenceNr, generation);
      var millis = Instant.ofEpochMilli(now.toEpochMilli());
      modifiedAt = millis.isBefore(modifiedAt) ? modifiedAt : millis;
    }

    private Expected keep(Write write, int status) {
      var key = write.key();
      var newest = new Kept(key.fingerprint(), key.fromClient(), status, version, content, now);
      answers
          .values()
          .removeIf(old -> !Duration.between(old.at(), now).minus(WriteKey.RETENTION).isNegative());
      answers.put(write.key().value(), newest);
      return new Expected("accepted", status);
    }
  }

  private static String value(int value) {
    return "{\"v\":" + value + "}";
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    return Combinators.combine(
            Arbitraries.of(Write.Action.values()),
            Arbitraries.integers().between(7, 10),
            oftenFirst(Condition.values()),
            Arbitraries.of("", "k0", "k1", "k2", "k3"),
            Arbitraries.of(true, false),
            Arbitraries.of(1, 1, 2, 3),
            pauses(),
            Arbitraries.frequency(Tuple.of(30, false), Tuple.of(1, true)))
        .as(Step::new)
        .list()
        .ofMaxSize(50);
  }

  private static <T> Arbitrary<T> oftenFirst(T[] values) {
    return Arbitraries.of(values).flatMap(it -> Arbitraries.of(values[0], it));
  }

  private static Arbitrary<Duration> pauses() {
    return Arbitraries.frequency(
        Tuple.of(10, Duration.ZERO),
        Tuple.of(5, Duration.ofMillis(1)),
        Tuple.of(5, Duration.ofSeconds(1)),
        Tuple.of(2, Duration.ofSeconds(-3)),
        Tuple.of(1, Duration.ofHours(23)),
        Tuple.of(1, WriteKey.RETENTION),
        Tuple.of(1, Duration.ofHours(25)));
  }

  @Property(tries = 2_000)
  void isLikeAValueWithAVersionAndAMapOfAnswers(
      @ForAll("steps") List<Step> steps, @ForAll boolean ifMatchRequired) {
    var model = new Model();
    var state = DocumentState.NEW;
    var events = new ArrayList<DocumentEvent>();
    for (var step : steps) {
      model.begin(step);
      var write = model.write(step, ifMatchRequired);
      var decision =
          state.decide(
              write,
              step.attempt(),
              Optional.empty(),
              model.sequenceNr + 1,
              model.generation,
              model.now);
      var expected = model.take(step, write, ifMatchRequired);
      assertThat(told(decision)).as("%s", step).isEqualTo(expected);
      if (decision instanceof Decision.Accepted accepted) {
        events.add(accepted.event());
        state = state.apply(accepted.event());
      }
      hold(state, model);
      answered(decision, write, model);
      shown(state, model);
    }
    assertThat(replayed(events)).usingRecursiveComparison().isEqualTo(state);
  }

  private static Expected told(Decision decision) {
    if (decision instanceof Decision.Accepted accepted) {
      return new Expected("accepted", accepted.event().answer().status());
    }
    if (decision instanceof Decision.Unchanged unchanged) {
      return new Expected("unchanged", unchanged.answer().status());
    }
    return decision instanceof Decision.Replayed replayed
        ? new Expected("replayed", replayed.answer().status())
        : new Expected("refused", ((Decision.Refused) decision).refusal().status());
  }

  private static void hold(DocumentState state, Model model) {
    assertThat(state.exists()).isEqualTo(model.exists);
    assertThat(new String(state.content(), StandardCharsets.UTF_8)).isEqualTo(model.content);
    assertThat(state.version()).isEqualTo(model.version);
    assertThat(state.modifiedAt()).isEqualTo(model.modifiedAt);
  }

  /** What the client is told of the version: the one there is, or that of the first answer. */
  private static void answered(Decision decision, Write write, Model model) {
    if (decision instanceof Decision.Replayed replayed) {
      var first = model.answers.get(write.key().value());
      assertThat(replayed.answer().version()).isEqualTo(first.version());
      assertThat(replayed.answer().at()).isEqualTo(first.at());
    } else if (decision instanceof Decision.Accepted accepted) {
      assertThat(accepted.event().answer().version()).isEqualTo(model.version);
    } else if (decision instanceof Decision.Unchanged unchanged) {
      assertThat(unchanged.answer().version()).isEqualTo(model.version);
    }
  }

  /** What a patch that is sent again would be shown. */
  private static void shown(DocumentState state, Model model) {
    model.answers.values().stream()
        .filter(Kept::isShown)
        .forEach(it -> assertThat(state.contentOf(it.version())).contains(bytes(it.content())));
  }

  /** What recovery makes of the journal. */
  private static DocumentState replayed(List<DocumentEvent> events) {
    var state = DocumentState.NEW;
    for (var event : events) {
      state = state.apply(event);
    }
    return state;
  }
}
