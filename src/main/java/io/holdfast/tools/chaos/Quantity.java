package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.Operation.Phase;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** What is counted and measured of each round: the columns of the table. */
enum Quantity {
  REQUESTS("requests", "requests to survivors", 0, it -> it.survivors(op -> true)),
  FAILED("failed", "failed requests on survivors", 0, it -> it.failed().size()),
  /** With 503, as promised, while the database is away. */
  REFUSED(
      "refused",
      "requests refused as promised",
      0,
      it -> it.survivors(op -> op.isFailed() && it.expectations().isExcused(op))),
  FAILED_READS(
      "reads",
      "reads that failed or were refused",
      0,
      it -> it.survivors(op -> Evidence.isRead(op) && op.isFailed())),
  /** Of reads that the asked node has a copy for. */
  READ_GAP("read", "longest gap of reads, s", 2, it -> it.gap(it::isWarmRead)),
  COLD_READ_GAP(
      "cold",
      "longest gap of reads that the node has no copy for, s",
      2,
      it -> it.gap(it::isColdRead)),
  WRITE_GAP("write", "longest gap of writes, s", 2, it -> it.gap(op -> !Evidence.isRead(op))),
  /** Until the last write that was held up or refused was done. */
  RECOVERY("recovery", "recovery, s", 2, it -> it.recovery().seconds()),
  /** Through whichever node that was first. */
  SOME_RECOVERY("of one", "recovery through one node, s", 2, it -> it.recovery().someSeconds()),
  MENDING_READ_GAP(
      "m-read",
      "longest gap of reads while it is mended, s",
      2,
      it -> it.mendingGap(it::isWarmRead)),
  MENDING_WRITE_GAP(
      "m-write",
      "longest gap of writes while it is mended, s",
      2,
      it -> it.mendingGap(op -> !Evidence.isRead(op))),
  /** They say that they may not be current. */
  MARKED("marked", "marked answers", 0, it -> it.all(Operation::isMarked)),
  /** By nodes that were harmed and yet ran. */
  WOKEN(
      "woken",
      "answers of harmed nodes",
      0,
      it -> it.all(op -> op.request().phase() == Phase.WOKEN && !op.isFailed())),
  UNKNOWN(
      "unknown",
      "writes of unknown outcome",
      0,
      it -> it.all(op -> !Evidence.isRead(op) && op.isOutcomeUnknown())),
  DOWNED("downed", "live nodes written off", 0, it -> it.downed());

  private final String heading;
  private final String words;
  private final int digits;
  private final ToDoubleFunction<Evidence> measure;

  Quantity(String heading, String words, int digits, ToDoubleFunction<Evidence> measure) {
    this.heading = heading;
    this.words = words;
    this.digits = digits;
    this.measure = measure;
  }

  String heading() {
    return heading;
  }

  /** As it is called in a sentence. */
  String words() {
    return words;
  }

  double of(Evidence evidence) {
    return measure.applyAsDouble(evidence);
  }

  String text(double value) {
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }

  /** The worst of several: of what is good, the least. */
  double worst(List<Double> values) {
    var sorted = values.stream().sorted().toList();
    return moreIsBetter() ? sorted.get(0) : sorted.get(sorted.size() - 1);
  }

  private boolean moreIsBetter() {
    return this == REQUESTS || this == WOKEN;
  }

  /** Of an even number the greater of the two in the middle. */
  static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }
}
