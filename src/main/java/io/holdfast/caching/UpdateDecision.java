package io.holdfast.caching;

import java.util.List;

/** What becomes of stored responses when the service has confirmed, or denied, that they hold. */
public sealed interface UpdateDecision {

  /**
   * They hold, with new fields.
   *
   * @param answer the one that answers the request
   * @param updated all that take the place of those they came from, {@code answer} among them if it
   *     may still be stored
   * @param replaced those that leave the store
   */
  record Updated(StoredResponse answer, List<StoredResponse> updated, List<StoredResponse> replaced)
      implements UpdateDecision {}

  /** The stored responses are to be taken for stale from now on: {@link StoredResponse#staled}. */
  record Outdated(List<StoredResponse> stale) implements UpdateDecision {}

  /**
   * It tells nothing about what is stored; the answer is the client's, whose condition it meets.
   */
  record PassOn() implements UpdateDecision {}

  /** It names nothing that is stored: ask again, without conditions. */
  record AskAgain() implements UpdateDecision {}
}
