package io.holdfast.upstream;

import io.holdfast.http.FieldLine;
import io.holdfast.http.RequestHead;
import io.holdfast.resilience.Priority;
import io.holdfast.telemetry.RequestTrace;
import io.holdfast.telemetry.Span;
import java.util.List;

/**
 * A request that is to be forwarded.
 *
 * @param method as sent
 * @param target in origin form, as the instance is to see it
 * @param minorVersion of the client: 0 knows neither chunks nor interim responses
 * @param fields what the instance is to get, but for {@code Host}, {@code traceparent}, and what
 *     frames the content
 * @param host the value of {@code Host}; empty: the instance's own name
 * @param content how its content is framed
 * @param expectsContinue the client waits for 100 before it sends the content
 * @param keyed it has an {@code Idempotency-Key}
 * @param hashKey what an instance is chosen by, where it is by hash
 * @param deadlineNanos when its answer must have begun
 * @param trace is told of attempts
 */
public record ForwardRequest(
    String method,
    String target,
    int minorVersion,
    List<FieldLine> fields,
    String host,
    RequestHead.Content content,
    boolean expectsContinue,
    boolean keyed,
    Priority priority,
    String hashKey,
    long deadlineNanos,
    RequestTrace trace) {

  /**
   * The field by which the next hop knows the trace (W3C Trace Context); of each attempt its own.
   */
  public static final String TRACEPARENT = "traceparent";

  /** The same with another method and other fields, without content, and for nobody who waits. */
  public ForwardRequest asking(String otherMethod, List<FieldLine> otherFields) {
    return new ForwardRequest(
        otherMethod,
        target,
        minorVersion,
        otherFields,
        host,
        new RequestHead.None(),
        false,
        keyed,
        priority,
        hashKey,
        deadlineNanos,
        trace.apart());
  }

  /** The same with other fields. */
  public ForwardRequest with(List<FieldLine> otherFields) {
    return new ForwardRequest(
        method,
        target,
        minorVersion,
        otherFields,
        host,
        content,
        expectsContinue,
        keyed,
        priority,
        hashKey,
        deadlineNanos,
        trace);
  }

  /** The same once its content is whole. */
  public ForwardRequest whole(long contentBytes, long untilNanos) {
    return new ForwardRequest(
        method,
        target,
        minorVersion,
        fields,
        host,
        contentBytes == 0 ? new RequestHead.None() : new RequestHead.Length(contentBytes),
        false,
        keyed,
        priority,
        hashKey,
        untilNanos,
        trace);
  }

  public boolean isHead() {
    return method.equals("HEAD");
  }

  /**
   * Whether it may be sent a second time although an instance may have got it (RFC 9110, section
   * 9.2.2; RFC 10008 for QUERY).
   *
   * @param honoursKeys the service recognises what it has done by the key
   */
  boolean isRepeatable(boolean honoursKeys) {
    return isIdempotent(method) || keyed && honoursKeys;
  }

  /** Whether it is the same, done twice (RFC 9110, section 9.2.2; RFC 10008). */
  public static boolean isIdempotent(String method) {
    return switch (method) {
      case "GET", "HEAD", "OPTIONS", "QUERY", "PUT", "DELETE" -> true;
      default -> false;
    };
  }

  /**
   * The head as it is sent to an instance.
   *
   * @param attempt as it is shown in the trace
   */
  String headFor(InstanceAddress instance, Span attempt) {
    var head = new StringBuilder(512);
    head.append(method).append(' ').append(target).append(" HTTP/1.1\r\nHost: ");
    head.append(host.isEmpty() ? instance.name() : host).append("\r\n");
    for (var line : fields) {
      head.append(line.name()).append(": ").append(line.value()).append("\r\n");
    }
    var place = attempt.isNone() ? trace.place() : attempt.place();
    head.append(TRACEPARENT).append(": ").append(place.text()).append("\r\n");
    if (content instanceof RequestHead.Length fixed) {
      head.append("Content-Length: ").append(fixed.length()).append("\r\n");
    } else if (content instanceof RequestHead.Chunked) {
      head.append("Transfer-Encoding: chunked\r\n");
    } else if (hasContentByNature()) {
      head.append("Content-Length: 0\r\n");
    }
    if (expectsContinue && minorVersion > 0 && !(content instanceof RequestHead.None)) {
      head.append("Expect: 100-continue\r\n");
    }
    return head.append("\r\n").toString();
  }

  /** RFC 9110, section 8.6: these say that they have none. */
  private boolean hasContentByNature() {
    return method.equals("POST") || method.equals("PUT") || method.equals("PATCH");
  }
}
