package io.holdfast.resource;

import io.holdfast.telemetry.Span;
import io.holdfast.telemetry.TraceParent;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/**
 * The messages between an edge and a document's owner as bytes. They are on the path of every
 * request that another node owns, and there a generic codec costs more than all the rest. Fields
 * stand in the order of the record's components. Nodes of two versions talk to each other while
 * they are rolled, so what a message gains stands at its end, under the same manifest, where older
 * nodes pass over it, and where it is missing a default is read; only a layout that changes
 * otherwise gets a new manifest, which older nodes refuse and never misread: until all are rolled,
 * their requests wait.
 *
 * <p>A write that its edge has given up does not leave the node ({@link Passage}). It was on its
 * way to a document already, so in its place goes a message that changes nothing there.
 */
public final class DocumentCodec extends SerializerWithStringManifest {
  private static final int IDENTIFIER = 741_001;
  private static final int FIXED_BYTES = 256;
  private static final String READ = "r1";
  private static final String CHANGE = "c3";
  private static final String FOUND = "f2";
  private static final String ABSENT = "a1";
  private static final String WATCH = "w1";
  private static final String DONE = "d2";
  private static final String REFUSED = "x3";
  private static final String RECALL = "l1";
  private static final String RETURNED = "t1";
  private static final String NOT_NOW = "n1";
  private static final String BEHIND = "b1";

  private final ActorRefResolver references;
  private final ActorRef<Document.Reply> nobody;

  public DocumentCodec(ExtendedActorSystem system) {
    var typed = Adapter.toTyped(system);
    this.references = ActorRefResolver.get(typed);
    this.nobody = typed.ignoreRef();
  }

  private Object sent(Object message) {
    return message instanceof Document.Change change && !change.passage().pass()
        ? new Document.Returned(change.entityId(), nobody)
        : message;
  }

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object message) {
    if (message instanceof Document.Read) {
      return READ;
    } else if (message instanceof Document.Change change) {
      return change.passage().pass() ? CHANGE : RETURNED;
    } else if (message instanceof Document.Watch) {
      return WATCH;
    } else if (message instanceof Document.Returned) {
      return RETURNED;
    } else if (message instanceof Document.Recall) {
      return RECALL;
    } else if (message instanceof Document.Found) {
      return FOUND;
    } else if (message instanceof Document.Absent) {
      return ABSENT;
    } else if (message instanceof Document.Done) {
      return DONE;
    } else if (message instanceof Document.Refused) {
      return REFUSED;
    } else if (message instanceof Document.NotNow) {
      return NOT_NOW;
    } else if (message instanceof Document.Behind) {
      return BEHIND;
    }
    throw new IllegalArgumentException("No message of documents: " + message.getClass());
  }

  @Override
  public byte[] toBinary(Object message) {
    var bytes = new ByteArrayOutputStream(FIXED_BYTES + sizeOfContent(message));
    try {
      write(sent(message), new DataOutputStream(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static int sizeOfContent(Object message) {
    if (message instanceof Document.Found found) {
      return found.content().length;
    }
    if (message instanceof Document.Done done) {
      return done.content().length;
    }
    return message instanceof Document.Change change ? change.write().content().length : 0;
  }

  private void write(Object message, DataOutputStream out) throws IOException {
    if (message instanceof Document.Command command) {
      out.writeUTF(command.entityId());
      out.writeLong(command.exchange());
      out.writeUTF(references.toSerializationFormat(command.replyTo()));
      if (command instanceof Document.Change change) {
        write(change.write(), out);
        out.writeInt(change.attempt());
        out.writeBoolean(change.write().shown());
        out.writeUTF(change.span().place().text());
      } else if (command instanceof Document.Watch watch) {
        write(watch.known(), out);
        out.writeLong(watch.millis());
      } else if (command instanceof Document.Read read) {
        out.writeUTF(read.span().place().text());
      }
      return;
    }
    if (message instanceof Document.Recall recall) {
      out.writeUTF(recall.entityId());
      out.writeUTF(references.toSerializationFormat(recall.owner()));
      return;
    }
    out.writeLong(((Document.Reply) message).exchange());
    if (message instanceof Document.Found found) {
      write(found.content(), out);
      write(found.version(), out);
      write(found.modifiedAt(), out);
      out.writeByte(found.standing().ordinal());
      write(found.knownAt(), out);
      out.writeBoolean(found.vouched());
      out.writeUTF(found.node());
    } else if (message instanceof Document.Absent absent) {
      write(absent.version(), out);
      out.writeByte(absent.standing().ordinal());
      write(absent.knownAt(), out);
      out.writeUTF(absent.node());
    } else if (message instanceof Document.Done done) {
      write(done.answer(), out);
      out.writeBoolean(done.replayed());
      out.writeBoolean(done.kept());
      write(done.content(), out);
      write(done.answer().detail(), out);
      out.writeUTF(done.node());
    } else if (message instanceof Document.Refused refused) {
      out.writeByte(refused.refusal().ordinal());
      write(refused.detail(), out);
      out.writeBoolean(refused.replayed());
      out.writeUTF(refused.node());
    } else if (message instanceof Document.NotNow notNow) {
      out.writeByte(notNow.reason().ordinal());
    }
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    var in = new DataInputStream(new ByteArrayInputStream(bytes));
    try {
      return switch (manifest) {
        case READ -> new Document.Read(in.readUTF(), in.readLong(), reference(in), span(in));
        case CHANGE -> change(in);
        case WATCH -> watch(in);
        case RETURNED -> returned(in);
        case RECALL -> new Document.Recall(in.readUTF(), references.resolveActorRef(in.readUTF()));
        case FOUND ->
            new Document.Found(
                in.readLong(),
                content(in),
                version(in),
                instant(in),
                standing(in),
                instant(in),
                in.readBoolean(),
                added(in));
        case ABSENT ->
            new Document.Absent(in.readLong(), version(in), standing(in), instant(in), added(in));
        case DONE -> done(in);
        case REFUSED ->
            new Document.Refused(
                in.readLong(),
                constant(DocumentState.Refusal.values(), in),
                text(in),
                in.readBoolean(),
                added(in));
        case NOT_NOW -> new Document.NotNow(in.readLong(), standing(in));
        case BEHIND -> new Document.Behind(in.readLong());
        default ->
            throw new NotSerializableException(
                "Another version's message of documents: " + manifest);
      };
    } catch (NotSerializableException e) {
      throw e;
    } catch (IOException e) {
      throw new NotSerializableException(manifest + " cannot be read: " + e.getMessage());
    }
  }

  private Document.Change change(DataInputStream in) throws IOException {
    var entityId = in.readUTF();
    long exchange = in.readLong();
    var replyTo = reference(in);
    var write = write(in);
    int attempt = in.readInt();
    boolean shown = in.available() > 0 ? in.readBoolean() : write.shown();
    return new Document.Change(
        entityId, write.shown(shown), attempt, Passage.passed(), exchange, replyTo, span(in));
  }

  private static Document.Done done(DataInputStream in) throws IOException {
    long exchange = in.readLong();
    var answer = answer(in);
    boolean replayed = in.readBoolean();
    boolean kept = in.readBoolean();
    var content = content(in);
    var detail = in.available() > 0 ? text(in) : answer.detail();
    return new Document.Done(
        exchange, answer.withDetail(detail), replayed, kept, content, added(in));
  }

  private Document.Watch watch(DataInputStream in) throws IOException {
    var entityId = in.readUTF();
    long exchange = in.readLong();
    var replyTo = reference(in);
    return new Document.Watch(entityId, version(in), in.readLong(), exchange, replyTo);
  }

  private Document.Returned returned(DataInputStream in) throws IOException {
    var entityId = in.readUTF();
    in.readLong();
    return new Document.Returned(entityId, reference(in));
  }

  /** What a message gained: nothing, if an older node wrote it. */
  private static String added(DataInputStream in) throws IOException {
    return in.available() > 0 ? in.readUTF() : "";
  }

  private static Span span(DataInputStream in) throws IOException {
    return Span.elsewhere(TraceParent.parse(added(in)).orElse(TraceParent.NONE));
  }

  private ActorRef<Document.Reply> reference(DataInputStream in) throws IOException {
    return references.resolveActorRef(in.readUTF());
  }

  private static void write(Write write, DataOutputStream out) throws IOException {
    out.writeByte(write.action().ordinal());
    write(write.content(), out);
    write(write.conditions().ifMatch(), out);
    write(write.conditions().ifNoneMatch(), out);
    write(write.conditions().ifModifiedSince(), out);
    write(write.conditions().ifUnmodifiedSince(), out);
    out.writeBoolean(write.rules().ifMatchRequired());
    out.writeInt(write.rules().contentBytesMax());
    out.writeInt(write.rules().depthMax());
    out.writeLong(write.rules().refusalsKept().toMillis());
    out.writeUTF(write.key().value());
    out.writeBoolean(write.key().fromClient());
    out.writeUTF(write.key().fingerprint());
    out.writeUTF(write.key().sender());
  }

  private static Write write(DataInputStream in) throws IOException {
    return new Write(
        constant(Write.Action.values(), in),
        content(in),
        new Conditions(optional(in), optional(in), optional(in), optional(in)),
        new Write.Rules(
            in.readBoolean(), in.readInt(), in.readInt(), Duration.ofMillis(in.readLong())),
        new WriteKey(in.readUTF(), in.readBoolean(), in.readUTF(), in.readUTF()));
  }

  private static void write(Answer answer, DataOutputStream out) throws IOException {
    out.writeUTF(answer.key());
    out.writeUTF(answer.fingerprint());
    write(answer.at(), out);
    out.writeShort(answer.status());
    write(answer.version(), out);
    write(answer.modifiedAt(), out);
    out.writeUTF(answer.sender());
  }

  private static Answer answer(DataInputStream in) throws IOException {
    return new Answer(
        in.readUTF(),
        in.readUTF(),
        instant(in),
        in.readUnsignedShort(),
        version(in),
        instant(in),
        in.readUTF(),
        "");
  }

  private static void write(byte[] content, DataOutputStream out) throws IOException {
    out.writeInt(content.length);
    out.write(content);
  }

  private static byte[] content(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > in.available()) {
      throw new IOException("a content of " + length + " bytes");
    }
    return in.readNBytes(length);
  }

  private static void write(Optional<String> text, DataOutputStream out) throws IOException {
    out.writeBoolean(text.isPresent());
    if (text.isPresent()) {
      write(text.get(), out);
    }
  }

  private static Optional<String> optional(DataInputStream in) throws IOException {
    return in.readBoolean() ? Optional.of(text(in)) : Optional.empty();
  }

  /** Of any length, unlike {@link DataOutputStream#writeUTF}: a condition may be a long list. */
  private static void write(String text, DataOutputStream out) throws IOException {
    write(text.getBytes(StandardCharsets.UTF_8), out);
  }

  private static String text(DataInputStream in) throws IOException {
    return new String(content(in), StandardCharsets.UTF_8);
  }

  private static void write(DocumentVersion version, DataOutputStream out) throws IOException {
    out.writeLong(version.sequenceNr());
    out.writeLong(version.generation());
  }

  private static DocumentVersion version(DataInputStream in) throws IOException {
    return new DocumentVersion(in.readLong(), in.readLong());
  }

  private static void write(Instant instant, DataOutputStream out) throws IOException {
    out.writeLong(instant.getEpochSecond());
    out.writeInt(instant.getNano());
  }

  private static Instant instant(DataInputStream in) throws IOException {
    return Instant.ofEpochSecond(in.readLong(), in.readInt());
  }

  private static Standing standing(DataInputStream in) throws IOException {
    return constant(Standing.values(), in);
  }

  private static <E extends Enum<E>> E constant(E[] constants, DataInputStream in)
      throws IOException {
    int number = in.readUnsignedByte();
    if (number >= constants.length) {
      throw new IOException("another version's constant, number " + number);
    }
    return constants[number];
  }
}
