package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.edge.Framings.Transcript;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What holds for every sequence of requests, however it is cut, and for every attack on one. */
class RequestFramingPropertiesTest {

  /** One request as it is sent, and its content as it must come out. */
  record Sent(String head, String body, String content) {
    String bytes() {
      return head + body;
    }
  }

  /** How to spoil a head: replace the first {@code part} by {@code with}. */
  record Attack(String part, String with) {}

  @Property
  void boundariesDoNotDependOnTheCuts(
      @ForAll("requests") List<Sent> requests, @ForAll("cuts") List<Integer> cuts) {
    String bytes = requests.stream().map(Sent::bytes).collect(Collectors.joining());
    List<String> expected = new ArrayList<>();
    for (Sent request : requests) {
      expected.add("head " + request.head());
      expected.add("content " + request.content());
      expected.add("end");
    }
    expected.add("content so far ");
    Transcript transcript = Framings.transcript(cut(bytes, cuts));
    assertThat(transcript.refusal()).isEmpty();
    assertThat(transcript.said()).isEqualTo(expected);
    assertThat(transcript.unread()).isZero();
  }

  @Property
  void oneAttackOnOneRequestIsRefusedWhereItIs(
      @ForAll("requests") List<Sent> before,
      @ForAll("attacks") Attack attack,
      @ForAll("cuts") List<Integer> cuts) {
    String victim =
        "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    String attacked = victim.replace(attack.part(), attack.with());
    assertThat(attacked).isNotEqualTo(victim);
    String bytes =
        before.stream().map(Sent::bytes).collect(Collectors.joining())
            + attacked
            + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    Transcript transcript = Framings.transcript(cut(bytes, cuts));
    assertThat(transcript.refusal()).as("%s", attack).isPresent();
    assertThat(transcript.said().stream().filter("end"::equals)).hasSize(before.size());
    assertThat(transcript.said()).noneMatch(line -> line.contains("/smuggled"));
  }

  @Property
  void whatIsRefusedDoesNotDependOnTheCuts(
      @ForAll("noise") String noise, @ForAll("cuts") List<Integer> cuts) {
    Transcript whole = Framings.transcript(noise);
    Transcript pieces = Framings.transcript(cut(noise, cuts));
    assertThat(pieces).isEqualTo(whole);
  }

  @Property
  void neverPassesMoreContentThanTheLengthSays(
      @ForAll("requests") List<Sent> requests, @ForAll("noise") String noise) {
    Sent first = requests.get(0);
    Transcript transcript = Framings.transcript(first.bytes() + noise);
    assertThat(transcript.said().subList(0, 3))
        .containsExactly("head " + first.head(), "content " + first.content(), "end");
  }

  private static List<byte[]> cut(String bytes, List<Integer> cuts) {
    List<byte[]> pieces = new ArrayList<>();
    int from = 0;
    for (int i = 0; from < bytes.length(); i++) {
      int to = Math.min(bytes.length(), from + cuts.get(i % cuts.size()));
      pieces.add(Framings.latin1(bytes.substring(from, to)));
      from = to;
    }
    return pieces;
  }

  @Provide
  Arbitrary<List<Integer>> cuts() {
    return Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(3, Arbitraries.integers().between(1, 3)),
            net.jqwik.api.Tuple.of(1, Arbitraries.integers().between(1, 200)))
        .list()
        .ofMinSize(1)
        .ofMaxSize(12);
  }

  @Provide
  Arbitrary<List<Sent>> requests() {
    return Arbitraries.oneOf(withoutContent(), withLength(), chunked())
        .list()
        .ofMinSize(1)
        .ofMaxSize(5);
  }

  private Arbitrary<String> start() {
    return Combinators.combine(
            Arbitraries.of("GET", "PUT", "DELETE", "PURGE", "QUERY"),
            Arbitraries.strings().withChars("abc/?&=%41.-").ofMaxLength(40),
            fields())
        .as((method, path, fields) -> method + " /" + path + " HTTP/1.1\r\n" + fields);
  }

  private Arbitrary<String> fields() {
    return Arbitraries.of("Host: a\r\n", "Accept: */*\r\nHost:  b:80 \r\nX-Y:\t\u00e4\r\n");
  }

  private Arbitrary<Sent> withoutContent() {
    return start().map(start -> new Sent(start + "\r\n", "", ""));
  }

  private Arbitrary<Sent> withLength() {
    return Combinators.combine(start(), content())
        .as(
            (start, content) ->
                new Sent(
                    start + "Content-Length: " + content.length() + "\r\n\r\n", content, content));
  }

  private Arbitrary<Sent> chunked() {
    return Combinators.combine(
            start(),
            content().filter(content -> !content.isEmpty()).list().ofMaxSize(4),
            Arbitraries.of("", ";a", ";a=\"b\""),
            Arbitraries.of("", "X: y\r\n"))
        .as(
            (start, chunks, extension, trailer) ->
                new Sent(
                    start + "Transfer-Encoding: chunked\r\n\r\n",
                    chunks.stream()
                            .map(
                                chunk ->
                                    Integer.toHexString(chunk.length())
                                        + extension
                                        + "\r\n"
                                        + chunk
                                        + "\r\n")
                            .collect(Collectors.joining())
                        + "0"
                        + extension
                        + "\r\n"
                        + trailer
                        + "\r\n",
                    String.join("", chunks)));
  }

  private Arbitrary<String> content() {
    return Arbitraries.strings().withChars("\r\n0aG :\0\u00ff").ofMaxLength(60);
  }

  @Provide
  Arbitrary<String> noise() {
    return Arbitraries.of(
            "GET / HTTP/1.1\r\n",
            "POST /a HTTP/1.0\r\n",
            "Host: a\r\n",
            "Content-Length: 3\r\n",
            "Transfer-Encoding: chunked\r\n",
            "X: " + "a".repeat(700) + "\r\n",
            "/" + "a".repeat(150),
            "\r\n",
            "\n",
            "\r",
            "3\r\nabc\r\n",
            "0\r\n",
            " ",
            ":",
            "\0",
            "abc")
        .list()
        .ofMinSize(1)
        .ofMaxSize(12)
        .map(parts -> String.join("", parts));
  }

  @Provide
  Arbitrary<Attack> attacks() {
    String te = "Transfer-Encoding: chunked\r\n";
    return Arbitraries.of(
        new Attack("POST /x HTTP/1.1\r\n", "POST /x HTTP/1.1\n"),
        new Attack("Host: a\r\n", "Host: a\n"),
        new Attack("Host: a\r\n", ""),
        new Attack("Host: a\r\n", "Host: a\r\nHost: b\r\n"),
        new Attack("Host: a\r\n", "Host : a\r\n"),
        new Attack("Host: a\r\n", "Host: a\r\n\tfolded\r\n"),
        new Attack("Host: a\r\n", "Host: a\r\nX: a\0b\r\n"),
        new Attack("Host: a\r\n", "Host: a\r\nX: a\rb\r\n"),
        new Attack(te, te + "Content-Length: 3\r\n"),
        new Attack(te, "Content-Length: 3\r\n" + te),
        new Attack(te, te + te),
        new Attack(te, te + "Transfer-Encoding: identity\r\n"),
        new Attack(te, "Transfer-Encoding:\u000bchunked\r\n"),
        new Attack(te, "Transfer-Encoding : chunked\r\n"),
        new Attack(te, "Transfer-Encoding: chunked,\r\n"),
        new Attack(te, "Transfer-Encoding: xchunked\r\n"),
        new Attack(te, "Transfer-Encoding: chunked, identity\r\n"),
        new Attack(te, "Transfer-Encoding:\r\n chunked\r\n"),
        new Attack(te, "Content-Length: 3\r\nContent-Length: 30\r\n"),
        new Attack(te, "Content-Length: 3, 30\r\n"),
        new Attack(te, "Content-Length: +3\r\n"),
        new Attack("3\r\nabc", "3\nabc"),
        new Attack("3\r\nabc", "2\r\nabc"),
        new Attack("3\r\nabc", "0x3\r\nabc"),
        new Attack("3\r\nabc", "3 \r\nabc"),
        new Attack("3\r\nabc", "-3\r\nabc"),
        new Attack("3\r\nabc", "3;\n\r\nabc"),
        new Attack("abc\r\n", "abc\n"),
        new Attack("0\r\n\r\n", "0\r\nContent-Length: 3\r\n\r\n"),
        new Attack("0\r\n\r\n", "0\r\nX : y\r\n\r\n"),
        new Attack("0\r\n\r\n", "0\n\r\n"),
        new Attack("HTTP/1.1", "HTTP/1.0"),
        new Attack("HTTP/1.1", "HTTP/2.0"),
        new Attack("/x", "/x y"));
  }
}
