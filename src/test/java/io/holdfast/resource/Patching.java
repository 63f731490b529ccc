package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.resource.Patch.Outcome;
import io.holdfast.resource.Patch.Reading;
import java.nio.charset.StandardCharsets;

/** Patches and documents as texts. */
final class Patching {
  static final int BYTES_MAX = 256 * 1024;
  static final int DEPTH_MAX = 64;

  private Patching() {}

  static Reading read(Patch.Kind kind, String patch) {
    return Patch.read(kind, bytes(patch), DEPTH_MAX);
  }

  static Patch patch(Patch.Kind kind, String patch) {
    var reading = read(kind, patch);
    assertThat(reading).isInstanceOf(Reading.Readable.class);
    return ((Reading.Readable) reading).patch();
  }

  static Outcome outcome(Patch.Kind kind, String document, String patch) {
    return patch(kind, patch).apply(bytes(document), BYTES_MAX, DEPTH_MAX);
  }

  static String patched(Patch.Kind kind, String document, String patch) {
    return content(outcome(kind, document, patch));
  }

  static String content(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Patched.class);
    return new String(((Outcome.Patched) outcome).content(), StandardCharsets.UTF_8);
  }

  static String conflict(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Conflict.class);
    return ((Outcome.Conflict) outcome).reason();
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
