package io.holdfast.edge;

import static java.util.stream.Collectors.joining;

import io.holdfast.http.MediaType;
import io.holdfast.resource.Patch;
import java.util.Arrays;
import java.util.Optional;

/** The media types of {@code PATCH} (RFC 7396, RFC 6902). */
final class PatchType {
  /** The value of {@code Accept-Patch} (RFC 5789, section 3.1). */
  static final String ACCEPTED =
      Arrays.stream(Patch.Kind.values()).map(Patch.Kind::mediaType).collect(joining(", "));

  private PatchType() {}

  /** Nothing if it is none of them, or names another charset than UTF-8. */
  static Optional<Patch.Kind> of(String contentType) {
    if (!MediaType.isJson(contentType)) {
      return Optional.empty();
    }
    var essence = MediaType.essence(contentType);
    return Arrays.stream(Patch.Kind.values())
        .filter(kind -> kind.mediaType().equals(essence))
        .findFirst();
  }
}
