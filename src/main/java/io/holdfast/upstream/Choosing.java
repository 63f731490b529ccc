package io.holdfast.upstream;

import io.holdfast.resilience.Rendezvous;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Which of several usable instances gets the next call. Pure but for round robin, which remembers
 * in the instances whose turn it is.
 */
final class Choosing {
  /** With hashing, nobody gets more than so many times the mean in flight. */
  static final double HASH_LOAD_MAX = 1.25;

  private Choosing() {}

  /**
   * @param usable at least one
   * @param key what is hashed, for those that hash
   */
  static Instance choose(
      List<Instance> usable,
      UpstreamSettings settings,
      String key,
      RandomGenerator random,
      long nowNanos) {
    if (usable.size() == 1) {
      return usable.get(0);
    }
    return switch (settings.balance().kind()) {
      case LEAST_REQUESTS -> leastOfTwo(usable, settings, random, nowNanos);
      case ROUND_ROBIN -> inTurn(usable, settings, nowNanos);
      case HASH -> byHash(usable, key);
    };
  }

  /**
   * The one with less to do of two at random: Mitzenmacher's power of two choices. Both are drawn
   * by how fast they are, so that each gets calls in proportion to its speed also where hardly
   * anything is in flight; that is also when all have the same number of calls in flight.
   */
  private static Instance leastOfTwo(
      List<Instance> usable, UpstreamSettings settings, RandomGenerator random, long nowNanos) {
    var speeds = new double[usable.size()];
    for (int i = 0; i < speeds.length; i++) {
      speeds[i] = usable.get(i).speed(settings, nowNanos);
    }
    int first = draw(speeds, random);
    speeds[first] = 0;
    int second = draw(speeds, random);
    var one = usable.get(first);
    var other = usable.get(second);
    return one.load(settings, nowNanos) <= other.load(settings, nowNanos) ? one : other;
  }

  private static int draw(double[] shares, RandomGenerator random) {
    double sum = 0;
    for (double share : shares) {
      sum += share;
    }
    double at = random.nextDouble() * sum;
    int last = 0;
    for (int i = 0; i < shares.length; i++) {
      if (shares[i] > 0) {
        last = i;
        at -= shares[i];
        if (at < 0) {
          return i;
        }
      }
    }
    return last;
  }

  private static Instance inTurn(List<Instance> usable, UpstreamSettings settings, long nowNanos) {
    double all = 0;
    Instance next = usable.get(0);
    double most = Double.NEGATIVE_INFINITY;
    for (var instance : usable) {
      double share = instance.share(settings, nowNanos);
      double gained = instance.gain(share);
      all += share;
      if (gained > most) {
        most = gained;
        next = instance;
      }
    }
    next.spend(all);
    return next;
  }

  /** Who is too busy for its share is left out: consistent hashing with bounded loads. */
  private static Instance byHash(List<Instance> usable, String key) {
    double mean = usable.stream().mapToInt(Instance::inFlight).sum() / (double) usable.size();
    var notTooBusy = new ArrayList<Instance>(usable.size());
    for (var instance : usable) {
      if (instance.inFlight() <= Math.ceil(mean * HASH_LOAD_MAX)) {
        notTooBusy.add(instance);
      }
    }
    notTooBusy.sort(Comparator.comparing(Instance::name));
    return Rendezvous.choose(
            key, notTooBusy, Instance::name, instance -> instance.address().weight())
        .orElseThrow();
  }
}
