package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.Operation.Kind;
import io.holdfast.tools.chaos.Operation.Phase;
import java.util.List;
import java.util.function.Predicate;

/**
 * What there is to see of one round.
 *
 * @param operations what was due in it
 * @param downed live nodes that were written off
 */
record Evidence(
    Round round,
    List<Operation> operations,
    Expectations expectations,
    KnownCopies copies,
    Recovery recovery,
    long downed) {

  static boolean isRead(Operation operation) {
    return operation.request().kind() == Kind.GET;
  }

  boolean isColdRead(Operation operation) {
    return isRead(operation) && !copies.has(operation);
  }

  boolean isWarmRead(Operation operation) {
    return isRead(operation) && copies.has(operation);
  }

  /** Requests of the load to nodes that were not harmed meanwhile. */
  List<Operation> toSurvivors() {
    return operations.stream()
        .filter(it -> it.request().phase() == Phase.MEASURED)
        .filter(expectations::isToSurvivor)
        .toList();
  }

  /** Those of them that failed, and that no promise allows to fail. */
  List<Operation> failed() {
    return toSurvivors().stream()
        .filter(it -> it.isFailed() && !expectations.isExcused(it))
        .toList();
  }

  long survivors(Predicate<Operation> which) {
    return toSurvivors().stream().filter(which).count();
  }

  long all(Predicate<Operation> which) {
    return operations.stream().filter(which).count();
  }

  /** The longest wait of those that the harm could hold up, but not the mending alone. */
  double gap(Predicate<Operation> which) {
    var moments = round.moments();
    return longest(
        which
            .and(it -> it.timing().end() >= moments.harm())
            .and(it -> it.timing().intended() < moments.due()));
  }

  /** The longest wait of those that were due when the mending had begun. */
  double mendingGap(Predicate<Operation> which) {
    return longest(which.and(it -> it.timing().intended() >= round.moments().due()));
  }

  private double longest(Predicate<Operation> which) {
    return toSurvivors().stream()
        .filter(which)
        .mapToDouble(it -> RunClock.seconds(it.timing().latency()))
        .max()
        .orElse(0);
  }
}
