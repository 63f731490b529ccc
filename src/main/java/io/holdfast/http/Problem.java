package io.holdfast.http;

import java.util.Optional;

/**
 * An error as {@code application/problem+json} (RFC 9457).
 *
 * @param detail what was wrong with this very request, and what to do
 * @param instance the path that was asked for
 * @param traceId of the request's trace; empty if it is in none
 */
public record Problem(ProblemType type, String detail, Optional<String> instance, String traceId) {
  public static Problem of(ProblemType type, String detail) {
    return new Problem(type, detail, Optional.empty(), "");
  }

  public Problem withInstance(String path) {
    return new Problem(type, detail, Optional.of(path), traceId);
  }

  public Problem inTrace(String id) {
    return new Problem(type, detail, instance, id);
  }

  public String toJson() {
    var json = new StringBuilder(256);
    json.append("{\"type\":").append(quoted(type.uri()));
    json.append(",\"title\":").append(quoted(type.title()));
    json.append(",\"status\":").append(type.status());
    json.append(",\"detail\":").append(quoted(detail));
    instance.ifPresent(path -> json.append(",\"instance\":").append(quoted(path)));
    if (!traceId.isEmpty()) {
      json.append(",\"traceId\":").append(quoted(traceId));
    }
    return json.append('}').toString();
  }

  /** A JSON string (RFC 8259, section 7). */
  public static String quoted(String text) {
    var quoted = new StringBuilder(text.length() + 2).append('"');
    text.chars()
        .forEach(
            c -> {
              switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                default -> {
                  if (c < 0x20 || c == 0x7f || Character.isSurrogate((char) c)) {
                    quoted.append("\\u%04x".formatted(c));
                  } else {
                    quoted.append((char) c);
                  }
                }
              }
            });
    return quoted.append('"').toString();
  }
}
