package io.holdfast.resource;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A content that its document has no more, but that an answer it remembers has shown: a patch that
 * is sent again under its key is shown it again, however often the document has changed since.
 *
 * @param version of which it was the content
 */
public record EarlierContent(DocumentVersion version, byte[] content) {
  /** What a document keeps of them. Beyond it a patch that is sent again is told no content. */
  static final int BYTES_MAX = 256 * 1024;

  /** They stand in the document's snapshot with all else, and H2's VARBINARY ends at 1 MiB. */
  private static final int SNAPSHOT_BYTES_MAX = 960 * 1024;

  /**
   * What is kept when a document changes: what answers show, the newest first as far as there is
   * room, and what clients' keys name before the rest.
   *
   * @param before the document before it changed
   * @param answers that are remembered from now on
   * @param next the content from now on
   */
  static List<EarlierContent> after(DocumentState before, List<Answer> answers, byte[] next) {
    var shown = shown(answers);
    if (shown.isEmpty()) {
      return List.of();
    }
    long room = Math.min(BYTES_MAX, SNAPSHOT_BYTES_MAX - next.length - GivenAnswers.bytes(answers));
    var current = before.exists() ? Stream.of(of(before)) : Stream.<EarlierContent>empty();
    var inOrder =
        Stream.concat(before.earlier().stream(), current)
            .filter(it -> shown.containsKey(it.version()))
            .sorted(Comparator.comparing(EarlierContent::version).reversed())
            .sorted(Comparator.comparing(it -> !shown.get(it.version()))) // keeps that order
            .toList();
    var kept = new ArrayList<EarlierContent>();
    for (var it : inOrder) {
      if (it.content().length <= room) {
        room -= it.content().length;
        kept.add(it);
      }
    }
    return List.copyOf(kept);
  }

  private static EarlierContent of(DocumentState state) {
    return new EarlierContent(state.version(), state.content());
  }

  /** The versions that are shown, and whether a client's key names one. */
  private static Map<DocumentVersion, Boolean> shown(List<Answer> answers) {
    var shown = new HashMap<DocumentVersion, Boolean>();
    for (var answer : answers) {
      if (answer.showsContent() && isAskedForAgain(answer, newest(answers))) {
        shown.merge(answer.version(), WriteKey.isFromClient(answer), Boolean::logicalOr);
      }
    }
    return shown;
  }

  private static Instant newest(List<Answer> answers) {
    return answers.get(answers.size() - 1).at();
  }

  /** Nobody asks long after under a key that the edge has made. */
  private static boolean isAskedForAgain(Answer answer, Instant now) {
    return WriteKey.isFromClient(answer)
        || answer.at().plus(WriteKey.EDGE_RESENDS_WITHIN).isAfter(now);
  }

  /** What they take in memory. */
  static int bytes(List<EarlierContent> contents) {
    return contents.stream().mapToInt(it -> it.content().length).sum();
  }
}
