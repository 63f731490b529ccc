package io.holdfast.tools.chaos;

import io.holdfast.tools.Network;
import io.holdfast.tools.chaos.ClusterView.Node;
import io.holdfast.tools.lab.Lab;
import io.holdfast.tools.lab.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Ways between a node and the others are cut, in network namespaces, and are there again later. */
final class Partition implements Fault {
  private static final double CUT_SECONDS = 30;
  private static final double WRITABLE_SECONDS_MAX = 8;
  private static final double WRITE_GAP_SECONDS = 7;

  /** What is cut. */
  enum Cut {
    PEERS,
    PEERS_AND_DATABASE,
    DATABASE,
    /** What the node sends to its peers; what they send reaches it. */
    ITS_WORDS
  }

  private final String word;
  private final String what;
  private final Victims victims;
  private final Cut cut;
  private Lab lab;

  private Partition(String word, String what, Victims victims, Cut cut) {
    this.word = word;
    this.what = what;
    this.victims = victims;
    this.cut = cut;
  }

  static Fault young() {
    return new Partition(
        "partition",
        "a young node and the others do not reach each other",
        Victims.YOUNG,
        Cut.PEERS);
  }

  static Fault oldest() {
    return new Partition(
        "partition-oldest", "the same with the oldest node", Victims.OLDEST, Cut.PEERS);
  }

  static Fault cutOff() {
    return new Partition(
        "cut-off",
        "a node reaches neither the others nor the database",
        Victims.ANY,
        Cut.PEERS_AND_DATABASE);
  }

  static Fault withoutDatabase() {
    return new Partition(
        "cut-db", "the oldest node does not reach the database", Victims.OLDEST, Cut.DATABASE);
  }

  static Fault mute() {
    return new Partition(
        "mute", "what a node sends does not reach the others", Victims.YOUNG, Cut.ITS_WORDS);
  }

  @Override
  public String word() {
    return word;
  }

  @Override
  public String what() {
    return what;
  }

  @Override
  public Victims victims() {
    return victims;
  }

  /**
   * No goal for reads: until the cut is noticed, after about a second, an owner that does not
   * answer is taken for a slow one, and its readers wait rather than get a marked copy.
   */
  @Override
  public Limits limits() {
    return Limits.recovery(
        WRITABLE_SECONDS_MAX,
        Goal.worst(Quantity.FAILED, 0),
        Goal.worst(Quantity.WRITE_GAP, WRITE_GAP_SECONDS),
        Goal.worst(Quantity.DOWNED, 0));
  }

  /** It answers what it last knew, and must mark it. */
  @Override
  public Asked asked() {
    return Asked.BESIDES;
  }

  @Override
  public Stretch stretch(double seconds) {
    return Fault.super.stretch(seconds).atMost(CUT_SECONDS);
  }

  @Override
  public boolean needsLab() {
    return true;
  }

  @Override
  public Optional<String> obstacle(DatabaseAddress database) {
    if (!database.isOurs()) {
      return Optional.of("the configuration names a database that has no place in a lab");
    }
    return Network.ofThisProcess().lab().isPresent() ? Optional.empty() : Lab.obstacle();
  }

  /** One for all of it: what was cut by one is healed by the same. */
  @Override
  public void prepare(Preparation preparation) {
    lab = Network.ofThisProcess().lab().orElseThrow();
  }

  @Override
  public long harm(Site site, List<Node> victims) {
    var victim = victims.get(0);
    var its = List.of(Place.node(victim.number()));
    var others = new ArrayList<Place>();
    site.nodes().stream()
        .filter(it -> it.number() != victim.number())
        .forEach(it -> others.add(Place.node(it.number())));
    switch (cut) {
      case PEERS -> lab.cut(its, others);
      case PEERS_AND_DATABASE -> {
        others.add(Place.DATABASE);
        lab.cut(its, others);
      }
      case DATABASE -> lab.cut(its, List.of(Place.DATABASE));
      case ITS_WORDS -> lab.cutOneWay(its, others);
    }
    return site.tell(victim.name() + " is cut off: " + word);
  }

  @Override
  public Mended mend(Site site, List<Node> victims) {
    lab.heal();
    long back = site.tell("all reach all again");
    return new Mended(back, back);
  }
}
