package io.holdfast.edge;

import io.holdfast.http.FieldLine;
import io.holdfast.http.ProblemType;
import io.holdfast.http.RequestKey;
import io.holdfast.http.Sha256;
import io.holdfast.route.Route;
import io.holdfast.upstream.KeyedId;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/** By what key a request to a service is known: the client's, within its route and credential. */
final class ServiceKeys {
  /**
   * Methods that change nothing (RFC 9110, section 9.2.1; RFC 10008): a key means nothing there.
   */
  private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS", "QUERY");

  private ServiceKeys() {}

  sealed interface Result permits None, Usable, Refused {}

  /** It is carried out each time it comes. */
  record None() implements Result {}

  record Usable(KeyedId id) implements Result {}

  record Refused(ProblemType type, String detail) implements Result {}

  static Result of(Route route, String method, List<FieldLine> fields) {
    if (SAFE.contains(method)) {
      return new None();
    }
    var sent = values(fields, "Idempotency-Key");
    if (sent.isEmpty()) {
      return route.idempotencyKeyRequired()
          ? new Refused(
              ProblemType.IDEMPOTENCY_KEY_MISSING, "This route asks for an Idempotency-Key field.")
          : new None();
    }
    var key = RequestKey.parse(sent.get(0));
    return key.isEmpty() || sent.size() > 1
        ? new Refused(
            ProblemType.BAD_REQUEST,
            "An Idempotency-Key, one of them, has 1 to 255 characters, quoted or bare.")
        : new Usable(new KeyedId(scope(route, values(fields, "Authorization")), key.get().value()));
  }

  private static List<String> values(List<FieldLine> fields, String name) {
    return fields.stream().filter(line -> line.is(name)).map(FieldLine::value).toList();
  }

  /** Never the address: a client that goes on from another one is the same client. */
  private static String scope(Route route, List<String> authorization) {
    var digest = Sha256.begin();
    digest.update(route.name().getBytes(StandardCharsets.UTF_8));
    for (var value : authorization) {
      digest.update((byte) 0);
      digest.update(value.getBytes(StandardCharsets.ISO_8859_1));
    }
    return Sha256.text(digest.digest());
  }
}
