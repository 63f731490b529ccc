package io.holdfast.caching;

import io.holdfast.http.ByteRange;
import io.holdfast.http.ContentRange;
import io.holdfast.http.EntityTag;
import io.holdfast.http.Fields;
import io.holdfast.http.HttpDate;
import io.holdfast.http.Preconditions;
import io.holdfast.http.Ranges;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The answer that is made of a stored response, by the request's conditions and ranges (RFC 9111,
 * sections 4 and 4.3.2; RFC 9110, sections 13.2.2 and 14). Its fields have {@code Age}; {@code
 * Cache-Status} and what frames the content come on top. An answer to HEAD is that to GET without
 * the content.
 */
public sealed interface Answer {
  /** The status code. */
  int status();

  Fields fields();

  /** With all of the content that is stored. */
  record Whole(int status, Fields fields) implements Answer {}

  /** 304: the client has it. */
  record NotModified(Fields fields) implements Answer {
    @Override
    public int status() {
      return StatusCodes.NOT_MODIFIED;
    }
  }

  /**
   * 206 with some bytes of the content.
   *
   * @param from where in the stored content they begin
   * @param length how many they are
   */
  record Part(Fields fields, long from, long length) implements Answer {
    @Override
    public int status() {
      return StatusCodes.PARTIAL;
    }
  }

  /**
   * 206 with several runs of bytes: {@link Multipart} frames them.
   *
   * @param fields without {@code Content-Type} and {@code Content-Length}
   */
  record Parts(Fields fields, Multipart content) implements Answer {
    @Override
    public int status() {
      return StatusCodes.PARTIAL;
    }
  }

  /** 416: none of the bytes asked for exist. */
  record Unsatisfiable(Fields fields) implements Answer {
    @Override
    public int status() {
      return 416;
    }
  }

  /** Of a 304 (RFC 9110, section 15.4.5), and what else guides caches. */
  Set<String> OF_NOT_MODIFIED =
      Set.of(
          "cache-control",
          "cdn-cache-control",
          "holdfast-cache-control",
          "cache-groups",
          "content-location",
          "date",
          "etag",
          "expires",
          "vary",
          "age");

  Set<String> OF_THE_WHOLE = Set.of("content-length", "content-range");

  /**
   * @param response chosen by {@link Reuse}, or received just now
   * @param now for its age
   */
  static Answer to(CacheRequest request, StoredResponse response, Instant now) {
    var fields = aged(response, now);
    boolean isOk = response.status() == 200 || response.part().isPresent();
    boolean isSuccess = response.status() / 100 == 2;
    if (isSuccess && isNotModified(request.fields(), response)) {
      return notModified(response, fields);
    }
    var ranges = isOk ? ranges(request, response) : Optional.<Ranges>empty();
    var complete = complete(response);
    if (ranges.isEmpty() || complete.isEmpty()) {
      return new Whole(response.status(), fields);
    }
    return ranged(ranges.get(), response, fields, complete.getAsLong());
  }

  /** The stored fields with the current age (RFC 9111, sections 4 and 5.1). */
  static Fields aged(StoredResponse response, Instant now) {
    return response.fields().with("Age", Long.toString(response.age(now)));
  }

  /** Whether the stored content is all that the request asks for. */
  static boolean covers(CacheRequest request, StoredResponse response) {
    if (response.part().isEmpty()) {
      return true;
    }
    var complete = complete(response);
    var ranges = ranges(request, response);
    if (ranges.isEmpty() || complete.isEmpty()) {
      return false;
    }
    var wanted = ranges.get().within(complete.getAsLong());
    return !wanted.isEmpty() && wanted.stream().allMatch(response.part().get().range()::contains);
  }

  private static OptionalLong complete(StoredResponse response) {
    return response.part().isPresent()
        ? response.part().get().complete()
        : response.contentLength() < 0
            ? OptionalLong.empty()
            : OptionalLong.of(response.contentLength());
  }

  /** A date that a response does not have is its {@code Date} (RFC 9111, section 4.3.2). */
  private static boolean isNotModified(Fields request, StoredResponse response) {
    var tags = request.joined("If-None-Match");
    var since = request.first("If-Modified-Since");
    if (tags.isEmpty() && since.isEmpty()) {
      return false;
    }
    var conditions =
        new Preconditions(
            Optional.empty(),
            // What is malformed names nothing, and what it stands before is not looked at.
            tags.map(
                field -> EntityTag.parseList(field).orElse(new EntityTag.Tags(false, List.of()))),
            since.flatMap(HttpDate::parse),
            Optional.empty());
    var modified = response.lastModified().orElseGet(response::date);
    var tag = response.entityTag();
    // "*" is any representation, with a tag or without.
    boolean isAny = conditions.ifNoneMatch().filter(EntityTag.Tags::any).isPresent();
    return isAny
        || conditions.evaluate(tag, Optional.of(modified), true)
            == Preconditions.Outcome.NOT_MODIFIED;
  }

  private static Answer notModified(StoredResponse response, Fields fields) {
    return new NotModified(
        new Fields(
            fields.lines().stream()
                .filter(
                    line ->
                        OF_NOT_MODIFIED.contains(line.name().toLowerCase(Locale.ROOT))
                            || line.is("Last-Modified") && response.entityTag().isEmpty())
                .toList()));
  }

  /** What the request asks for, if it is to be heeded (RFC 9110, sections 13.1.5 and 14.2). */
  private static Optional<Ranges> ranges(CacheRequest request, StoredResponse response) {
    if (request.wantsHead() || !request.fields().has("Range")) {
      return Optional.empty();
    }
    var condition = request.fields().first("If-Range");
    return condition.isEmpty() || isSame(condition.get(), response)
        ? request.fields().joined("Range").flatMap(Ranges::parse)
        : Optional.empty();
  }

  /**
   * {@code If-Range}: by a strong tag, or by the very date, if that is a strong validator (RFC
   * 9110, section 8.8.2.2): a minute older than the response.
   */
  private static boolean isSame(String condition, StoredResponse response) {
    var tag = EntityTag.parse(condition);
    if (tag.isPresent()) {
      return response.entityTag().filter(tag.get()::matchesStrongly).isPresent();
    }
    var date = HttpDate.parse(condition);
    return date.isPresent()
        && date.equals(response.lastModified())
        && date.get().until(response.date(), ChronoUnit.SECONDS) >= 60;
  }

  private static Answer ranged(
      Ranges ranges, StoredResponse response, Fields fields, long complete) {
    var wanted = ranges.within(complete);
    if (wanted.isEmpty()) {
      return new Unsatisfiable(
          fields
              .without(Set.of("content-length", "content-type", "content-encoding", "etag"))
              .with("Content-Range", ContentRange.unsatisfied(complete)));
    }
    long offset = response.part().map(part -> part.range().first()).orElse(0L);
    if (wanted.size() == 1) {
      var range = wanted.get(0);
      return new Part(
          fields
              .without(OF_THE_WHOLE)
              .with("Content-Range", new ContentRange(range, OptionalLong.of(complete)).toString()),
          range.first() - offset,
          range.length());
    }
    if (sum(wanted) >= complete) {
      // Several parts that are more than the whole: somebody wants to see us work.
      return response.part().isEmpty()
          ? new Whole(response.status(), fields)
          : parts(wanted, response, fields, complete, offset);
    }
    return parts(wanted, response, fields, complete, offset);
  }

  private static long sum(List<ByteRange> ranges) {
    return ranges.stream().mapToLong(ByteRange::length).sum();
  }

  private static Answer parts(
      List<ByteRange> wanted, StoredResponse response, Fields fields, long complete, long offset) {
    return new Parts(
        fields.without(OF_THE_WHOLE).without(Set.of("content-type")),
        new Multipart(wanted, complete, offset, response.fields().first("Content-Type")));
  }
}
