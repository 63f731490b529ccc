package io.holdfast.resource;

import io.holdfast.caching.Policy;
import io.holdfast.caching.StoredResponse;
import io.holdfast.caching.VaryKey;
import io.holdfast.http.ByteRange;
import io.holdfast.http.ContentRange;
import io.holdfast.http.FieldLine;
import io.holdfast.http.Fields;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Stored responses as bytes, without their content. Parts stand in the order of the record's
 * components; field values have one byte for each character, as they came.
 */
final class StoredResponseCodec {
  private StoredResponseCodec() {}

  static void write(StoredResponse response, DataOutputStream out) throws IOException {
    out.writeShort(response.status());
    write(response.fields(), out);
    write(response.requestTime(), out);
    write(response.responseTime(), out);
    write(response.vary(), out);
    out.writeLong(response.contentLength());
    write(response.part(), out);
    write(response.policy(), out);
    out.writeLong(response.contentId());
  }

  static StoredResponse read(DataInputStream in) throws IOException {
    return new StoredResponse(
        in.readShort(),
        fields(in),
        instant(in),
        instant(in),
        vary(in),
        in.readLong(),
        part(in),
        policy(in),
        in.readLong());
  }

  static void write(List<StoredResponse> responses, DataOutputStream out) throws IOException {
    out.writeInt(responses.size());
    for (var response : responses) {
      write(response, out);
    }
  }

  static List<StoredResponse> list(DataInputStream in) throws IOException {
    int size = in.readInt();
    var responses = new ArrayList<StoredResponse>();
    for (int i = 0; i < size; i++) {
      responses.add(read(in));
    }
    return responses;
  }

  static void write(Fields fields, DataOutputStream out) throws IOException {
    out.writeInt(fields.lines().size());
    for (var line : fields.lines()) {
      write(line.name(), out);
      write(line.value(), out);
    }
  }

  static Fields fields(DataInputStream in) throws IOException {
    int size = in.readInt();
    var lines = new ArrayList<FieldLine>();
    for (int i = 0; i < size; i++) {
      lines.add(new FieldLine(text(in), text(in)));
    }
    return new Fields(lines);
  }

  private static void write(Instant instant, DataOutputStream out) throws IOException {
    out.writeLong(instant.getEpochSecond());
    out.writeInt(instant.getNano());
  }

  private static Instant instant(DataInputStream in) throws IOException {
    return Instant.ofEpochSecond(in.readLong(), in.readInt());
  }

  private static void write(VaryKey vary, DataOutputStream out) throws IOException {
    out.writeInt(vary.fields().size());
    for (var field : vary.fields()) {
      write(field.name(), out);
      out.writeBoolean(field.value().isPresent());
      write(field.value().orElse(""), out);
    }
  }

  private static VaryKey vary(DataInputStream in) throws IOException {
    int size = in.readInt();
    var fields = new ArrayList<VaryKey.Selecting>();
    for (int i = 0; i < size; i++) {
      var name = text(in);
      boolean had = in.readBoolean();
      var value = text(in);
      fields.add(new VaryKey.Selecting(name, had ? Optional.of(value) : Optional.empty()));
    }
    return size == 0 ? VaryKey.NONE : new VaryKey(List.copyOf(fields));
  }

  private static void write(Optional<ContentRange> part, DataOutputStream out) throws IOException {
    out.writeBoolean(part.isPresent());
    if (part.isPresent()) {
      out.writeLong(part.get().range().first());
      out.writeLong(part.get().range().last());
      out.writeLong(part.get().complete().orElse(-1));
    }
  }

  private static Optional<ContentRange> part(DataInputStream in) throws IOException {
    if (!in.readBoolean()) {
      return Optional.empty();
    }
    var range = new ByteRange(in.readLong(), in.readLong());
    long complete = in.readLong();
    return Optional.of(
        new ContentRange(range, complete < 0 ? OptionalLong.empty() : OptionalLong.of(complete)));
  }

  private static void write(Policy policy, DataOutputStream out) throws IOException {
    out.writeByte(policy.source().ordinal());
    out.writeLong(policy.lifetimeSeconds());
    out.writeLong(policy.initialAgeMillis());
    out.writeBoolean(policy.validatesAlways());
    out.writeBoolean(policy.forbidsStale());
    out.writeBoolean(policy.immutable());
    out.writeLong(policy.staleWhileRevalidateSeconds());
    out.writeLong(policy.staleIfErrorSeconds());
  }

  private static Policy policy(DataInputStream in) throws IOException {
    return new Policy(
        Policy.Source.values()[in.readByte()],
        in.readLong(),
        in.readLong(),
        in.readBoolean(),
        in.readBoolean(),
        in.readBoolean(),
        in.readLong(),
        in.readLong());
  }

  /** One byte for each character. */
  static void write(String text, DataOutputStream out) throws IOException {
    write(text.getBytes(StandardCharsets.ISO_8859_1), out);
  }

  static String text(DataInputStream in) throws IOException {
    return new String(bytes(in), StandardCharsets.ISO_8859_1);
  }

  static void write(byte[] bytes, DataOutputStream out) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  static byte[] bytes(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length > in.available()) {
      throw new IOException(length + " bytes, of which " + in.available() + " are there");
    }
    return in.readNBytes(length);
  }
}
