package io.holdfast.edge;

import io.holdfast.edge.Courier.Carry;
import io.holdfast.edge.Courier.Fate;
import io.holdfast.edge.Courier.Kind;
import io.holdfast.resource.Document;
import io.holdfast.resource.Passage;
import io.holdfast.resource.Standing;
import java.time.Duration;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * One command in a {@link Courier}'s hands: how often it was sent, what has come back, and what is
 * to be done about it next. Talks to nobody itself; times are {@link System#nanoTime} values.
 */
final class Exchange {
  /** An exchange older than this waits for its owner: it is held. */
  private static final Duration HELD_AFTER = Duration.ofMillis(200);

  /** While no owner moves a slow answer is only slow: a copy is given this many times later. */
  private static final int PATIENCE_WHILE_SETTLED = 4;

  /** A database may be back as soon as it went; later than this its absence is the answer. */
  private static final Duration HELD_WHILE_DATABASE_AWAY = Duration.ofMillis(500);

  /** An owner that says "not now" is asked again after this. */
  private static final Duration RESEND_AFTER_NOT_NOW = Duration.ofMillis(150);

  /** An owner that may not know yet that the database is away is asked again after this. */
  private static final Duration ASK_WHILE_DATABASE_AWAY = Duration.ofMillis(250);

  /** What to do about an exchange. */
  enum Next {
    WAIT,
    /** Nobody answers in time. */
    GIVE_UP,
    /** The database is away, and no attempt was or will be carried out. */
    REFUSE,
    /** To find out whether the owner knows of the database's absence. */
    ASK_AGAIN,
    /** The last attempt is taken for lost. */
    SEND_AGAIN,
    /** It waits for its owner from now on. */
    HOLD
  }

  private final long id;
  private final Carry carry;
  private final long startedNanos;
  private int shard;
  private Passage passage = new Passage();
  private long sentNanos;
  private long sendAgainNanos;
  private int attempts;
  private int unanswered;
  private int refusals;
  private boolean behind;
  private boolean held;

  Exchange(long id, Carry carry, long now) {
    this.id = id;
    this.carry = carry;
    this.startedNanos = now;
  }

  long id() {
    return id;
  }

  Carry carry() {
    return carry;
  }

  Kind kind() {
    return carry.kind();
  }

  /** The command as it is to be sent next. */
  Document.Command command(ActorRef<Document.Reply> replyTo) {
    return carry.attempt().command(attempts + 1, passage, id, replyTo);
  }

  /** The shard of its document. */
  int shard() {
    return shard;
  }

  void isOf(int shardOfDocument) {
    shard = shardOfDocument;
  }

  /** How often the command was sent. */
  int attempts() {
    return attempts;
  }

  /** How often, one after the other, the command was taken for lost. */
  int unanswered() {
    return unanswered;
  }

  boolean isHeld() {
    return held;
  }

  void hold() {
    held = true;
  }

  /** What was sent may be on its way to an owner that has gone: that it is late says nothing. */
  void membersChanged() {
    unanswered = 0;
  }

  /**
   * The command is sent.
   *
   * @param wait for how long it is not taken for lost
   */
  void sent(long now, long wait) {
    attempts++;
    behind = false;
    sentNanos = now;
    sendAgainNanos = now + wait;
  }

  /** Says what time does to it. */
  Next next(long now, boolean databaseAway, boolean settled) {
    if (isHopeless(now, databaseAway) || isOlderThan(patience(settled), now)) {
      return Next.GIVE_UP;
    }
    if (databaseAway && kind() == Kind.WRITE && isOlderThan(HELD_WHILE_DATABASE_AWAY, now)) {
      return withoutDatabase(now);
    }
    if (now - sendAgainNanos >= 0) {
      unanswered++;
      return Next.SEND_AGAIN;
    }
    return !held && kind() != Kind.WATCH && isOlderThan(HELD_AFTER, now) ? Next.HOLD : Next.WAIT;
  }

  /** A read waits for an owner that may have to read too; where there is no copy here, longer. */
  private boolean isHopeless(long now, boolean databaseAway) {
    return databaseAway
        && kind() == Kind.READ
        && isOlderThan(carry.copyAfter().isPresent() ? HELD_AFTER : HELD_WHILE_DATABASE_AWAY, now);
  }

  /**
   * Either no attempt has reached an owner, or one that knows of the database's absence refuses the
   * next attempt and all before it that it has not looked at.
   */
  private Next withoutDatabase(long now) {
    if (isCalledOff()) {
      return Next.REFUSE;
    }
    return now - sentNanos >= ASK_WHILE_DATABASE_AWAY.toNanos() ? Next.ASK_AGAIN : Next.WAIT;
  }

  private boolean isOlderThan(Duration age, long now) {
    return now - startedNanos >= age.toNanos();
  }

  private Duration patience(boolean settled) {
    return carry
        .copyAfter()
        .map(after -> settled ? after.multipliedBy(PATIENCE_WHILE_SETTLED) : after)
        .filter(after -> after.compareTo(carry.patience()) < 0)
        .orElse(carry.patience());
  }

  private boolean isRefused() {
    return refusals == attempts;
  }

  /** Sees to it that no attempt is carried out; false where one may have been already. */
  private boolean isCalledOff() {
    return isRefused() || passage.close();
  }

  /** Ends it without an answer, and says what is known of it then. */
  Fate giveUp() {
    boolean calledOff = isCalledOff();
    return behind ? Fate.BEHIND_ANOTHER : calledOff ? Fate.NOT_CARRIED_OUT : Fate.UNKNOWN;
  }

  /**
   * Takes a reply in, and says whether it is the answer. An owner that misses a database which
   * answers this node is cut off, and another will take its place; or the database is away for all,
   * and this node knows that a moment later.
   */
  boolean isAnsweredBy(Document.Reply reply, boolean databaseAway, long now) {
    if (reply instanceof Document.Behind) {
      behind = true;
      return false;
    }
    if (reply instanceof Document.NotNow notNow) {
      return isRefusedBy(notNow, databaseAway, now);
    }
    if (carry.proofOnly() && mayBeProvedLater(reply, databaseAway)) {
      sendAgainNanos = now + RESEND_AFTER_NOT_NOW.toNanos();
      return false;
    }
    return attempts == 1 || isFinal(reply);
  }

  /**
   * An owner that cannot prove that it is one is asked again; a database that is away for this node
   * too is an answer after a while.
   */
  private boolean isRefusedBy(Document.NotNow notNow, boolean databaseAway, long now) {
    refusals++;
    if (isRefused()) {
      passage = new Passage();
    }
    if (notNow.reason() == Standing.DATABASE_AWAY
        && databaseAway
        && isOlderThan(HELD_WHILE_DATABASE_AWAY, now)) {
      return isRefused();
    }
    sendAgainNanos = now + RESEND_AFTER_NOT_NOW.toNanos();
    return false;
  }

  /** Who takes no copy waits for an owner that proves to be one, if there may be one soon. */
  private static boolean mayBeProvedLater(Document.Reply reply, boolean databaseAway) {
    var standing =
        reply instanceof Document.Found found
            ? found.standing()
            : ((Document.Absent) reply).standing();
    return standing != Standing.CURRENT && (standing != Standing.DATABASE_AWAY || !databaseAway);
  }

  /**
   * A "no" that the journal does not know says nothing about the other attempts that are on their
   * way; the newest of them brings one that it knows.
   */
  private static boolean isFinal(Document.Reply reply) {
    if (reply instanceof Document.Refused refused) {
      return refused.refusal().isOfTheKey();
    }
    return !(reply instanceof Document.Done done) || done.kept();
  }

  /** How long the answer took; nothing where it was put off by intent. */
  boolean tellsHowFastOwnersAre() {
    return kind() != Kind.WATCH && refusals == 0;
  }

  /** For how long it has been carried. */
  long age(long now) {
    return now - startedNanos;
  }
}
