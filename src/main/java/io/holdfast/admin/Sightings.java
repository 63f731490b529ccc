package io.holdfast.admin;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.pekko.actor.typed.ActorRef;

/** Questions to all members about one resource each, until all have answered. Of one actor. */
final class Sightings {
  private static final int QUESTIONS_MAX = 100;

  private final Map<Long, Question> open = new HashMap<>();
  private long last;

  /** One of them. */
  private record Question(
      Set<String> missing, Map<String, String> seen, ActorRef<Pulses.Sighted> replyTo) {
    void answer() {
      replyTo.tell(new Pulses.Sighted(new TreeMap<>(seen), missing.size()));
    }
  }

  /**
   * @param addresses of those that are asked
   * @return its number; empty when so many are open that it is not asked
   */
  Optional<Long> begin(Set<String> addresses, ActorRef<Pulses.Sighted> replyTo) {
    if (open.size() >= QUESTIONS_MAX) {
      return Optional.empty();
    }
    open.put(++last, new Question(new HashSet<>(addresses), new HashMap<>(), replyTo));
    return Optional.of(last);
  }

  void saw(Pulses.Saw saw) {
    var question = open.get(saw.question());
    if (question != null && question.missing().remove(saw.address())) {
      question.seen().put(saw.node(), saw.sighting());
      if (question.missing().isEmpty()) {
        over(saw.question());
      }
    }
  }

  /** Whoever has not answered does not count. */
  void over(long question) {
    Optional.ofNullable(open.remove(question)).ifPresent(Question::answer);
  }
}
