package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.Operation.Kind;
import io.holdfast.tools.chaos.Operation.Phase;
import io.holdfast.tools.chaos.Operation.Request;
import io.holdfast.tools.chaos.Operation.Result;
import io.holdfast.tools.chaos.Operation.Timing;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Writes down a history of one document; times in seconds. */
final class HistoryOf {
  private final List<Operation> operations = new ArrayList<>();
  private Phase phase = Phase.MEASURED;
  private int writesAt = 1;

  /** All that follows belongs to this phase. */
  HistoryOf in(Phase phase) {
    this.phase = phase;
    return this;
  }

  /** All writes that follow go to this node. */
  HistoryOf at(int node) {
    this.writesAt = node;
    return this;
  }

  HistoryOf put(double start, double end, String value, Result result) {
    return put(start, end, value, OptionalLong.empty(), result);
  }

  HistoryOf putIf(double start, double end, long version, String value, Result result) {
    return put(start, end, value, OptionalLong.of(version), result);
  }

  private HistoryOf put(
      double start, double end, String value, OptionalLong ifMatch, Result result) {
    return add(
        start,
        end,
        new Request("k", Kind.PUT, "key-" + value, value, ifMatch, writesAt, phase),
        result);
  }

  HistoryOf get(double start, double end, Result result) {
    return add(
        start, end, new Request("k", Kind.GET, "", "", OptionalLong.empty(), 2, phase), result);
  }

  HistoryOf delete(double start, double end, String requestKey, Result result) {
    return add(
        start,
        end,
        new Request("k", Kind.DELETE, requestKey, "", OptionalLong.empty(), writesAt, phase),
        result);
  }

  private HistoryOf add(double start, double end, Request request, Result result) {
    operations.add(
        new Operation(request, new Timing(nanos(start), nanos(start), nanos(end)), result));
    return this;
  }

  List<Operation> operations() {
    return operations;
  }

  /** The kinds of violation in it, when nothing is known of a fault. */
  List<Violation.Kind> violations() {
    return violations(new Expectations(List.of(), List.of(), List.of(), 0));
  }

  List<Violation.Kind> violations(Expectations expectations) {
    return HistoryChecker.check(operations, expectations).stream().map(Violation::kind).toList();
  }

  static Result ok(long version) {
    return new Result.Answered(204, OptionalLong.of(version), "", false, "");
  }

  static Result shows(long version, String value) {
    return new Result.Answered(200, OptionalLong.of(version), value, false, "");
  }

  static Result showsMarked(long version, String value) {
    return new Result.Answered(200, OptionalLong.of(version), value, true, "");
  }

  static Result status(int status) {
    return status(status, "");
  }

  static Result status(int status, String problem) {
    return new Result.Answered(status, OptionalLong.empty(), "", false, problem);
  }

  static Result unknown() {
    return new Result.Unknown("connection reset");
  }

  static long nanos(double seconds) {
    return Math.round(seconds * 1e9);
  }
}
