package io.holdfast.edge;

import io.holdfast.http.MediaType;
import io.holdfast.resource.Patch;
import java.util.Optional;

/** The media types of {@code PATCH} (RFC 7396, RFC 6902). */
final class PatchType {
  private static final String MERGE = "application/merge-patch+json";
  private static final String JSON_PATCH = "application/json-patch+json";

  /** The value of {@code Accept-Patch} (RFC 5789, section 3.1). */
  static final String ACCEPTED = MERGE + ", " + JSON_PATCH;

  private PatchType() {}

  /** Nothing if it is none of them, or names another charset than UTF-8. */
  static Optional<Patch.Kind> of(String contentType) {
    if (!MediaType.isJson(contentType)) {
      return Optional.empty();
    }
    return switch (MediaType.essence(contentType)) {
      case MERGE -> Optional.of(Patch.Kind.MERGE);
      case JSON_PATCH -> Optional.of(Patch.Kind.JSON_PATCH);
      default -> Optional.empty();
    };
  }
}
