package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.database.KeyedRequests.Answer;
import io.holdfast.database.KeyedRequests.Claim;
import io.holdfast.database.KeyedRequests.Id;
import io.holdfast.database.KeyedRequests.Row;
import io.holdfast.database.KeyedRequests.State;
import io.holdfast.testing.FaultyLink;
import io.holdfast.testing.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KeyedRequestsTest {
  private static final Id ID = new Id("s".repeat(43), "k".repeat(255));
  private static final String SAME = "f".repeat(43);
  private static final int KEPT = 10_000;
  private static final Pattern COMMIT = Pattern.compile("COMMIT(?!TED)");

  private static Claim claim(String token, long incarnation) {
    return new Claim(token, SAME, incarnation, Duration.ofSeconds(10));
  }

  private static <T> T done(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private static Answer answer(int status, String content) {
    return new Answer(
        status,
        "Made",
        "X: \u00e9\r\n".getBytes(StandardCharsets.ISO_8859_1),
        content.getBytes(StandardCharsets.ISO_8859_1));
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void ofFiftyAtOnceOnTwoNodesOneMakesTheRow(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var one = Node.start(1, settings);
        var two = Node.start(2, settings);
        var ofOne = KeyedRequests.start(one.database);
        var ofTwo = KeyedRequests.start(two.database)) {
      var claims = new ArrayList<CompletionStage<Optional<Row>>>();
      for (int i = 0; i < 50; i++) {
        var on = i % 2 == 0 ? ofOne : ofTwo;
        claims.add(on.claim(ID, claim("t" + i, 1 + i % 2), KEPT));
      }
      int made = 0;
      for (int i = 0; i < claims.size(); i++) {
        var row = done(claims.get(i)).orElseThrow();
        assertThat(row.state()).isEqualTo(State.RUNNING);
        assertThat(row.fingerprint()).isEqualTo(SAME);
        assertThat(row.runnerGone()).isFalse();
        assertThat(row.runsUntil()).isAfter(ofOne.now());
        made += row.token().equals("t" + i) ? 1 : 0;
      }
      assertThat(made).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void anAnswerIsFoundByteForByteOnAnotherNode(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var one = Node.start(1, settings);
        var two = Node.start(2, settings);
        var ofOne = KeyedRequests.start(one.database);
        var ofTwo = KeyedRequests.start(two.database)) {
      done(ofOne.claim(ID, claim("t", 1), KEPT));
      var content = "\u0000\u00ff".repeat(512 * 1024);
      assertThat(done(ofOne.answer(ID, "t", answer(201, content)))).isTrue();
      var row = done(ofTwo.claim(ID, claim("u", 2), KEPT)).orElseThrow();
      assertThat(row.state()).isEqualTo(State.ANSWERED);
      var found = row.answer().orElseThrow();
      assertThat(found.status()).isEqualTo(201);
      assertThat(found.reason()).isEqualTo("Made");
      assertThat(found.fields()).isEqualTo(answer(201, content).fields());
      assertThat(found.content()).isEqualTo(answer(201, content).content());
      assertThat(done(ofTwo.look(ID)).orElseThrow().token()).isEqualTo("t");
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatBecameOfARequestIsWrittenByWhoeverHasItsRowAndOnlyOnce(TestDatabase kind)
      throws Exception {
    try (var node = Node.start(1, kind.fresh());
        var keyed = KeyedRequests.start(node.database)) {
      assertThat(done(keyed.look(ID))).isEmpty();
      assertThat(done(keyed.answer(ID, "t", answer(201, "x")))).isFalse();
      done(keyed.claim(ID, claim("t", 1), KEPT));
      assertThat(done(keyed.answer(ID, "other", answer(201, "x")))).isFalse();
      assertThat(done(keyed.unknown(ID, "other"))).isFalse();
      assertThat(done(keyed.answer(ID, "t", answer(201, "x")))).isTrue();
      assertThat(done(keyed.answer(ID, "t", answer(201, "x")))).as("told again").isTrue();
      assertThat(done(keyed.unknown(ID, "t"))).as("too late").isFalse();
      assertThat(done(keyed.release(ID, "t"))).as("an answer stays").isFalse();
      assertThat(done(keyed.look(ID)).orElseThrow().state()).isEqualTo(State.ANSWERED);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aRowThatIsReleasedIsGoneAndAnothersIsNot(TestDatabase kind) throws Exception {
    try (var node = Node.start(1, kind.fresh());
        var keyed = KeyedRequests.start(node.database)) {
      assertThat(done(keyed.release(ID, "t"))).as("there is none").isTrue();
      done(keyed.claim(ID, claim("t", 1), KEPT));
      assertThat(done(keyed.release(ID, "other"))).isTrue();
      assertThat(done(keyed.look(ID))).isPresent();
      assertThat(done(keyed.release(ID, "t"))).isTrue();
      assertThat(done(keyed.look(ID))).isEmpty();
      done(keyed.claim(ID, claim("u", 1), KEPT));
      assertThat(done(keyed.notKept(ID, "u", 200))).isTrue();
      assertThat(done(keyed.look(ID)).orElseThrow().state()).isEqualTo(State.NOT_KEPT);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void theRowOfANodeThatIsGoneSaysSoAndOneOfManyTakesItOver(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var gone = Node.start(1, settings);
        var node = Node.start(2, settings);
        var ofGone = KeyedRequests.start(gone.database);
        var keyed = KeyedRequests.start(node.database)) {
      done(ofGone.claim(ID, claim("t", 1), KEPT));
      assertThat(done(keyed.look(ID)).orElseThrow().runnerGone()).isFalse();
      node.execute("UPDATE incarnation SET gone = TRUE WHERE id = 1");
      assertThat(done(keyed.look(ID)).orElseThrow().runnerGone()).isTrue();
      var takers =
          IntStream.range(0, 20).mapToObj(i -> keyed.takeOver(ID, "t", claim("u" + i, 2))).toList();
      var winner = done(takers.get(0)).orElseThrow().token();
      assertThat(winner).startsWith("u");
      for (var taker : takers) {
        var row = done(taker).orElseThrow();
        assertThat(row.token()).isEqualTo(winner);
        assertThat(row.runnerGone()).isFalse();
      }
      assertThat(done(ofGone.answer(ID, "t", answer(201, "late")))).isFalse();
      assertThat(done(keyed.unknown(ID, winner))).isTrue();
      assertThat(done(keyed.takeOver(ID, winner, claim("v", 2))).orElseThrow().state())
          .isEqualTo(State.RUNNING);
      assertThat(done(keyed.answer(ID, "v", answer(201, "x")))).isTrue();
      assertThat(done(keyed.takeOver(ID, "v", claim("w", 2))).orElseThrow().token())
          .as("an answer is not taken over")
          .isEqualTo("v");
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void keysAreForgottenAfterADay(TestDatabase kind) throws Exception {
    try (var node = Node.start(1, kind.fresh());
        var keyed = KeyedRequests.start(node.database)) {
      for (int i = 0; i < 1200; i++) {
        keyed.claim(new Id(ID.scope(), "old" + i), claim("t", 1), KEPT);
      }
      done(keyed.claim(ID, claim("t", 1), KEPT));
      await().until(() -> node.number("SELECT COUNT(*) FROM keyed_request") == 1201);
      keyed.expire();
      assertThat(node.number("SELECT COUNT(*) FROM keyed_request")).isEqualTo(1201);
      node.execute(
          "UPDATE keyed_request SET created_at = created_at - INTERVAL '24' HOUR"
              + " WHERE request_key LIKE 'old%'");
      keyed.expire();
      assertThat(node.number("SELECT COUNT(*) FROM keyed_request")).isEqualTo(1);
      assertThat(done(keyed.look(ID))).isPresent();
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void ofAScopeTheNewestAnswersAreKeptAndWhatIsNotAnswered(TestDatabase kind) throws Exception {
    try (var node = Node.start(1, kind.fresh());
        var keyed = KeyedRequests.start(node.database)) {
      for (int i = 0; i < 20; i++) {
        var id = new Id(ID.scope(), "k" + i);
        done(keyed.claim(id, claim("t", 1), KEPT));
        if (i > 1) {
          done(keyed.answer(id, "t", answer(200, "x")));
        }
        node.execute(
            "UPDATE keyed_request SET created_at = created_at - INTERVAL '%d' SECOND WHERE request_key = 'k%d'"
                .formatted(100 - i, i));
      }
      var other = new Id("o".repeat(43), "k");
      done(keyed.claim(other, claim("t", 1), KEPT));
      keyed.prune(ID.scope(), 5);
      assertThat(node.number("SELECT COUNT(*) FROM keyed_request")).isEqualTo(5 + 2 + 1);
      assertThat(done(keyed.look(new Id(ID.scope(), "k14")))).isEmpty();
      assertThat(done(keyed.look(new Id(ID.scope(), "k15")))).isPresent();
      assertThat(done(keyed.look(new Id(ID.scope(), "k1")))).as("it runs").isPresent();
      done(keyed.claim(new Id(ID.scope(), "one more"), claim("t", 1), 3));
      await("whoever adds removes")
          .until(() -> node.number("SELECT COUNT(*) FROM keyed_request") == 3 + 1 + 2 + 1);
    }
  }

  /** They are more than are looked at together, and younger than the answers. */
  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatIsNotAnsweredDoesNotKeepAnswersFromBeingRemoved(TestDatabase kind) throws Exception {
    try (var node = Node.start(1, kind.fresh());
        var keyed = KeyedRequests.start(node.database)) {
      for (int i = 0; i < 610; i++) {
        keyed.claim(new Id(ID.scope(), "k" + i), claim("t", 1), KEPT);
      }
      await().until(() -> node.number("SELECT COUNT(*) FROM keyed_request") == 610);
      node.execute("UPDATE keyed_request SET state = 'unknown'");
      node.execute(
          "UPDATE keyed_request SET state = 'answered', status = 200, reason = '',"
              + " created_at = created_at - INTERVAL '1' HOUR WHERE request_key LIKE 'k60%'");
      keyed.prune(ID.scope(), 5);
      assertThat(node.number("SELECT COUNT(*) FROM keyed_request WHERE state = 'answered'"))
          .isEqualTo(5);
      assertThat(node.number("SELECT COUNT(*) FROM keyed_request")).isEqualTo(599 + 5);
    }
  }

  /** On a connection that nobody has used, so that the statement's text is sent. */
  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aClaimWhoseAnswerWasLostIsFoundByItsToken(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var link = new FaultyLink(TestDatabase.port(settings));
        var node = Node.start(1, settings);
        var database = Database.open(TestDatabase.through(link, settings));
        var keyed = KeyedRequests.start(database)) {
      link.loseAnswerTo(COMMIT);
      var lost = keyed.claim(ID, claim("t", 1), KEPT);
      assertThatThrownBy(() -> done(lost)).isNotNull();
      await()
          .ignoreExceptions()
          .untilAsserted(
              () -> {
                var row = done(keyed.claim(ID, claim("t", 1), KEPT));
                assertThat(row.orElseThrow().token()).isEqualTo("t");
              });
      assertThat(done(keyed.claim(ID, claim("t", 1), KEPT)).orElseThrow().token())
          .as("or it had been made")
          .isEqualTo("t");
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void anAnswerWhoseCommitWasLostIsWrittenByTheNextAttempt(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var link = new FaultyLink(TestDatabase.port(settings));
        var node = Node.start(1, settings);
        var direct = KeyedRequests.start(node.database);
        var database = Database.open(TestDatabase.through(link, settings));
        var keyed = KeyedRequests.start(database)) {
      done(direct.claim(ID, claim("t", 1), KEPT));
      link.loseAnswerTo(COMMIT);
      var lost = keyed.answer(ID, "t", answer(201, "x"));
      assertThatThrownBy(() -> done(lost)).isNotNull();
      await()
          .ignoreExceptions()
          .untilAsserted(() -> assertThat(done(keyed.answer(ID, "t", answer(201, "x")))).isTrue());
      assertThat(done(direct.look(ID)).orElseThrow().state()).isEqualTo(State.ANSWERED);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void nothingIsTriedWhileTheDatabaseIsAway(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var link = new FaultyLink(TestDatabase.port(settings));
        var node = Node.start(1, TestDatabase.through(link, settings));
        var keyed = KeyedRequests.start(node.database)) {
      link.cut();
      assertThatThrownBy(() -> done(keyed.look(ID))).isNotNull();
      await().until(keyed::isAway);
      var refused = keyed.claim(ID, claim("t", 1), KEPT);
      assertThatThrownBy(() -> done(refused)).hasMessageContaining("is away");
      link.heal();
      await().until(() -> !keyed.isAway());
      assertThat(done(keyed.claim(ID, claim("t", 1), KEPT))).isPresent();
    }
  }
}
