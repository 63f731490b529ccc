package io.holdfast.tools.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The servers beside which ours is measured: those that this machine has, and what it has not. */
final class Others implements AutoCloseable {
  private final List<Neighbour> started = new ArrayList<>();
  private final List<Contender> all = new ArrayList<>();
  private final List<String> missing = new ArrayList<>();

  /** One that is ended with this. */
  Others with(Neighbour neighbour) {
    started.add(neighbour);
    all.add(Contender.of(neighbour));
    return this;
  }

  /**
   * @param name also of its package
   */
  void with(String name, Optional<Neighbour> neighbour) {
    neighbour.ifPresentOrElse(this::with, () -> missing.add(name));
  }

  /** Those that somebody else has started, and will end. */
  void with(List<Contender> beside) {
    all.addAll(beside);
  }

  List<Contender> contenders() {
    return List.copyOf(all);
  }

  /** All of them beside ours, which is the first of the turns. */
  Comparison compare(Map<String, List<Turn>> turns) {
    var names = List.copyOf(turns.keySet());
    var comparison = new Comparison(names.get(0), turns.get(names.get(0)));
    names.stream().skip(1).forEach(name -> comparison.beside(name, turns.get(name)));
    missing.forEach(name -> comparison.missing(name, "apt-get install " + name));
    return comparison;
  }

  @Override
  public void close() {
    started.forEach(Neighbour::close);
  }
}
