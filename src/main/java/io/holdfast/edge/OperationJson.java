package io.holdfast.edge;

import io.holdfast.http.Problem;
import io.holdfast.operation.Operation;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** Operations as JSON; what is absent is left out. */
final class OperationJson {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private final StringBuilder json = new StringBuilder(512);

  private OperationJson() {}

  static String of(Operation operation) {
    return new OperationJson().whole(operation);
  }

  private String whole(Operation it) {
    text("id", it.id());
    text("state", it.state().word());
    text("route", it.route());
    text("method", it.method());
    text("target", it.target());
    member("attempts", Integer.toString(it.attempts()));
    time("createdAt", Optional.of(it.createdAt()));
    time("updatedAt", Optional.of(it.updatedAt()));
    time("nextAttemptAt", it.nextAttemptAt());
    time("deadline", Optional.of(it.deadline()));
    if (!it.lastError().isEmpty()) {
      text("lastError", it.lastError());
    }
    it.problem().ifPresent(type -> member("problem", Problem.of(type, it.lastError()).toJson()));
    it.result()
        .filter(result -> it.state().isFinal())
        .ifPresent(
            result ->
                member(
                    "result",
                    "{\"status\":%d,\"contentLength\":%d}"
                        .formatted(result.status(), result.contentLength())));
    return json.append('}').toString();
  }

  private void time(String name, Optional<Instant> value) {
    value.ifPresent(it -> text(name, TIME.format(it)));
  }

  private void text(String name, String value) {
    member(name, Problem.quoted(value));
  }

  private void member(String name, String value) {
    json.append(json.length() == 0 ? '{' : ',')
        .append('"')
        .append(name)
        .append("\":")
        .append(value);
  }
}
