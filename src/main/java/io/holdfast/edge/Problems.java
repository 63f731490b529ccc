package io.holdfast.edge;

import java.nio.charset.StandardCharsets;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** A refusal as a response of the HTTP model. */
final class Problems {
  private static final ContentType PROBLEM_JSON = ContentTypes.parse(ProblemAnswer.MEDIA_TYPE);

  private Problems() {}

  static HttpResponse response(Refusal refusal) {
    byte[] content = refusal.problem().toJson().getBytes(StandardCharsets.UTF_8);
    return HttpResponse.create()
        .withStatus(refusal.status())
        .withEntity(HttpEntities.create(PROBLEM_JSON, content));
  }
}
