package io.holdfast.testing;

import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/** Takes traces by OTLP over HTTP, on a free port of loopback, and shows the spans in them. */
public final class TraceReceiver implements AutoCloseable {
  private static final HexFormat HEX = HexFormat.of();

  private final List<Shown> spans = new CopyOnWriteArrayList<>();
  private final Origin origin = Origin.start(this::take);

  /**
   * A span.
   *
   * @param node of its process
   * @param parentId empty: it has none here
   * @param kind of OTLP: 1 within, 2 server, 3 client
   * @param links traces, each with a span in it, {@code trace/span}
   */
  public record Shown(
      String node,
      String traceId,
      String spanId,
      String parentId,
      String name,
      int kind,
      Map<String, String> facts,
      List<String> links,
      boolean failed,
      long nanos) {}

  public String url() {
    return origin.url() + "/v1/traces";
  }

  public List<Origin.Request> requests() {
    return origin.requests();
  }

  public List<Shown> spans() {
    return spans;
  }

  /** Of one trace. */
  public List<Shown> spans(String traceId) {
    return spans.stream().filter(it -> it.traceId().equals(traceId)).toList();
  }

  /** Waits for one. */
  public Shown find(Predicate<Shown> which) {
    return await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> spans.stream().filter(which).findFirst(), Optional::isPresent)
        .orElseThrow();
  }

  private void take(Origin.Request request, Origin.Exchange exchange) throws Exception {
    var whole = new Message(request.content().getBytes(StandardCharsets.ISO_8859_1));
    for (var ofResource : whole.messages(1)) {
      var node =
          ofResource.messages(1).stream()
              .map(it -> facts(it, 1).getOrDefault("service.instance.id", ""))
              .findFirst()
              .orElse("");
      for (var ofScope : ofResource.messages(2)) {
        ofScope.messages(2).forEach(span -> spans.add(shown(node, span)));
      }
    }
    exchange.text(200, "", "Content-Type: application/x-protobuf");
  }

  private static Shown shown(String node, Message span) {
    var links = span.messages(13).stream().map(it -> it.hex(1) + "/" + it.hex(2)).toList();
    boolean failed = span.messages(15).stream().anyMatch(it -> it.number(3) == 2);
    return new Shown(
        node,
        span.hex(1),
        span.hex(2),
        span.hex(4),
        span.text(5),
        (int) span.number(6),
        facts(span, 9),
        links,
        failed,
        span.number(8) - span.number(7));
  }

  private static Map<String, String> facts(Message of, int field) {
    var facts = new HashMap<String, String>();
    for (var pair : of.messages(field)) {
      var value = pair.messages(2).get(0);
      facts.put(pair.text(1), value.has(3) ? Long.toString(value.number(3)) : value.text(1));
    }
    return facts;
  }

  /** A message of Protocol Buffers: its fields by number, each a number or bytes. */
  private static final class Message {
    private final Map<Integer, List<Object>> fields = new HashMap<>();

    Message(byte[] bytes) {
      var in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      while (in.hasRemaining()) {
        int tag = (int) varint(in);
        fields.computeIfAbsent(tag >>> 3, it -> new ArrayList<>()).add(value(in, tag & 7));
      }
    }

    private static Object value(ByteBuffer in, int type) {
      return switch (type) {
        case 0 -> varint(in);
        case 1 -> in.getLong();
        case 2 -> {
          var bytes = new byte[(int) varint(in)];
          in.get(bytes);
          yield bytes;
        }
        case 5 -> (long) in.getInt();
        default -> throw new IllegalArgumentException("a field of type " + type);
      };
    }

    private static long varint(ByteBuffer in) {
      long value = 0;
      for (int shift = 0; ; shift += 7) {
        byte next = in.get();
        value |= (next & 0x7fL) << shift;
        if (next >= 0) {
          return value;
        }
      }
    }

    boolean has(int field) {
      return fields.containsKey(field);
    }

    private List<Object> all(int field) {
      return fields.getOrDefault(field, List.of());
    }

    private byte[] bytes(int field) {
      return all(field).isEmpty() ? new byte[0] : (byte[]) all(field).get(0);
    }

    List<Message> messages(int field) {
      return all(field).stream().map(it -> new Message((byte[]) it)).toList();
    }

    String text(int field) {
      return new String(bytes(field), StandardCharsets.UTF_8);
    }

    String hex(int field) {
      return HEX.formatHex(bytes(field));
    }

    long number(int field) {
      return all(field).isEmpty() ? 0 : (long) all(field).get(0);
    }
  }

  @Override
  public void close() {
    origin.close();
  }
}
