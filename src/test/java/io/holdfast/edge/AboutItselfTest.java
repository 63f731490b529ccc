package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.route.Routes;
import io.holdfast.testing.Services;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.stream.Materializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AboutItselfTest {
  private static final ActorTestKit kit = ActorTestKit.create();

  private final Routes routes =
      new Routes(
          Services.settings(
                  "documents { docs {} }, routes.docs { path = \"/docs\", documents = docs }")
              .routes());

  @AfterAll
  static void end() {
    kit.shutdownTestKit();
  }

  private HttpResponse root(List<HttpHeader> fields) {
    var request = HttpRequest.GET("/").addHeaders(fields);
    return AboutItself.answer(request, "/", routes, Materializer.matFromSystem(kit.system()))
        .toCompletableFuture()
        .join();
  }

  private static String typeOf(HttpResponse response) {
    var type = response.entity().getContentType().mediaType();
    return type.mainType() + "/" + type.subType();
  }

  /** RFC 9110, sections 12.4.2 and 12.5.1. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "text/html | text/html",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8 | text/html",
        "TEXT/HTML; q=0.5 | text/html",
        "application/json;q=0.5, text/html | text/html",
        "application/json, text/html | text/html",
        "text/html;q=0 | application/json",
        "*/*, text/html;q=0.0 | application/json",
        "text/html;q=0.5, application/json | application/json",
        "text/html-like | application/json",
        "*/* | application/json",
        "text/* | application/json",
        "application/json | application/json"
      })
  void isAPageForWhoPrefersOne(String accept, String type) {
    var said = root(List.of(RawHeader.create("Accept", accept)));
    assertThat(typeOf(said)).isEqualTo(type);
    assertThat(said.getHeader("Vary").orElseThrow().value()).isEqualTo("Accept");
  }

  @Test
  void isJsonForWhoSaysNothing() {
    assertThat(typeOf(root(List.of()))).isEqualTo("application/json");
  }

  /** RFC 9110, section 5.3: lines of one field are one list. */
  @Test
  void allLinesOfAcceptCount() {
    var lines =
        List.<HttpHeader>of(
            RawHeader.create("Accept", "application/json;q=0.5"),
            RawHeader.create("Accept", "text/html"));
    assertThat(typeOf(root(lines))).isEqualTo("text/html");
  }
}
