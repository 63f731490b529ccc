package io.holdfast.upstream;

import io.holdfast.http.FieldLine;
import java.util.ArrayList;
import java.util.List;

/**
 * The fields of a request as an instance gets them (RFC 9110, section 7.6; RFC 7239), but for
 * {@code traceparent}, which each attempt has of its own. Pure.
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
        sent.add(line);
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
    return line.is("Host")
        || line.is("Content-Length")
        || line.is("Expect")
        || line.is(ForwardRequest.TRACEPARENT);
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
}
