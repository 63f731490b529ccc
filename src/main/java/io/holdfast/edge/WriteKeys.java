package io.holdfast.edge;

import io.holdfast.http.ProblemType;
import io.holdfast.http.RequestKey;
import io.holdfast.http.Sha256;
import io.holdfast.resource.Write;
import io.holdfast.resource.WriteKey;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/** Under which key a write is recorded: the client's, checked, or one of the edge's own. */
final class WriteKeys {
  private static final List<String> PART_OF_THE_REQUEST =
      List.of("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since");
  private static final int FINGERPRINT_BYTES = 16;

  private WriteKeys() {}

  sealed interface Result permits Usable, Refused {}

  record Usable(WriteKey key) implements Result {}

  record Refused(ProblemType type, String detail) implements Result {}

  static Result of(Target target, Write.Action action, byte[] content, Supplier<String> nextKey) {
    var field = target.field("Idempotency-Key");
    if (field.isEmpty()) {
      return target.route().idempotencyKeyRequired()
          ? new Refused(
              ProblemType.IDEMPOTENCY_KEY_MISSING, "This route asks for an Idempotency-Key")
          : new Usable(
              new WriteKey(nextKey.get(), false, fingerprint(target, action, content), ""));
    }
    var key = RequestKey.parse(field.get());
    return key.isEmpty()
        ? new Refused(
            ProblemType.BAD_REQUEST, "An Idempotency-Key has 1 to 255 characters, quoted or bare")
        : new Usable(
            new WriteKey(
                key.get().value(), true, fingerprint(target, action, content), nextKey.get()));
  }

  /** Tells another request under the same key from the same request again (SHA-256, 128 bits). */
  private static String fingerprint(Target target, Write.Action action, byte[] content) {
    var digest = Sha256.begin();
    digest.update(target.request().method().value().getBytes(StandardCharsets.UTF_8));
    if (action == Write.Action.JSON_PATCH) {
      digest.update((byte) 1); // the same content is another request than as a merge patch
    }
    for (var name : PART_OF_THE_REQUEST) {
      digest.update((byte) 0);
      target.field(name).ifPresent(v -> digest.update(v.getBytes(StandardCharsets.UTF_8)));
    }
    digest.update((byte) 0);
    var whole = digest.digest(content);
    return Sha256.text(Arrays.copyOf(whole, FINGERPRINT_BYTES));
  }
}
