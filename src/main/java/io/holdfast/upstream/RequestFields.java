package io.holdfast.upstream;

import io.holdfast.http.FieldLine;
import java.util.ArrayList;
import java.util.List;
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
      } else if (line.is("Max-Forwards")) {
        sent.add(oneFewer(line));
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

  /** Whether nobody behind us is to see the request (RFC 9110, section 7.6.2). */
  public static boolean endsHere(List<FieldLine> fields) {
    return fields.stream().anyMatch(it -> it.is("Max-Forwards") && it.value().equals("0"));
  }

  private static FieldLine oneFewer(FieldLine maxForwards) {
    return maxForwards.value().matches("[1-9][0-9]{0,8}")
        ? new FieldLine(
            maxForwards.name(), Integer.toString(Integer.parseInt(maxForwards.value()) - 1))
        : maxForwards;
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
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      boolean plain = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
      if (!plain && c != '.' && c != '-' && c != '_' && c != '~') {
        return "\"" + host.replace("\"", "") + "\"";
      }
    }
    return host;
  }

  /** Two digits of version, thirty-two of the trace, sixteen of the parent, two of flags. */
  private static boolean isTraceparent(String value) {
    return value.length() >= 55
        && isHex(value, 0, 2)
        && !value.startsWith("ff")
        && isHex(value, 3, 35)
        && isHex(value, 36, 52)
        && isHex(value, 53, 55)
        && value.charAt(2) == '-'
        && value.charAt(35) == '-'
        && value.charAt(52) == '-'
        && !isZero(value, 3, 35)
        && !isZero(value, 36, 52);
  }

  private static boolean isHex(String value, int from, int to) {
    for (int i = from; i < to; i++) {
      char c = value.charAt(i);
      if (!(c >= '0' && c <= '9' || c >= 'a' && c <= 'f')) {
        return false;
      }
    }
    return true;
  }

  private static boolean isZero(String value, int from, int to) {
    for (int i = from; i < to; i++) {
      if (value.charAt(i) != '0') {
        return false;
      }
    }
    return true;
  }

  private static String newTraceparent() {
    var random = ThreadLocalRandom.current();
    var text = new StringBuilder(55).append("00-");
    hex(text, random.nextLong());
    hex(text, random.nextLong() | 1);
    text.append('-');
    hex(text, random.nextLong() | 1);
    return text.append("-00").toString();
  }

  private static void hex(StringBuilder text, long value) {
    for (int shift = 60; shift >= 0; shift -= 4) {
      text.append(Character.forDigit((int) (value >>> shift) & 0xf, 16));
    }
  }
}
