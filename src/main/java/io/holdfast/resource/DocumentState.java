package io.holdfast.resource;

import io.holdfast.http.EntityTag;
import io.holdfast.http.Preconditions;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What one document is: its content, its version, and the answers it has given of late. Decides
 * about writes and takes in events; sees no clock and no actor.
 *
 * @param exists false before the first write and after a deletion
 * @param content the bytes as they were sent; empty when it does not exist
 * @param modifiedAt never goes back, also over deletion and re-creation
 * @param answers oldest first; how many, see {@link WriteKey}
 * @param earlier contents that some of them show; none in old snapshots
 */
public record DocumentState(
    boolean exists,
    byte[] content,
    DocumentVersion version,
    Instant modifiedAt,
    List<Answer> answers,
    List<EarlierContent> earlier)
    implements Journaled {

  private static final byte[] NO_CONTENT = {};

  /** A document that was never written. */
  public static final DocumentState NEW =
      new DocumentState(
          false, NO_CONTENT, DocumentVersion.NONE, Instant.EPOCH, List.of(), List.of());

  public DocumentState {
    earlier = earlier == null ? List.of() : earlier;
  }

  /** What the write would do. */
  public sealed interface Decision {
    /** An event to persist, and the answer once it is committed. */
    record Accepted(DocumentEvent event) implements Decision {}

    /** Nothing to change; the answer stands as it is, if this state is current. */
    record Unchanged(Answer answer) implements Decision {}

    /** The same request was carried out before. */
    record Replayed(Answer answer) implements Decision {}

    /**
     * It must not be carried out, if this state is current.
     *
     * @param detail what exactly is in the way, in words; empty where the refusal says it all
     */
    record Refused(Refusal refusal, String detail) implements Decision {
      Refused(Refusal refusal) {
        this(refusal, "");
      }
    }
  }

  /** Why a write is not carried out. */
  public enum Refusal {
    PRECONDITION_FAILED(412),
    PRECONDITION_REQUIRED(428),
    NOT_FOUND(404),
    KEY_REUSED(422),
    CONFLICT(409),
    CONTENT_TOO_LARGE(413),
    /** Whether the write was carried out long ago cannot be told any more. */
    FORGOTTEN(410);

    private final int status;

    Refusal(int status) {
      this.status = status;
    }

    /** The status under which it is kept as an answer. */
    public int status() {
      return status;
    }

    /** Says something about the key, for every attempt alike, and is never kept as its answer. */
    public boolean isOfTheKey() {
      return this == KEY_REUSED || this == FORGOTTEN;
    }

    /** The refusal that was kept as an answer, if it was one. */
    public static Optional<Refusal> of(Answer answer) {
      return Arrays.stream(values()).filter(r -> r.status == answer.status()).findFirst();
    }
  }

  /**
   * Decides about a write.
   *
   * <p>The edge may have sent the write before, and that attempt may still be on its way. So from
   * the second attempt on, an answer that changes nothing is kept under the write's key too:
   * otherwise the client would be told "no", and the late attempt could still be carried out.
   *
   * @param attempt how often the edge has sent this write, this time included
   * @param refusedBefore what an earlier request under the write's key was told, if it was refused
   * @param nextSequenceNr of the event that would be persisted
   * @param generation of the database's history now
   * @param now the time of the write
   */
  public Decision decide(
      Write write,
      int attempt,
      Optional<Decision.Refused> refusedBefore,
      long nextSequenceNr,
      long generation,
      Instant now) {
    var decision = decide(write, refusedBefore, nextSequenceNr, generation, now);
    if (attempt == 1) {
      return decision;
    }
    if (decision instanceof Decision.Unchanged unchanged) {
      return kept(unchanged.answer());
    }
    return decision instanceof Decision.Refused refused && !refused.refusal().isOfTheKey()
        ? kept(refusal(write, now, refused))
        : decision;
  }

  private static Decision kept(Answer answer) {
    return new Decision.Accepted(new DocumentEvent.Answered(answer));
  }

  private Decision decide(
      Write write,
      Optional<Decision.Refused> refusedBefore,
      long nextSequenceNr,
      long generation,
      Instant now) {
    var known = GivenAnswers.find(answers, write.key());
    if (known.isPresent()) {
      return replay(write, known.get());
    }
    if (GivenAnswers.mayHaveForgotten(answers, write.key(), now)) {
      return new Decision.Refused(Refusal.FORGOTTEN);
    }
    if (refusedBefore.isPresent()) {
      return refusedBefore.get();
    }
    var conditions = write.conditions().toPreconditions();
    if (evaluate(conditions, false) != Preconditions.Outcome.PROCEED) {
      return new Decision.Refused(Refusal.PRECONDITION_FAILED);
    }
    if (write.rules().ifMatchRequired() && exists && write.conditions().ifMatch().isEmpty()) {
      return new Decision.Refused(Refusal.PRECONDITION_REQUIRED);
    }
    var step = new Step(new DocumentVersion(nextSequenceNr, generation), later(now), now);
    return switch (write.action()) {
      case PUT -> put(write, write.content(), 204, step);
      case DELETE -> delete(write, step);
      case MERGE_PATCH, JSON_PATCH -> patch(write, step);
    };
  }

  private record Step(DocumentVersion version, Instant modifiedAt, Instant now) {}

  private Decision replay(Write write, Answer answer) {
    return write.key().isSameRequest(answer)
        ? new Decision.Replayed(answer)
        : new Decision.Refused(Refusal.KEY_REUSED);
  }

  /**
   * @param replaced the status of the answer when the document exists
   */
  private Decision put(Write write, byte[] next, int replaced, Step step) {
    if (exists && Arrays.equals(content, next)) {
      var same = answer(write, step.now(), replaced, version, modifiedAt);
      return write.key().fromClient() ? kept(same) : new Decision.Unchanged(same);
    }
    int status = exists ? replaced : 201;
    var answer = answer(write, step.now(), status, step.version(), step.modifiedAt());
    return new Decision.Accepted(
        new DocumentEvent.Stored(step.version(), next, step.modifiedAt(), answer));
  }

  private Decision patch(Write write, Step step) {
    if (!exists) {
      return new Decision.Refused(Refusal.NOT_FOUND);
    }
    var rules = write.rules();
    var read = Patch.read(write.action().patchKind(), write.content(), rules.depthMax());
    if (!(read instanceof Patch.Reading.Readable readable)) {
      return new Decision.Refused(Refusal.CONFLICT, "This node does not know such a patch");
    }
    var patched = readable.patch().apply(content, rules.contentBytesMax(), rules.depthMax());
    if (patched instanceof Patch.Outcome.Patched done) {
      return put(write, done.content(), write.shown() ? Answer.WITH_CONTENT : 204, step);
    }
    if (patched instanceof Patch.Outcome.TooLarge) {
      return new Decision.Refused(Refusal.CONTENT_TOO_LARGE);
    }
    return patched instanceof Patch.Outcome.TooDeep tooDeep
        ? new Decision.Refused(Refusal.CONFLICT, tooDeep.reason())
        : new Decision.Refused(Refusal.CONFLICT, ((Patch.Outcome.Conflict) patched).reason());
  }

  private Decision delete(Write write, Step step) {
    if (!exists) {
      return new Decision.Refused(Refusal.NOT_FOUND);
    }
    var answer = answer(write, step.now(), 204, step.version(), step.modifiedAt());
    return new Decision.Accepted(
        new DocumentEvent.Deleted(step.version(), step.modifiedAt(), answer));
  }

  private Answer refusal(Write write, Instant now, Decision.Refused refused) {
    return answer(write, now, refused.refusal().status(), version, modifiedAt, refused.detail());
  }

  private static Answer answer(
      Write write, Instant now, int status, DocumentVersion version, Instant modifiedAt) {
    return answer(write, now, status, version, modifiedAt, "");
  }

  private static Answer answer(
      Write write,
      Instant now,
      int status,
      DocumentVersion version,
      Instant modifiedAt,
      String detail) {
    var key = write.key();
    return new Answer(
        key.recorded(), key.fingerprint(), now, status, version, modifiedAt, key.sender(), detail);
  }

  /** How the request's preconditions stand against this document (RFC 9110, section 13.2.2). */
  public Preconditions.Outcome evaluate(Preconditions conditions, boolean safeMethod) {
    return conditions.evaluate(
        exists ? Optional.of(EntityTag.strong(version.tag())) : Optional.empty(),
        exists ? Optional.of(modifiedAt) : Optional.empty(),
        safeMethod);
  }

  /** Takes in what happened. Never fails. */
  public DocumentState apply(DocumentEvent event) {
    var remembered = GivenAnswers.with(answers, event.answer());
    if (event instanceof DocumentEvent.Stored stored) {
      return changed(true, stored.content(), stored.version(), stored.modifiedAt(), remembered);
    }
    if (event instanceof DocumentEvent.Deleted deleted) {
      return changed(false, NO_CONTENT, deleted.version(), deleted.modifiedAt(), remembered);
    }
    return new DocumentState(exists, content, version, modifiedAt, remembered, earlier);
  }

  private DocumentState changed(
      boolean existsNow,
      byte[] next,
      DocumentVersion nextVersion,
      Instant nextModifiedAt,
      List<Answer> remembered) {
    return new DocumentState(
        existsNow,
        next,
        nextVersion,
        nextModifiedAt,
        remembered,
        EarlierContent.after(this, remembered, next));
  }

  /** The content of a version: the one there is, or one that an answer has shown. */
  Optional<byte[]> contentOf(DocumentVersion wanted) {
    return exists && version.equals(wanted)
        ? Optional.of(content)
        : earlier.stream()
            .filter(it -> it.version().equals(wanted))
            .map(EarlierContent::content)
            .findFirst();
  }

  /** What it takes in memory, about. */
  int bytes() {
    return content.length + GivenAnswers.bytes(answers) + EarlierContent.bytes(earlier);
  }

  /** Now in whole milliseconds, but never before the last modification. */
  private Instant later(Instant now) {
    var millis = Instant.ofEpochMilli(now.toEpochMilli());
    return millis.isBefore(modifiedAt) ? modifiedAt : millis;
  }
}
