package io.holdfast.upstream;

import io.holdfast.http.FieldLine;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The head of an instance's response, checked.
 *
 * @param status 100 to 999
 * @param reason the phrase, which may be empty
 * @param fields as sent
 * @param content how the content is framed
 * @param minorVersion of the instance's HTTP/1
 * @param persistent whether the connection may be used again once the response is complete
 */
public record ResponseHead(
    int status,
    String reason,
    List<FieldLine> fields,
    Content content,
    int minorVersion,
    boolean persistent) {

  /** Where the content ends (RFC 9112, section 6.3). */
  public sealed interface Content {
    /** There is none, whatever the fields say: to HEAD, 1xx, 204, 304. */
    record None() implements Content {}

    record Length(long bytes) implements Content {}

    record Chunked() implements Content {}

    /** With the connection. */
    record UntilClose() implements Content {}
  }

  boolean isInterim() {
    return status < 200;
  }

  /** With further fields behind its own. */
  public ResponseHead with(List<FieldLine> more) {
    if (more.isEmpty()) {
      return this;
    }
    var all = new ArrayList<>(fields);
    all.addAll(more);
    return new ResponseHead(status, reason, all, content, minorVersion, persistent);
  }

  /** The value of the first field of that name. */
  public Optional<String> field(String name) {
    for (var line : fields) {
      if (line.is(name)) {
        return Optional.of(line.value());
      }
    }
    return Optional.empty();
  }
}
