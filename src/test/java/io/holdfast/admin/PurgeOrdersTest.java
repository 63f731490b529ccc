package io.holdfast.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.admin.PurgeOrders.Order.Give;
import io.holdfast.admin.PurgeOrders.Order.Refused;
import io.holdfast.caching.Purge;
import io.holdfast.caching.TargetUri;
import io.holdfast.http.ProblemType;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PurgeOrdersTest {
  private static final TargetUri ANY = TargetUri.of("http", TargetUri.ANY_HOST, "/");

  private static PurgeOrders.Order parse(String content) {
    return PurgeOrders.parse(content.getBytes(StandardCharsets.UTF_8), Set.of("catalog"));
  }

  private static Refused refused(String content) {
    var order = parse(content);
    assertThat(order).as(content).isInstanceOf(Refused.class);
    return (Refused) order;
  }

  private static Give hard(Purge.Scope scope) {
    return new Give(scope, false, false);
  }

  @Test
  void oneOfFourScopesIsPurged() {
    assertThat(parse("{\"route\":\"catalog\"}")).isEqualTo(hard(new Purge.Route("catalog")));
    assertThat(parse("{\"url\":\"http://shop.example:8080/a?x=%7e\"}"))
        .isEqualTo(hard(new Purge.Target(new TargetUri("http", "shop.example:8080", "/a?x=%7e"))));
    assertThat(parse("{\"url\":\"HTTPS://[::1]/%7ea\"}"))
        .as("the path as the key has it")
        .isEqualTo(hard(new Purge.Target(new TargetUri("https", "[::1]", "/~a"))));
    assertThat(parse("{\"url\":\"/a?b\"}"))
        .isEqualTo(hard(new Purge.Target(TargetUri.of("http", TargetUri.ANY_HOST, "/a?b"))));
    assertThat(parse("{\"prefix\":\"/a\"}"))
        .isEqualTo(hard(new Purge.Prefix(TargetUri.of("http", TargetUri.ANY_HOST, "/a"))));
    assertThat(parse("{\"prefix\":\"http://shop.example\"}"))
        .as("all of a host")
        .isEqualTo(hard(new Purge.Prefix(TargetUri.of("http", "shop.example", "/"))));
    assertThat(parse("{\"group\":\"a group\"}")).isEqualTo(hard(new Purge.Group("a group", ANY)));
    assertThat(parse("{\"group\":\"g\",\"origin\":\"https://shop.example/\"}"))
        .isEqualTo(hard(new Purge.Group("g", TargetUri.of("https", "shop.example", "/"))));
  }

  @Test
  void softlyAndAsADryRunWhereItIsAskedFor() {
    var route = new Purge.Route("catalog");
    assertThat(parse("{\"route\":\"catalog\",\"soft\":true,\"dry-run\":true}"))
        .isEqualTo(new Give(route, true, true));
    assertThat(parse("{\"soft\":false,\"dry-run\":false,\"route\":\"catalog\"}"))
        .isEqualTo(new Give(route, false, false));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "purge it",
        "{\"route\":\"catalog\"",
        "{\"route\":\"catalog\"} {}",
        "{\"route\":\"catalog\",\"route\":\"catalog\"}"
      })
  void whatIsNotJsonIsSaidToBeNone(String content) {
    var refused = refused(content);
    assertThat(refused.type()).isEqualTo(ProblemType.INVALID_JSON);
    assertThat(refused.detail()).contains("{\"route\":\"NAME\"}", "{\"prefix\":\"/path\"}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "'' | no JSON object",
        "[] | no JSON object",
        "null | no JSON object",
        "{} | Nothing says what to purge",
        "{\"soft\":true} | Nothing says what to purge",
        "{\"route\":\"catalog\",\"url\":\"/a\"} | [route, url] are too many",
        "{\"route\":\"catalog\",\"hard\":true} | no \"hard\"",
        "{\"Route\":\"catalog\"} | no \"Route\"",
        "{\"route\":\"docs\"} | no route \"docs\" that stores responses; there are [catalog]",
        "{\"route\":7} | \"route\" is a string",
        "{\"route\":\"\"} | \"route\" is a string, and not empty",
        "{\"route\":\"catalog\",\"soft\":\"yes\"} | \"soft\" is true or false",
        "{\"route\":\"catalog\",\"soft\":null} | \"soft\" is true or false",
        "{\"route\":\"catalog\",\"dry-run\":1} | \"dry-run\" is true or false",
        "{\"url\":\"a\"} | \"url\" begins with \"/\"",
        "{\"url\":\"ftp://h/a\"} | \"url\" begins with \"/\"",
        "{\"url\":\"http://\"} | \"url\" begins with \"/\"",
        "{\"url\":\"http:///a\"} | \"url\" begins with \"/\"",
        "{\"url\":\"http://*/a\"} | \"url\" begins with \"/\"",
        "{\"url\":\"http://me@h/a\"} | \"url\" begins with \"/\"",
        "{\"url\":\"http://h:port/a\"} | \"url\" begins with \"/\"",
        "{\"url\":\"/a b\"} | no spaces",
        "{\"url\":\"/a\\n\"} | no spaces",
        "{\"url\":\"/a#b\"} | no fragment",
        "{\"prefix\":\"/\u00e9\"} | percent-encoded",
        "{\"prefix\":\"\"} | \"prefix\" is a string, and not empty",
        "{\"url\":\"/a\",\"origin\":\"http://h\"} | \"origin\" belongs to a group",
        "{\"group\":\"g\",\"url\":\"/a\"} | [group, url] are too many",
        "{\"group\":\"\u00e9\"} | printable characters of ASCII",
        "{\"group\":\"g\",\"origin\":\"http://h/a\"} | without a path",
        "{\"group\":\"g\",\"origin\":\"http://h?a\"} | without a path",
        "{\"group\":\"g\",\"origin\":\"h\"} | \"origin\" begins with",
        "{\"group\":\"g\",\"origin\":null} | \"origin\" is a string"
      })
  void whatCannotBeMeantIsRefusedWithWhatCanBe(String content, String detail) {
    var refused = refused(content);
    assertThat(refused.type()).isEqualTo(ProblemType.BAD_REQUEST);
    assertThat(refused.detail()).contains(detail);
  }

  @Test
  void whatIsTooLongIsRefusedAndNotToldAgain() {
    assertThat(parse("{\"url\":\"/" + "a".repeat(8191) + "\"}")).isInstanceOf(Give.class);
    assertThat(refused("{\"url\":\"/" + "a".repeat(8192) + "\"}").detail())
        .contains("\"url\" is longer than 8192 characters");
    assertThat(refused("{\"url\":\"http://" + "h".repeat(256) + "/\"}").detail())
        .contains("begins with");
    assertThat(refused("{\"group\":\"" + "g".repeat(257) + "\"}").detail()).contains("up to 256");
    assertThat(refused("{\"" + "x".repeat(5000) + "\":1}").detail()).hasSizeLessThan(300);
    assertThat(refused("{\"route\":\"" + "x".repeat(5000) + "\"}").detail()).hasSizeLessThan(300);
    assertThat(refused("[".repeat(20_000)).type()).isEqualTo(ProblemType.INVALID_JSON);
  }
}
