package io.holdfast.tools.bench;

import java.nio.charset.StandardCharsets;
import java.util.Random;

/** The bytes of the requests: reads and writes of documents of 300 bytes. */
final class Requests {
  private static final int CONTENT_BYTES = 300;
  private static final String START = "{\"value\":\"";
  private static final String END = "\"}";

  private final int documents;
  private final Random random = new Random(1);
  private long made;

  Requests(int documents) {
    this.documents = documents;
  }

  /** A read of any document. */
  byte[] get() {
    return bytes("GET /docs/b" + random.nextInt(documents) + " HTTP/1.1\r\nHost: h\r\n\r\n");
  }

  /** A read of always the same document. */
  byte[] getOne() {
    return bytes("GET /docs/b0 HTTP/1.1\r\nHost: h\r\n\r\n");
  }

  /** A write of that document. */
  byte[] putOne() {
    return put(0);
  }

  /** A write of any document, different from all before. */
  byte[] put() {
    return put(random.nextInt(documents));
  }

  /** A write of each document in turn. */
  byte[] fill() {
    return put((int) (made % documents));
  }

  /** A read of one that the nodes know by this id. */
  static byte[] get(String id) {
    return bytes("GET /docs/" + id + " HTTP/1.1\r\nHost: h\r\n\r\n");
  }

  /** A page of the listing. */
  static byte[] page(String after, int limit) {
    return bytes("GET /docs?limit=" + limit + "&after=" + after + " HTTP/1.1\r\nHost: h\r\n\r\n");
  }

  private byte[] put(int document) {
    return put("b" + document, Long.toString(++made));
  }

  private static byte[] put(String id, String unique) {
    int padding = CONTENT_BYTES - START.length() - unique.length() - END.length();
    return bytes(
        "PUT /docs/"
            + id
            + " HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: "
            + CONTENT_BYTES
            + "\r\n\r\n"
            + START
            + unique
            + "x".repeat(padding)
            + END);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
