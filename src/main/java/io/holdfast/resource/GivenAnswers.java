package io.holdfast.resource;

import io.holdfast.http.RequestKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The answers that a document remembers, oldest first: what is kept, what is forgotten, and for
 * which requests it cannot be told any more whether they were carried out.
 */
final class GivenAnswers {
  /** What an answer takes in memory, about: two strings of text, four numbers, a name. */
  private static final int ANSWER_BYTES = 320;

  /** By so much the clocks of two nodes may differ before a busy document misjudges a key's age. */
  private static final Duration CLOCKS_DIFFER = Duration.ofSeconds(1);

  private GivenAnswers() {}

  /** What they take in memory, about. */
  static int bytes(List<Answer> answers) {
    int details = answers.stream().mapToInt(it -> it.detail().length()).sum();
    return answers.size() * ANSWER_BYTES + details;
  }

  /** The answer given under a key, by whomever it was sent. */
  static Optional<Answer> find(List<Answer> answers, WriteKey key) {
    for (int i = answers.size() - 1; i >= 0; i--) {
      if (key.isKeyOf(answers.get(i))) {
        return Optional.of(answers.get(i));
      }
    }
    return Optional.empty();
  }

  /**
   * Forgets by age and number; what the edge may still send again is forgotten by number only where
   * a document is written so often that it could not be kept otherwise.
   */
  static List<Answer> with(List<Answer> answers, Answer newest) {
    var kept = new ArrayList<Answer>(answers.size() + 1);
    kept.add(newest);
    int ofClients = 0;
    int ofEdge = 0;
    for (int i = answers.size() - 1; i >= 0; i--) {
      var old = answers.get(i);
      boolean client = WriteKey.isFromClient(old);
      int newer = client ? ++ofClients : ++ofEdge;
      if (newer < WriteKey.ANSWERS_MAX
          && age(old, newest.at()).compareTo(keptFor(client, newer)) < 0) {
        kept.add(old);
      }
    }
    Collections.reverse(kept);
    return List.copyOf(kept);
  }

  private static Duration keptFor(boolean client, int newer) {
    return newer < wanted(client) ? WriteKey.RETENTION : WriteKey.EDGE_RESENDS_WITHIN;
  }

  private static int wanted(boolean client) {
    return client ? WriteKey.CLIENT_ANSWERS_MAX : WriteKey.EDGE_ANSWERS_MAX;
  }

  private static Duration age(Answer answer, Instant now) {
    return Duration.between(answer.at(), now);
  }

  /**
   * Whether the write under a key that is not known may have been carried out all the same, long
   * ago or many writes ago. Tells only of keys that were made, since these say when.
   */
  static boolean mayHaveForgotten(List<Answer> answers, WriteKey key, Instant now) {
    var madeAt = new RequestKey(key.value()).madeAt();
    return madeAt.isPresent()
        && (mayHaveForgotten(answers, key, true, madeAt.get(), now)
            || mayHaveForgotten(answers, key, false, madeAt.get(), now));
  }

  private static boolean mayHaveForgotten(
      List<Answer> answers, WriteKey key, boolean client, Instant madeAt, Instant now) {
    var kind = answers.stream().filter(it -> WriteKey.isFromClient(it) == client).toList();
    if (kind.size() >= WriteKey.ANSWERS_MAX) {
      return madeAt.isBefore(kind.get(0).at().plus(CLOCKS_DIFFER));
    }
    // The edge's own attempts end long before what they need is forgotten by age.
    return key.fromClient() && madeAt.isBefore(forgottenUntil(kind, client, now));
  }

  private static Instant forgottenUntil(List<Answer> kind, boolean client, Instant now) {
    var byAge = now.minus(WriteKey.RETENTION);
    if (kind.size() < wanted(client)) {
      return byAge;
    }
    var byNumber = kind.get(kind.size() - 1).at().minus(WriteKey.EDGE_RESENDS_WITHIN);
    var oldest = kind.get(0).at().plus(CLOCKS_DIFFER);
    return oldest.isBefore(byNumber) ? oldest : byNumber;
  }
}
