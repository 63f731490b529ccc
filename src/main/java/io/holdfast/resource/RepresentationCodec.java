package io.holdfast.resource;

import static io.holdfast.resource.StoredResponseCodec.bytes;
import static io.holdfast.resource.StoredResponseCodec.text;

import io.holdfast.caching.CacheKey;
import io.holdfast.caching.CacheRequest;
import io.holdfast.caching.CacheSettings;
import io.holdfast.caching.Generation;
import io.holdfast.caching.TargetUri;
import io.holdfast.http.Fields;
import io.holdfast.http.ProblemType;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/**
 * The messages between an edge and the owner of stored responses as bytes, by the rules of {@link
 * DocumentCodec}: what a message gains stands at its end, and a layout that changes otherwise gets
 * a new manifest. A message that another version does not know gets no answer, and an edge goes on
 * without an owner.
 */
public final class RepresentationCodec extends SerializerWithStringManifest {
  private static final int IDENTIFIER = 741_002;
  private static final int FIXED_BYTES = 512;
  private static final String ASK = "ask1";
  private static final String STORE = "store1";
  private static final String CONFIRM = "confirm1";
  private static final String OUTDATE = "outdate1";
  private static final String UNSHARE = "unshare1";
  private static final String FAIL = "fail1";
  private static final String RELEASE = "release1";
  private static final String INVALIDATE = "invalidate1";
  private static final String RETURNED = "returned1";
  private static final String FOUND = "found1";
  private static final String GO = "go1";
  private static final String QUEUED = "queued1";
  private static final String NOTHING_STORED = "nothing1";
  private static final String NOT_FETCHED = "notfetched1";
  private static final String INVALIDATED = "invalidated1";
  private static final String NOT_NOW = "notnow1";
  private static final String DROP = "drop1";

  private final ActorRefResolver references;

  public RepresentationCodec(ExtendedActorSystem system) {
    this.references = ActorRefResolver.get(Adapter.toTyped(system));
  }

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object message) {
    if (message instanceof Representation.Ask) {
      return ASK;
    } else if (message instanceof Representation.Found) {
      return FOUND;
    } else if (message instanceof Representation.Store) {
      return STORE;
    } else if (message instanceof Representation.Go) {
      return GO;
    } else if (message instanceof Representation.Queued) {
      return QUEUED;
    } else if (message instanceof Representation.Confirm) {
      return CONFIRM;
    } else if (message instanceof Representation.Outdate) {
      return OUTDATE;
    } else if (message instanceof Representation.Unshare) {
      return UNSHARE;
    } else if (message instanceof Representation.Fail) {
      return FAIL;
    } else if (message instanceof Representation.Release) {
      return RELEASE;
    } else if (message instanceof Representation.Invalidate) {
      return INVALIDATE;
    } else if (message instanceof Representation.Returned) {
      return RETURNED;
    } else if (message instanceof Representation.NothingStored) {
      return NOTHING_STORED;
    } else if (message instanceof Representation.NotFetched) {
      return NOT_FETCHED;
    } else if (message instanceof Representation.Invalidated) {
      return INVALIDATED;
    } else if (message instanceof Representation.NotNow) {
      return NOT_NOW;
    } else if (message instanceof Representation.Drop) {
      return DROP;
    }
    throw new IllegalArgumentException("No message of representations: " + message.getClass());
  }

  @Override
  public byte[] toBinary(Object message) {
    var bytes = new ByteArrayOutputStream(FIXED_BYTES + sizeOfContent(message));
    try {
      write(message, new DataOutputStream(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static int sizeOfContent(Object message) {
    if (message instanceof Representation.Found found) {
      return found.content().length;
    }
    return message instanceof Representation.Store store ? store.content().length : 0;
  }

  private void write(Object message, DataOutputStream out) throws IOException {
    if (message instanceof Representation.Message command) {
      write(command.target(), out);
      writeCommand(command, out);
    } else if (message instanceof Representation.Drop drop) {
      write(drop.target(), out);
      out.writeBoolean(drop.invalid());
      out.writeLong(drop.asOf());
      out.writeUTF(references.toSerializationFormat(drop.owner()));
    } else {
      out.writeLong(((Representation.Reply) message).exchange());
      writeReply(message, out);
    }
  }

  private void writeCommand(Representation.Message message, DataOutputStream out)
      throws IOException {
    if (message instanceof Representation.Ask ask) {
      write(ask.request(), out);
      out.writeInt(ask.known().size());
      for (long id : ask.known()) {
        out.writeLong(id);
      }
      out.writeLong(ask.patienceMillis());
      write(ask.exchange(), ask.replyTo(), out);
      out.writeUTF(ask.span().place().text());
    } else if (message instanceof Representation.Store store) {
      write(store.request(), out);
      write(store.settings(), out);
      write(store.ticket(), out);
      StoredResponseCodec.write(store.response(), out);
      StoredResponseCodec.write(store.content(), out);
      write(store.exchange(), store.replyTo(), out);
    } else if (message instanceof Representation.Confirm confirm) {
      write(confirm.request(), out);
      write(confirm.settings(), out);
      write(confirm.ticket(), out);
      StoredResponseCodec.write(confirm.answer(), out);
      StoredResponseCodec.write(confirm.updated(), out);
      StoredResponseCodec.write(confirm.replaced(), out);
      write(confirm.exchange(), confirm.replyTo(), out);
    } else if (message instanceof Representation.Outdate outdate) {
      write(outdate.request(), out);
      write(outdate.ticket(), out);
      StoredResponseCodec.write(outdate.stale(), out);
    } else if (message instanceof Representation.Unshare unshare) {
      write(unshare.request(), out);
      write(unshare.ticket(), out);
    } else if (message instanceof Representation.Fail fail) {
      write(fail.request(), out);
      write(fail.ticket(), out);
      out.writeLong(fail.retryAfterMillis());
      out.writeBoolean(fail.failure().isPresent());
      if (fail.failure().isPresent()) {
        write(fail.failure().get(), out);
      }
    } else if (message instanceof Representation.Release release) {
      write(release.request(), out);
      write(release.ticket(), out);
    } else if (message instanceof Representation.Invalidate invalidate) {
      write(invalidate.exchange(), invalidate.replyTo(), out);
    } else if (message instanceof Representation.Returned returned) {
      out.writeLong(returned.asOf());
      out.writeUTF(references.toSerializationFormat(returned.replyTo()));
    }
  }

  private static void writeReply(Object message, DataOutputStream out) throws IOException {
    if (message instanceof Representation.Found found) {
      StoredResponseCodec.write(found.response(), out);
      StoredResponseCodec.write(found.content(), out);
      out.writeBoolean(found.known());
      out.writeByte(found.use().ordinal());
      out.writeByte(found.standing().ordinal());
      out.writeBoolean(found.vouched());
      out.writeLong(found.purge());
      out.writeBoolean(found.refresh().isPresent());
      if (found.refresh().isPresent()) {
        write(found.refresh().get(), out);
      }
      out.writeUTF(found.node());
    } else if (message instanceof Representation.Go go) {
      write(go.ticket(), out);
      StoredResponseCodec.write(go.stored(), out);
      out.writeInt(go.contents().size());
      for (var content : go.contents()) {
        out.writeLong(content.id());
        StoredResponseCodec.write(content.bytes(), out);
      }
      out.writeUTF(go.node());
    } else if (message instanceof Representation.Queued queued) {
      out.writeBoolean(queued.reading());
    } else if (message instanceof Representation.NotFetched notFetched) {
      write(notFetched.failure(), out);
    } else if (message instanceof Representation.NotNow notNow) {
      out.writeByte(notNow.reason().ordinal());
    }
  }

  // ---- parts ----

  private static void write(StoredTarget target, DataOutputStream out) throws IOException {
    StoredResponseCodec.write(target.route(), out);
    StoredResponseCodec.write(target.uri().scheme(), out);
    StoredResponseCodec.write(target.uri().host(), out);
    StoredResponseCodec.write(target.uri().pathAndQuery(), out);
  }

  private static StoredTarget target(DataInputStream in) throws IOException {
    return new StoredTarget(text(in), new TargetUri(text(in), text(in), text(in)));
  }

  /** Its target is the message's. */
  private static void write(CacheRequest request, DataOutputStream out) throws IOException {
    StoredResponseCodec.write(request.method(), out);
    StoredResponseCodec.write(request.key().method(), out);
    StoredResponseCodec.write(request.key().content(), out);
    StoredResponseCodec.write(request.fields(), out);
  }

  private static CacheRequest request(StoredTarget target, DataInputStream in) throws IOException {
    var method = text(in);
    var key = new CacheKey(text(in), target.uri(), text(in));
    return new CacheRequest(method, key, StoredResponseCodec.fields(in));
  }

  private static void write(CacheSettings settings, DataOutputStream out) throws IOException {
    out.writeLong(settings.staleIfError().toSeconds());
    out.writeLong(settings.staleWhileRevalidate().toSeconds());
    out.writeLong(settings.contentBytesMax());
    out.writeInt(settings.variantsMax());
  }

  private static CacheSettings settings(DataInputStream in) throws IOException {
    return new CacheSettings(
        Duration.ofSeconds(in.readLong()),
        Duration.ofSeconds(in.readLong()),
        in.readLong(),
        in.readInt());
  }

  private static void write(Ticket ticket, DataOutputStream out) throws IOException {
    out.writeLong(ticket.owner());
    out.writeLong(ticket.flight());
    out.writeLong(ticket.began().own());
    out.writeLong(ticket.began().purge());
  }

  private static Ticket ticket(DataInputStream in) throws IOException {
    return new Ticket(in.readLong(), in.readLong(), new Generation(in.readLong(), in.readLong()));
  }

  private void write(long exchange, ActorRef<?> replyTo, DataOutputStream out) throws IOException {
    out.writeLong(exchange);
    out.writeUTF(references.toSerializationFormat(replyTo));
  }

  private ActorRef<Representation.Reply> reference(DataInputStream in) throws IOException {
    return references.resolveActorRef(in.readUTF());
  }

  private static void write(Representation.Failure failure, DataOutputStream out)
      throws IOException {
    out.writeUTF(failure.type().name());
    StoredResponseCodec.write(failure.detail().getBytes(StandardCharsets.UTF_8), out);
    StoredResponseCodec.write(new Fields(failure.fields()), out);
  }

  private static Representation.Failure failure(DataInputStream in) throws IOException {
    var type = ProblemType.valueOf(in.readUTF());
    var detail = new String(bytes(in), StandardCharsets.UTF_8);
    return new Representation.Failure(type, detail, StoredResponseCodec.fields(in).lines());
  }

  // ---- reading ----

  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    var in = new DataInputStream(new ByteArrayInputStream(bytes));
    try {
      return read(manifest, in);
    } catch (NotSerializableException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new NotSerializableException(manifest + " cannot be read: " + e.getMessage());
    }
  }

  private Object read(String manifest, DataInputStream in) throws IOException {
    return switch (manifest) {
      case ASK -> ask(in);
      case STORE -> store(in);
      case CONFIRM -> confirm(in);
      case OUTDATE -> outdate(in);
      case UNSHARE -> unshare(in);
      case FAIL -> fail(in);
      case RELEASE -> release(in);
      case INVALIDATE -> new Representation.Invalidate(target(in), in.readLong(), reference(in));
      case RETURNED -> new Representation.Returned(target(in), in.readLong(), reference(in));
      case FOUND -> found(in);
      case GO -> go(in);
      case QUEUED ->
          new Representation.Queued(in.readLong(), in.available() > 0 && in.readBoolean());
      case NOTHING_STORED -> new Representation.NothingStored(in.readLong());
      case NOT_FETCHED -> new Representation.NotFetched(in.readLong(), failure(in));
      case INVALIDATED -> new Representation.Invalidated(in.readLong());
      case NOT_NOW -> new Representation.NotNow(in.readLong(), Standing.values()[in.readByte()]);
      case DROP ->
          new Representation.Drop(
              target(in),
              in.readBoolean(),
              in.readLong(),
              references.resolveActorRef(in.readUTF()));
      default ->
          throw new NotSerializableException(
              "Another version's message of representations: " + manifest);
    };
  }

  private Representation.Ask ask(DataInputStream in) throws IOException {
    var target = target(in);
    var request = request(target, in);
    int size = in.readInt();
    var known = new ArrayList<Long>();
    for (int i = 0; i < size; i++) {
      known.add(in.readLong());
    }
    return new Representation.Ask(
        target,
        request,
        List.copyOf(known),
        in.readLong(),
        in.readLong(),
        reference(in),
        Span.elsewhere(TraceParent.parse(added(in)).orElse(TraceParent.NONE)));
  }

  private Representation.Store store(DataInputStream in) throws IOException {
    var target = target(in);
    return new Representation.Store(
        target,
        request(target, in),
        settings(in),
        ticket(in),
        StoredResponseCodec.read(in),
        bytes(in),
        in.readLong(),
        reference(in));
  }

  private Representation.Confirm confirm(DataInputStream in) throws IOException {
    var target = target(in);
    return new Representation.Confirm(
        target,
        request(target, in),
        settings(in),
        ticket(in),
        StoredResponseCodec.read(in),
        StoredResponseCodec.list(in),
        StoredResponseCodec.list(in),
        in.readLong(),
        reference(in));
  }

  private static Representation.Outdate outdate(DataInputStream in) throws IOException {
    var target = target(in);
    return new Representation.Outdate(
        target, request(target, in), ticket(in), StoredResponseCodec.list(in));
  }

  private static Representation.Unshare unshare(DataInputStream in) throws IOException {
    var target = target(in);
    return new Representation.Unshare(target, request(target, in), ticket(in));
  }

  private static Representation.Fail fail(DataInputStream in) throws IOException {
    var target = target(in);
    return new Representation.Fail(
        target,
        request(target, in),
        ticket(in),
        in.readLong(),
        in.readBoolean() ? Optional.of(failure(in)) : Optional.empty());
  }

  private static Representation.Release release(DataInputStream in) throws IOException {
    var target = target(in);
    return new Representation.Release(target, request(target, in), ticket(in));
  }

  private static Representation.Found found(DataInputStream in) throws IOException {
    return new Representation.Found(
        in.readLong(),
        StoredResponseCodec.read(in),
        bytes(in),
        in.readBoolean(),
        StoredUse.values()[in.readByte()],
        Standing.values()[in.readByte()],
        in.readBoolean(),
        in.readLong(),
        in.readBoolean() ? Optional.of(ticket(in)) : Optional.empty(),
        added(in));
  }

  /** What a message gained: nothing, if an older node wrote it. */
  private static String added(DataInputStream in) throws IOException {
    return in.available() > 0 ? in.readUTF() : "";
  }

  private static Representation.Go go(DataInputStream in) throws IOException {
    long exchange = in.readLong();
    var ticket = ticket(in);
    var stored = StoredResponseCodec.list(in);
    int size = in.readInt();
    var contents = new ArrayList<Representation.Content>();
    for (int i = 0; i < size; i++) {
      contents.add(new Representation.Content(in.readLong(), bytes(in)));
    }
    return new Representation.Go(exchange, ticket, stored, contents, added(in));
  }
}
