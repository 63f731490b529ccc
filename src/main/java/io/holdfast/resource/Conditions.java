package io.holdfast.resource;

import io.holdfast.http.Preconditions;
import java.util.Optional;

/**
 * The conditional fields of a request as they travel to the owner: raw field values, known to be
 * well formed since the edge has parsed them.
 */
public record Conditions(
    Optional<String> ifMatch,
    Optional<String> ifNoneMatch,
    Optional<String> ifModifiedSince,
    Optional<String> ifUnmodifiedSince) {
  /** No conditions. */
  public static final Conditions NONE =
      new Conditions(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

  /** The document must not exist. */
  public static final Conditions ONLY_IF_ABSENT =
      new Conditions(Optional.empty(), Optional.of("*"), Optional.empty(), Optional.empty());

  /** What is malformed, in words, or nothing. */
  public Optional<String> fault() {
    return Preconditions.fault(ifMatch, ifNoneMatch);
  }

  /** The same, parsed. */
  public Preconditions toPreconditions() {
    return Preconditions.parse(ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince);
  }
}
