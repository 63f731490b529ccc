package io.holdfast.resource;

import static io.holdfast.resource.StoredResponseCodec.bytes;
import static io.holdfast.resource.StoredResponseCodec.text;

import io.holdfast.caching.CacheKey;
import io.holdfast.caching.StoredResponse;
import io.holdfast.caching.TargetUri;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A {@link WarmEntry} as the bytes of a row: a byte for the version, the target, the number of the
 * last purge, then keys with their responses, and contents. A row of another version is none.
 */
final class WarmCodec {
  private static final int VERSION = 1;

  private WarmCodec() {}

  static byte[] encode(WarmEntry entry) {
    var bytes = new ByteArrayOutputStream((int) Math.min(1 << 24, entry.bytes()));
    try {
      var out = new DataOutputStream(bytes);
      out.writeByte(VERSION);
      write(entry.target(), out);
      out.writeLong(entry.purge());
      out.writeInt(entry.stored().size());
      for (var stored : entry.stored().entrySet()) {
        StoredResponseCodec.write(stored.getKey().method(), out);
        StoredResponseCodec.write(stored.getKey().content(), out);
        StoredResponseCodec.write(stored.getValue(), out);
      }
      out.writeInt(entry.contents().size());
      for (var content : entry.contents().entrySet()) {
        out.writeLong(content.getKey());
        StoredResponseCodec.write(content.getValue(), out);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void write(StoredTarget target, DataOutputStream out) throws IOException {
    StoredResponseCodec.write(target.route(), out);
    StoredResponseCodec.write(target.uri().scheme(), out);
    StoredResponseCodec.write(target.uri().host(), out);
    StoredResponseCodec.write(target.uri().pathAndQuery(), out);
  }

  /** Nothing if it is of another version, or of another target, or makes no sense. */
  static Optional<WarmEntry> decode(StoredTarget target, byte[] row) {
    try (var in = new DataInputStream(new ByteArrayInputStream(row))) {
      if (in.readByte() != VERSION || !target(in).equals(target)) {
        return Optional.empty();
      }
      long purge = in.readLong();
      return Optional.of(new WarmEntry(target, purge, stored(target.uri(), in), contents(in)));
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }

  private static StoredTarget target(DataInputStream in) throws IOException {
    return new StoredTarget(text(in), new TargetUri(text(in), text(in), text(in)));
  }

  private static Map<CacheKey, List<StoredResponse>> stored(TargetUri target, DataInputStream in)
      throws IOException {
    var stored = new HashMap<CacheKey, List<StoredResponse>>();
    for (int left = in.readInt(); left > 0; left--) {
      stored.put(new CacheKey(text(in), target, text(in)), StoredResponseCodec.list(in));
    }
    return stored;
  }

  private static Map<Long, byte[]> contents(DataInputStream in) throws IOException {
    var contents = new HashMap<Long, byte[]>();
    for (int left = in.readInt(); left > 0; left--) {
      contents.put(in.readLong(), bytes(in));
    }
    return contents;
  }
}
