package io.holdfast.edge;

import io.holdfast.edge.Responses.Fields;
import io.holdfast.http.FieldLine;
import io.holdfast.http.HttpDate;
import io.holdfast.http.Prefer;
import io.holdfast.http.ProblemType;
import io.holdfast.operation.Message;
import io.holdfast.operation.NewOperation;
import io.holdfast.resilience.Priority;
import io.holdfast.resource.Write;
import io.holdfast.upstream.ForwardRequest;
import io.holdfast.upstream.StoredAnswer;
import io.holdfast.upstream.Substitute;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** A write to a document that has been checked, and is accepted to be carried out later. */
record LaterWrites(Accepting accepting, Target target, Accepting.Wish wish) {
  /** What the write goes by; all else of the request is about its connection, or its answer. */
  private static final List<String> KEPT =
      List.of(
          HandlerCall.RAW_CONTENT_TYPE,
          "If-Match",
          "If-None-Match",
          "If-Modified-Since",
          "If-Unmodified-Since",
          "Idempotency-Key",
          "Authorization",
          "Accept");

  /** If its client, or its route, wants it so. */
  static Optional<LaterWrites> of(Accepting accepting, Target target) {
    return Accepting.wish(target.route(), target.request().method().value(), target.field("Prefer"))
        .map(wish -> new LaterWrites(accepting, target, wish));
  }

  /**
   * @param written run once the content is not needed any more; the answer may take longer
   */
  CompletionStage<HttpResponse> accept(Write write, Runnable written) {
    int most = target.route().async().contentBytesMax();
    if (write.content().length > most) {
      return Answers.refuse(
          target,
          ProblemType.CONTENT_TOO_LARGE,
          "What is carried out later has up to %d bytes of content here.".formatted(most));
    }
    boolean keyed = target.field("Idempotency-Key").isPresent();
    var id = keyed ? Accepting.id(scope(), write.key().value()) : accepting.nextId();
    var operation =
        new NewOperation(
            id,
            target.route(),
            target.request().method().value(),
            target.query().isEmpty() ? target.path() : target.path() + "?" + target.query(),
            target.path(),
            keyed ? write.key().fingerprint() : "",
            Priority.valueOf(target.route().priority().name()),
            new Message("", FieldLine.bytes(fields()), write.content()));
    return accepting.accept(operation, wish, written).thenApply(this::response);
  }

  /** As for a write at once: the document, or the collection and the credential. */
  private String scope() {
    var credential = target.id().isEmpty() ? target.field("Authorization").orElse("") : "";
    return target.route().collection() + "/" + target.id() + " " + credential;
  }

  private List<FieldLine> fields() {
    var kept = new ArrayList<FieldLine>();
    KEPT.forEach(
        name -> target.field(name).ifPresent(value -> kept.add(new FieldLine(name, value))));
    Prefer.withoutAsync(target.field("Prefer"))
        .ifPresent(left -> kept.add(new FieldLine("Prefer", left)));
    kept.add(new FieldLine(ForwardRequest.TRACEPARENT, target.trace().place().text()));
    return kept;
  }

  private HttpResponse response(Substitute.Answer answer) {
    return answer
        .given()
        .map(LaterWrites::response)
        .orElseGet(
            () -> {
              var refused = answer.refused().orElseThrow();
              return Responses.problem(refused.type(), refused.detail(), target.path());
            });
  }

  static HttpResponse response(StoredAnswer answer) {
    var fields = new Fields();
    var type = "";
    for (var line : answer.fields()) {
      var date = line.is("Date") ? HttpDate.parse(line.value()) : Optional.<Instant>empty();
      if (line.is("Content-Type")) {
        type = line.value();
      } else if (date.isPresent()) {
        fields.date(date.get()); // by no other way does the HTTP model take it
      } else {
        fields.with(line.name(), line.value());
      }
    }
    var response = Responses.empty(answer.status(), fields.list());
    return answer.content().length == 0
        ? response
        : response.withEntity(
            HttpEntities.create(
                type.isEmpty() ? ContentTypes.APPLICATION_OCTET_STREAM : ContentTypes.parse(type),
                answer.content()));
  }
}
