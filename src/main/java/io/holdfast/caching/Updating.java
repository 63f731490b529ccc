package io.holdfast.caching;

import io.holdfast.caching.UpdateDecision.AskAgain;
import io.holdfast.caching.UpdateDecision.Outdated;
import io.holdfast.caching.UpdateDecision.PassOn;
import io.holdfast.caching.UpdateDecision.Updated;
import io.holdfast.http.EntityTag;
import io.holdfast.http.Fields;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Takes in answers that confirm stored responses (RFC 9111, sections 3.2, 4.3.4 and 4.3.5). */
public final class Updating {
  /**
   * Not updated (section 3.2): what the stored bytes are is not changed by a word about them. An
   * {@code Age} of old is no longer true; it comes from the new answer, if at all.
   */
  private static final Set<String> OF_THE_CONTENT =
      Set.of("content-length", "content-encoding", "content-range");

  private Updating() {}

  /**
   * A 304 has come.
   *
   * @param asked the stored responses whose validators were sent; none if only the client's were
   * @param requestTime when the validation was sent
   * @param responseTime when its answer came
   */
  public static UpdateDecision notModified(
      CacheRequest request,
      List<StoredResponse> asked,
      ResponseHead response,
      Instant requestTime,
      Instant responseTime,
      CacheSettings settings) {
    if (asked.isEmpty()) {
      return new PassOn();
    }
    var held = held(asked, response.fields());
    if (held.isEmpty()) {
      return new AskAgain();
    }
    var updated =
        held.stream()
            .map(stored -> updated(stored, response, requestTime, responseTime, settings))
            .toList();
    return decision(request, held, updated);
  }

  /** Which of them it is about (section 4.3.4); the one that answers the request comes first. */
  private static List<StoredResponse> held(List<StoredResponse> asked, Fields confirmed) {
    var newestFirst = asked.stream().sorted(Comparator.comparing(StoredResponse::date).reversed());
    var tag = confirmed.first("ETag").flatMap(EntityTag::parse);
    if (tag.isPresent() && !tag.get().weak()) {
      return newestFirst
          .filter(stored -> stored.entityTag().filter(tag.get()::matchesStrongly).isPresent())
          .toList();
    }
    if (tag.isPresent()) {
      return newestFirst
          .filter(stored -> stored.entityTag().filter(tag.get()::matchesWeakly).isPresent())
          .limit(1)
          .toList();
    }
    var modified = confirmed.first("Last-Modified");
    if (modified.isPresent()) {
      return newestFirst
          .filter(stored -> stored.fields().first("Last-Modified").equals(modified))
          .limit(1)
          .toList();
    }
    // It should have named its validator. As only one was asked about, it can mean no other.
    return asked.size() == 1 ? asked : List.of();
  }

  private static UpdateDecision decision(
      CacheRequest request, List<StoredResponse> held, List<StoredResponse> updated) {
    var stored = new ArrayList<>(updated.stream().filter(Updating::mayStay).toList());
    var answer = updated.get(0);
    if (!answer.vary().matches(request.fields())) {
      // Another variant has turned out to be this request's: it is stored for both.
      answer = answer.with(answer.vary().with(request.fields()));
      if (mayStay(answer)) {
        stored.add(answer);
      }
    }
    return new Updated(answer, List.copyOf(stored), held);
  }

  /** The new fields may forbid to store it any longer. */
  private static boolean mayStay(StoredResponse updated) {
    var directives = ResponseDirectives.of(updated.fields());
    return !directives.isPrivate()
        && (!directives.noStore() || directives.mustUnderstand())
        && !updated.fields().joined("Vary").orElse("").contains("*");
  }

  private static StoredResponse updated(
      StoredResponse stored,
      ResponseHead confirmed,
      Instant requestTime,
      Instant responseTime,
      CacheSettings settings) {
    var directives = ResponseDirectives.of(merged(stored.fields(), confirmed.fields()));
    var news =
        Storing.storable(confirmed.fields(), directives.fieldsWithheld(), responseTime)
            .without(OF_THE_CONTENT);
    var fields = merged(stored.fields(), news);
    return new StoredResponse(
        stored.status(),
        fields,
        requestTime,
        responseTime,
        stored.vary(),
        stored.contentLength(),
        stored.part(),
        Policy.of(stored.status(), fields, directives, requestTime, responseTime, settings),
        stored.contentId());
  }

  private static Fields merged(Fields stored, Fields news) {
    var outdated = new HashSet<String>();
    outdated.add("age");
    return stored.without(outdated).replacedBy(news);
  }

  /**
   * An answer to HEAD has come: what it says of GET's stored responses (section 4.3.5).
   *
   * @param matching those that could have answered the request: {@link Variants#matching}
   */
  public static UpdateDecision head(
      CacheRequest request,
      List<StoredResponse> matching,
      ResponseHead response,
      Instant requestTime,
      Instant responseTime,
      CacheSettings settings) {
    if (matching.isEmpty() || StatusCodes.isFailure(response.status())) {
      return new PassOn();
    }
    var same =
        matching.stream()
            .filter(stored -> stored.status() == response.status())
            .filter(stored -> isSame(stored, response.fields()))
            .toList();
    if (response.status() != 200 || same.isEmpty()) {
      return new Outdated(matching);
    }
    var updated =
        same.stream()
            .map(stored -> updated(stored, response, requestTime, responseTime, settings))
            .toList();
    return decision(request, same, updated);
  }

  private static boolean isSame(StoredResponse stored, Fields head) {
    return isSame(head.first("ETag"), stored.fields().first("ETag"))
        && isSame(head.first("Last-Modified"), stored.fields().first("Last-Modified"))
        && (stored.contentLength() < 0
            || stored.part().isPresent()
            || isSame(
                head.first("Content-Length"), Optional.of(Long.toString(stored.contentLength()))));
  }

  private static boolean isSame(Optional<String> received, Optional<String> stored) {
    return received.isEmpty() || received.equals(stored);
  }
}
