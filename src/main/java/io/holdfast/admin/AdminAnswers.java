package io.holdfast.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.http.Problem;
import io.holdfast.http.ProblemType;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpCharsets;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;

/** The shapes of the operator's port's answers. */
final class AdminAnswers {
  private static final ContentType PROBLEM =
      MediaTypes.applicationWithFixedCharset("problem+json", HttpCharsets.UTF_8).toContentType();
  private static final ObjectMapper JSON = new ObjectMapper();

  private AdminAnswers() {}

  static CompletionStage<HttpResponse> json(int status, Object value) {
    try {
      return done(
          HttpResponse.create()
              .withStatus(status)
              .withHeaders(List.of(RawHeader.create("Cache-Control", "no-store")))
              .withEntity(
                  HttpEntities.create(
                      ContentTypes.APPLICATION_JSON, JSON.writeValueAsBytes(value))));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A status that is no JSON", e);
    }
  }

  static CompletionStage<HttpResponse> problem(ProblemType type, String detail) {
    var content = Problem.of(type, detail).toJson().getBytes(StandardCharsets.UTF_8);
    return done(
        HttpResponse.create()
            .withStatus(type.status())
            .withEntity(HttpEntities.create(PROBLEM, content)));
  }

  static CompletionStage<HttpResponse> done(HttpResponse response) {
    return CompletableFuture.completedFuture(response);
  }
}
