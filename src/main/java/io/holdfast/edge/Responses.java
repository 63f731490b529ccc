package io.holdfast.edge;

import io.holdfast.http.Problem;
import io.holdfast.http.ProblemType;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.http.javadsl.model.AttributeKey;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.DateTime;
import org.apache.pekko.http.javadsl.model.HttpCharsets;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.headers.Date;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;

/** The one place where outcomes become status codes, fields and RFC 9457 problems. */
final class Responses {
  private static final ContentType PROBLEM =
      MediaTypes.applicationWithFixedCharset("problem+json", HttpCharsets.UTF_8).toContentType();

  /** What is said in the content. */
  private static final AttributeKey<Problem> SAID = AttributeKey.create("problem", Problem.class);

  /** The same request may succeed a little later. */
  static final HttpHeader RETRY_SOON = RawHeader.create("Retry-After", "1");

  private Responses() {}

  /** A problem, with {@code Retry-After} where the same request may succeed a little later. */
  static HttpResponse problem(ProblemType type, String detail, String path) {
    var problem = Problem.of(type, detail).withInstance(path);
    var response = saying(HttpResponse.create().withStatus(type.status()), problem);
    return type.status() == 503 ? response.addHeader(RETRY_SOON) : response;
  }

  private static HttpResponse saying(HttpResponse response, Problem problem) {
    var content = problem.toJson().getBytes(StandardCharsets.UTF_8);
    return response.withEntity(HttpEntities.create(PROBLEM, content)).addAttribute(SAID, problem);
  }

  /** The problem that a response of ours says. */
  static Optional<Problem> problem(HttpResponse response) {
    return response.getAttribute(SAID);
  }

  /** The same; of a problem the trace is told. */
  static HttpResponse inTrace(HttpResponse response, String traceId) {
    var problem = traceId.isEmpty() ? Optional.<Problem>empty() : problem(response);
    return problem.map(it -> saying(response, it.inTrace(traceId))).orElse(response);
  }

  static HttpResponse json(int status, byte[] content, List<HttpHeader> fields) {
    return HttpResponse.create()
        .withStatus(status)
        .withHeaders(fields)
        .withEntity(HttpEntities.create(ContentTypes.APPLICATION_JSON, content));
  }

  static HttpResponse empty(int status, List<HttpHeader> fields) {
    return HttpResponse.create().withStatus(status).withHeaders(fields);
  }

  /** A list of response fields that grows by name and value. */
  static final class Fields {
    private final List<HttpHeader> fields = new ArrayList<>(6);

    Fields with(String name, String value) {
      fields.add(RawHeader.create(name, value));
      return this;
    }

    Fields date(Instant now) {
      fields.add(Date.create(DateTime.create(now.toEpochMilli())));
      return this;
    }

    static HttpHeader field(String name, String value) {
      return RawHeader.create(name, value);
    }

    List<HttpHeader> list() {
      return fields;
    }
  }
}
