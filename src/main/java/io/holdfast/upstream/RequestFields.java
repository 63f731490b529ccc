package io.holdfast.upstream;

import io.holdfast.http.FieldLine;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The fields of a request as an instance gets them (RFC 9110, section 7.6; RFC 7239; W3C Trace
 * Context). Pure, but for the trace's identifiers.
 */
public final class RequestFields {
  private RequestFields() {}

  /**
   * Whether the request has come through here before.
   *
   * @param proxyName by which it would say so in {@code Via}
   */
  public static boolean hasPassed(List<FieldLine> fields, String proxyName) {
    for (var line : fields) {
      if (line.is("Via")) {
        for (var member : line.value().split(",")) {
          var parts = member.strip().split("[ \t]+");
          if (parts.length > 1 && parts[1].equalsIgnoreCase(proxyName)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  /**
   * What is for the next hop: without what is for one connection only, and with what tells where
   * the request comes from.
   *
   * @param client the address of the socket it came by
   * @param host as the client asked for it
   * @param trusted what the client says about its own clients is kept
   * @param minorVersion of the client's HTTP/1
   */
  public static List<FieldLine> rewrite(
      List<FieldLine> fields,
      String client,
      String host,
      boolean trusted,
      int minorVersion,
      String proxyName) {
    var sent = new ArrayList<FieldLine>(fields.size() + 6);
    var hopByHop = HopByHop.of(fields);
    var forwarded = new StringBuilder();
    var forwardedFor = new StringBuilder();
    var via = new StringBuilder();
    boolean proto = false;
    boolean hosted = false;
    boolean traced = false;
    for (var line : fields) {
      if (line.is("Via")) {
        join(via, line.value());
      } else if (line.is("Forwarded")) {
        join(forwarded, trusted ? line.value() : "");
      } else if (line.is("X-Forwarded-For")) {
        join(forwardedFor, trusted ? line.value() : "");
      } else if (line.is("X-Forwarded-Proto") || line.is("X-Forwarded-Host")) {
        if (trusted) {
          proto |= line.is("X-Forwarded-Proto");
          hosted |= line.is("X-Forwarded-Host");
          sent.add(line);
        }
      } else if (!isOurs(line) && !hopByHop.has(line.name())) {
        traced |= line.is("traceparent") && isTraceparent(line.value());
        if (!line.is("traceparent") || isTraceparent(line.value())) {
          sent.add(line);
        }
      }
    }
    join(
        forwarded,
        "for=" + node(client) + (host.isEmpty() ? "" : ";host=" + quoted(host)) + ";proto=http");
    join(forwardedFor, client);
    join(via, "1." + minorVersion + " " + proxyName);
    sent.add(new FieldLine("Forwarded", forwarded.toString()));
    sent.add(new FieldLine("X-Forwarded-For", forwardedFor.toString()));
    if (!proto) {
      sent.add(new FieldLine("X-Forwarded-Proto", "http"));
    }
    if (!hosted && !host.isEmpty()) {
      sent.add(new FieldLine("X-Forwarded-Host", host));
    }
    sent.add(new FieldLine("Via", via.toString()));
    if (!traced) {
      sent.add(new FieldLine("traceparent", newTraceparent()));
    }
    return sent;
  }

  /** What the head for each instance says by itself. */
  private static boolean isOurs(FieldLine line) {
    return line.is("Host") || line.is("Content-Length") || line.is("Expect");
  }

  private static void join(StringBuilder list, String value) {
    if (!value.isEmpty()) {
      list.append(list.length() == 0 ? "" : ", ").append(value);
    }
  }

  /** RFC 7239, section 6: an IPv6 address is in brackets, and so in quotes. */
  private static String node(String address) {
    return address.contains(":") ? "\"[" + address + "]\"" : address;
  }

  private static String quoted(String host) {
    return host.matches("[A-Za-z0-9._~-]+") ? host : "\"" + host.replace("\"", "") + "\"";
  }

  private static boolean isTraceparent(String value) {
    return value.matches(
        "(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}.*");
  }

  private static String newTraceparent() {
    var random = ThreadLocalRandom.current();
    return "00-%016x%016x-%016x-00"
        .formatted(random.nextLong(), random.nextLong() | 1, random.nextLong() | 1)
        .toLowerCase(Locale.ROOT);
  }
}
