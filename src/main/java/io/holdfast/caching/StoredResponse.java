package io.holdfast.caching;

import io.holdfast.http.ContentRange;
import io.holdfast.http.DeltaSeconds;
import io.holdfast.http.EntityTag;
import io.holdfast.http.Fields;
import io.holdfast.http.HttpDate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * All of a stored response but its content, which is held elsewhere, byte for byte as it came.
 *
 * @param status as received; 206 where only a part of the representation is stored
 * @param fields those that may be stored (RFC 9111, section 3.1), with a {@code Date}
 * @param requestTime when the request that it answered, or that last validated it, was sent
 * @param responseTime when the head of the answer came
 * @param vary the values of the fields that it varies on
 * @param contentLength in bytes; -1 while it is not known
 * @param part which bytes these are, where they are not all
 * @param policy what follows from the fields
 * @param contentId names the bytes of its content wherever they are held; 0 until they are
 */
public record StoredResponse(
    int status,
    Fields fields,
    Instant requestTime,
    Instant responseTime,
    VaryKey vary,
    long contentLength,
    Optional<ContentRange> part,
    Policy policy,
    long contentId) {
  private static final long MILLIS = 1000;

  /** Roughly what it takes in memory, without its content. */
  public int memoryBytes() {
    return fields.memoryBytes() + vary.memoryBytes();
  }

  /** {@code current_age} in whole seconds (RFC 9111, section 4.2.3), from 0 to 2^31. */
  public long age(Instant now) {
    return ageMillis(now) / MILLIS;
  }

  private long ageMillis(Instant now) {
    long resident = Math.max(0, responseTime.until(now, ChronoUnit.MILLIS));
    return Math.min(DeltaSeconds.MAX * MILLIS, policy.initialAgeMillis() + resident);
  }

  /** Seconds that it stays fresh, rounded up; when it is stale, for how long it has been. */
  public long ttl(Instant now) {
    return Math.floorDiv(remainingMillis(now) + MILLIS - 1, MILLIS);
  }

  private long remainingMillis(Instant now) {
    return policy.lifetimeSeconds() * MILLIS - ageMillis(now);
  }

  /** Whether its lifetime is greater than its age (section 4.2). */
  public boolean isFresh(Instant now) {
    return !policy.validatesAlways() && remainingMillis(now) > 0;
  }

  /** When it becomes or became stale. */
  public Instant staleFrom() {
    return responseTime.plusMillis(policy.lifetimeSeconds() * MILLIS - policy.initialAgeMillis());
  }

  /** Nothing also if it has two that differ. */
  public Optional<EntityTag> entityTag() {
    return only("ETag").flatMap(EntityTag::parse);
  }

  /** Nothing also if it has two that differ. */
  public Optional<Instant> lastModified() {
    return only("Last-Modified").flatMap(HttpDate::parse);
  }

  private Optional<String> only(String name) {
    var first = fields.first(name);
    return fields.lines().stream().filter(line -> line.is(name)).count() < 2
            || fields.all(name).stream().allMatch(first.orElseThrow()::equals)
        ? first
        : Optional.empty();
  }

  Instant date() {
    return Policy.date(fields).orElse(responseTime);
  }

  boolean hasValidator() {
    return entityTag().isPresent() || lastModified().isPresent();
  }

  /** Whether it is stale without being wrong: what a soft purge makes of it. */
  public StoredResponse staled(Instant now) {
    return isFresh(now) ? with(policy.withLifetime(age(now))) : this;
  }

  StoredResponse with(Policy other) {
    return new StoredResponse(
        status, fields, requestTime, responseTime, vary, contentLength, part, other, contentId);
  }

  StoredResponse with(VaryKey other) {
    return new StoredResponse(
        status, fields, requestTime, responseTime, other, contentLength, part, policy, contentId);
  }

  /**
   * When all of the content has come. Nothing if that is not what its fields said: then it is not
   * known what it is.
   *
   * @param id names it
   */
  public Optional<StoredResponse> completed(long length, long id) {
    boolean expected =
        (contentLength < 0 || contentLength == length)
            && (part.isEmpty() || part.get().range().length() == length);
    return expected
        ? Optional.of(
            new StoredResponse(
                status, fields, requestTime, responseTime, vary, length, part, policy, id))
        : Optional.empty();
  }
}
