package io.holdfast.http;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * The conditions of a request (RFC 9110, section 13). Dates that are none are ignored, as the RFC
 * asks; malformed entity tags are not: {@link #fault}.
 */
public record Preconditions(
    Optional<EntityTag.Tags> ifMatch,
    Optional<EntityTag.Tags> ifNoneMatch,
    Optional<Instant> ifModifiedSince,
    Optional<Instant> ifUnmodifiedSince) {

  /** How they stand against the target. */
  public enum Outcome {
    PROCEED,
    NOT_MODIFIED,
    FAILED
  }

  /**
   * From field values whose entity tags are known to be well formed.
   *
   * @throws IllegalArgumentException they are not: without its condition a write would go through
   */
  public static Preconditions parse(
      Optional<String> ifMatch,
      Optional<String> ifNoneMatch,
      Optional<String> ifModifiedSince,
      Optional<String> ifUnmodifiedSince) {
    return new Preconditions(
        ifMatch.map(Preconditions::wellFormed),
        ifNoneMatch.map(Preconditions::wellFormed),
        ifModifiedSince.flatMap(HttpDate::parse),
        ifUnmodifiedSince.flatMap(HttpDate::parse));
  }

  /** What is malformed in the entity tags of the two fields. */
  public static Optional<String> fault(Optional<String> ifMatch, Optional<String> ifNoneMatch) {
    if (ifMatch.isPresent() && EntityTag.parseList(ifMatch.get()).isEmpty()) {
      return Optional.of("If-Match has to be * or a list of entity tags such as \"7\"");
    }
    if (ifNoneMatch.isPresent() && EntityTag.parseList(ifNoneMatch.get()).isEmpty()) {
      return Optional.of("If-None-Match has to be * or a list of entity tags such as \"7\"");
    }
    return Optional.empty();
  }

  /**
   * In the order of RFC 9110, section 13.2.2.
   *
   * @param current the tag of the current representation, if there is one
   * @param modified its modification time, if there is one
   * @param safe the method is GET or HEAD
   */
  public Outcome evaluate(Optional<EntityTag> current, Optional<Instant> modified, boolean safe) {
    if (ifMatch.isPresent()) {
      if (!matches(ifMatch.get(), current, true)) {
        return Outcome.FAILED;
      }
    } else if (ifUnmodifiedSince.isPresent() && isLater(modified, ifUnmodifiedSince.get())) {
      return Outcome.FAILED;
    }
    if (ifNoneMatch.isPresent()) {
      if (matches(ifNoneMatch.get(), current, false)) {
        return safe ? Outcome.NOT_MODIFIED : Outcome.FAILED;
      }
    } else if (safe
        && ifModifiedSince.isPresent()
        && modified.isPresent()
        && !isLater(modified, ifModifiedSince.get())) {
      return Outcome.NOT_MODIFIED;
    }
    return Outcome.PROCEED;
  }

  private static EntityTag.Tags wellFormed(String field) {
    return EntityTag.parseList(field)
        .orElseThrow(() -> new IllegalArgumentException("Not a list of entity tags: " + field));
  }

  private static boolean matches(
      EntityTag.Tags tags, Optional<EntityTag> current, boolean strongly) {
    if (current.isEmpty()) {
      return false;
    }
    return tags.any()
        || tags.tags().stream()
            .anyMatch(
                tag ->
                    strongly
                        ? tag.matchesStrongly(current.get())
                        : tag.matchesWeakly(current.get()));
  }

  /** Dates in fields have whole seconds. */
  private static boolean isLater(Optional<Instant> modified, Instant than) {
    return modified.isPresent() && modified.get().truncatedTo(ChronoUnit.SECONDS).isAfter(than);
  }
}
