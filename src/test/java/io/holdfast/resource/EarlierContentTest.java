package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.resource.DocumentState.Decision;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a patch has shown, and is shown to whoever sends it again under its key. */
class EarlierContentTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Write.Rules RULES =
      new Write.Rules(false, 1 << 20, 10, Duration.ofSeconds(20));

  private DocumentState state = DocumentState.NEW;
  private Instant now = START;
  private long lastSequenceNr;

  private static WriteKey client(String value) {
    return new WriteKey(value, true, "", "request");
  }

  private static WriteKey edge(String value) {
    return new WriteKey(value, false, "", "");
  }

  /** Carries the write out and gives the document's version after it. */
  private DocumentVersion write(Write.Action action, String content, WriteKey key, boolean shown) {
    var bytes = content.getBytes(StandardCharsets.UTF_8);
    var write = new Write(action, bytes, Conditions.NONE, RULES, key, shown);
    var decision = state.decide(write, 1, Optional.empty(), ++lastSequenceNr, 0, now);
    state = state.apply(((Decision.Accepted) decision).event());
    return state.version();
  }

  private DocumentVersion patch(WriteKey key, String content) {
    return write(Write.Action.MERGE_PATCH, content, key, true);
  }

  private void put(String content) {
    write(Write.Action.PUT, content, edge("put-" + lastSequenceNr), false);
  }

  private String shown(DocumentVersion version) {
    return state.contentOf(version).map(it -> new String(it, StandardCharsets.UTF_8)).orElse("");
  }

  private static String large(int kib) {
    return "\"" + "x".repeat(kib * 1024 - 2) + "\"";
  }

  @Test
  void isKeptHoweverOftenTheDocumentChangesAndWhenItIsDeleted() {
    put("{}");
    var first = patch(client("a"), "{\"v\":1}");
    var second = patch(client("b"), "{\"v\":2}");
    for (int i = 0; i < 100; i++) {
      put("{\"v\":" + (3 + i) + "}");
    }
    write(Write.Action.DELETE, "", edge("delete"), false);
    assertThat(shown(first)).isEqualTo("{\"v\":1}");
    assertThat(shown(second)).isEqualTo("{\"v\":2}");
  }

  @Test
  void isNotKeptWhereNobodyIsShownIt() {
    put("1");
    var unseen = write(Write.Action.MERGE_PATCH, "2", client("a"), false);
    put("3");
    assertThat(state.answers().get(1).status()).isEqualTo(204);
    assertThat(state.earlier()).isEmpty();
    assertThat(shown(unseen)).isEmpty();
  }

  @Test
  void countsInMemoryOnceTheDocumentHasAnother() {
    put("1");
    patch(client("a"), large(100));
    int current = state.bytes();
    put("2");
    assertThat(state.bytes()).isBetween(current, current + 1024);
  }

  @Test
  void isBoundedAndTheOldestGoFirst() {
    put("1");
    var first = patch(client("a"), large(100));
    var second = patch(client("b"), large(99));
    var third = patch(client("c"), large(98));
    put("2");
    assertThat(shown(first)).isEmpty();
    assertThat(shown(second)).isEqualTo(large(99));
    assertThat(shown(third)).isEqualTo(large(98));
    assertThat(EarlierContent.bytes(state.earlier())).isLessThan(EarlierContent.BYTES_MAX);
  }

  @Test
  void oneThatIsLargerThanAllOfThemMayBeDoesNotPushOutOthers() {
    put("1");
    var small = patch(client("a"), "2");
    var huge = patch(client("b"), large(300));
    put("3");
    assertThat(shown(huge)).isEmpty();
    assertThat(shown(small)).isEqualTo("2");
  }

  @Test
  void isNotKeptWhereItsSnapshotWouldBecomeTooLarge() {
    put("1");
    var patched = patch(client("a"), large(100));
    put(large(900));
    assertThat(shown(patched)).isEmpty();
  }

  @Test
  void underAKeyOfTheEdgeIsKeptAsLongAsTheEdgeMaySendAgain() {
    put("1");
    var patched = patch(edge("a"), "2");
    put("3");
    assertThat(shown(patched)).isEqualTo("2");
    now = now.plus(WriteKey.EDGE_RESENDS_WITHIN);
    put("4");
    assertThat(shown(patched)).isEmpty();
  }

  @Test
  void whatAClientsKeyNamesIsKeptBeforeWhatTheEdgesDo() {
    put("1");
    var first = patch(client("a"), large(100));
    var second = patch(edge("b"), large(101));
    var third = patch(edge("c"), large(102));
    put("2");
    assertThat(shown(first)).isEqualTo(large(100));
    assertThat(shown(second)).isEmpty();
    assertThat(shown(third)).isEqualTo(large(102));
  }

  @Test
  void isForgottenWithItsAnswer() {
    put("1");
    patch(client("a"), "2");
    put("3");
    now = now.plus(WriteKey.RETENTION);
    put("4");
    assertThat(state.earlier()).isEmpty();
  }
}
