package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.Operation.Kind;
import io.holdfast.tools.chaos.Operation.Phase;
import io.holdfast.tools.chaos.Operation.Result.Answered;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** All that clients know of one document, from their requests alone. */
final class DocumentHistory {

  /**
   * An answer that names a version and its value.
   *
   * @param start no earlier than this was it the current version
   * @param end at this moment it was known to the client
   */
  record Sight(long version, String value, long start, long end, Operation operation) {}

  /**
   * An unmarked answer that says that the document was not there.
   *
   * @param deleted it is an acknowledged DELETE
   */
  record Absence(long start, long end, boolean deleted, Operation operation) {}

  private final List<Operation> reads;
  private final List<Intent> intents;

  /**
   * @param operations all with the same key
   */
  DocumentHistory(List<Operation> operations) {
    reads = operations.stream().filter(it -> it.request().kind() == Kind.GET).toList();
    Map<String, List<Operation>> writes = new LinkedHashMap<>();
    operations.stream()
        .filter(it -> it.request().kind() != Kind.GET)
        .forEach(
            it ->
                writes
                    .computeIfAbsent(it.request().requestKey(), key -> new ArrayList<>())
                    .add(it));
    intents = writes.values().stream().map(Intent::new).toList();
  }

  List<Operation> reads() {
    return reads;
  }

  List<Intent> intents() {
    return intents;
  }

  /** Reads that say that they are current. */
  List<Sight> currentReads() {
    return reads.stream().filter(it -> !it.isMarked()).flatMap(DocumentHistory::sight).toList();
  }

  /** The acknowledgement of each PUT that was acknowledged. */
  List<Sight> acknowledgements() {
    return intents.stream()
        .filter(it -> it.version().isPresent())
        .map(
            it ->
                new Sight(
                    it.version().get(),
                    it.request().value(),
                    it.start(),
                    it.latestEffect(),
                    it.acknowledged().orElseThrow()))
        .toList();
  }

  /** Everything that was current within its interval. */
  List<Sight> current() {
    return Stream.concat(acknowledgements().stream(), currentReads().stream()).toList();
  }

  /** Every answer that names a version, also the marked ones and those to repeated writes. */
  List<Sight> shown() {
    var attempts = intents.stream().flatMap(it -> it.attempts().stream());
    return Stream.concat(reads.stream(), attempts).flatMap(DocumentHistory::sight).toList();
  }

  List<Absence> absences() {
    var read =
        reads.stream()
            .filter(it -> it.status() == 404 && !it.isMarked())
            .map(it -> new Absence(it.timing().start(), it.timing().end(), false, it));
    var deletes =
        intents.stream().filter(it -> it.is(Kind.DELETE)).flatMap(DocumentHistory::absent);
    return Stream.concat(read, deletes).toList();
  }

  static boolean isFinal(Operation operation) {
    return operation.request().phase() == Phase.FINAL;
  }

  private static Stream<Absence> absent(Intent delete) {
    return Stream.concat(
        delete.acknowledged().stream()
            .map(it -> new Absence(delete.start(), it.timing().end(), true, it)),
        // A refusal may be that of an earlier attempt, given again: so from the first attempt on.
        delete.answered(404).stream()
            .map(it -> new Absence(delete.start(), it.timing().end(), false, it)));
  }

  private static Stream<Sight> sight(Operation operation) {
    if (!operation.isSuccess()
        || !(operation.result() instanceof Answered answered)
        || answered.version().isEmpty()) {
      return Stream.empty();
    }
    var value =
        operation.request().kind() == Kind.GET ? answered.value() : operation.request().value();
    var timing = operation.timing();
    return Stream.of(
        new Sight(answered.version().getAsLong(), value, timing.start(), timing.end(), operation));
  }
}
