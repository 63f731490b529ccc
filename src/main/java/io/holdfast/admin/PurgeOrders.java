package io.holdfast.admin;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.caching.Purge;
import io.holdfast.caching.Purge.Scope;
import io.holdfast.caching.TargetUri;
import io.holdfast.http.ProblemType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what {@code POST /cache/purge} asks for: pure. */
final class PurgeOrders {
  /** Room for the longest target, each character written as an escape. */
  static final int CONTENT_MAX = 64 * 1024;

  /** Characters of a URL, a path or a prefix. */
  static final int TARGET_MAX = 8192;

  /** Longer names of groups are not kept with a stored response. */
  static final int GROUP_MAX = 256;

  private static final int HOST_MAX = 255;
  private static final int QUOTED_MAX = 100;
  private static final List<String> SCOPES = List.of("route", "url", "prefix", "group");
  private static final List<String> MEMBERS =
      List.of("route", "url", "prefix", "group", "origin", "soft", "dry-run");

  private static final String EXAMPLE =
      "Send one of {\"route\":\"NAME\"}, {\"url\":\"http://host/path\"}, {\"url\":\"/path\"} (on any"
          + " host), {\"prefix\":\"/path\"} and {\"group\":\"NAME\"} (\"origin\":\"http://host\""
          + " keeps it to one), beside them \"soft\":true and \"dry-run\":true where they are meant";

  private static final Pattern ABSOLUTE =
      Pattern.compile("(?i)(https?)://([^/?]*)(.*)", Pattern.DOTALL);

  /** A name, an address or {@code [v6]}, with a port: no user, and no asterisk. */
  private static final Pattern HOST =
      Pattern.compile("(\\[[0-9A-Fa-f:.]{2,45}]|[A-Za-z0-9._~%!$&'()+,;=-]{1,249})(:[0-9]{1,5})?");

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

  private PurgeOrders() {}

  /** What was asked for. */
  sealed interface Order {
    record Give(Scope scope, boolean soft, boolean dryRun) implements Order {}

    record Refused(ProblemType type, String detail) implements Order {}
  }

  /** What is wrong, on the way out of the reading. */
  private static final class Wrong extends Exception {
    private static final long serialVersionUID = 1L;

    Wrong(String detail) {
      super(detail);
    }
  }

  /**
   * @param routes the names of those that store responses
   */
  static Order parse(byte[] content, Set<String> routes) {
    try {
      return order(JSON.readTree(content), routes);
    } catch (IOException e) {
      return new Order.Refused(ProblemType.INVALID_JSON, "The content is not JSON. " + EXAMPLE);
    } catch (Wrong e) {
      return new Order.Refused(ProblemType.BAD_REQUEST, e.getMessage());
    }
  }

  private static Order order(JsonNode content, Set<String> routes) throws Wrong {
    if (!content.isObject()) {
      throw new Wrong("The content is no JSON object. " + EXAMPLE);
    }
    var names = new ArrayList<String>();
    content.fieldNames().forEachRemaining(names::add);
    for (var name : names) {
      if (!MEMBERS.contains(name)) {
        throw new Wrong(
            "There is no %s in an order to purge; there are %s".formatted(quoted(name), MEMBERS));
      }
    }
    names.retainAll(SCOPES);
    if (names.size() != 1) {
      throw new Wrong(
          (names.isEmpty() ? "Nothing says what to purge. " : names + " are too many at once. ")
              + EXAMPLE);
    }
    var kind = names.get(0);
    if (content.has("origin") && !kind.equals("group")) {
      throw new Wrong(
          "\"origin\" belongs to a group; give a %s its host in the URL".formatted(kind));
    }
    var scope = scope(kind, content, routes);
    return new Order.Give(scope, flag(content, "soft"), flag(content, "dry-run"));
  }

  private static Scope scope(String kind, JsonNode content, Set<String> routes) throws Wrong {
    var text = text(content, kind);
    return switch (kind) {
      case "route" -> route(text, routes);
      case "url" -> new Purge.Target(target(kind, text));
      case "prefix" -> new Purge.Prefix(target(kind, text));
      default -> new Purge.Group(group(text), origin(content));
    };
  }

  private static Scope route(String name, Set<String> routes) throws Wrong {
    if (!routes.contains(name)) {
      throw new Wrong(
          "There is no route %s that stores responses; there are %s"
              .formatted(quoted(name), routes));
    }
    return new Purge.Route(name);
  }

  private static String group(String name) throws Wrong {
    if (name.length() > GROUP_MAX || !name.chars().allMatch(c -> c >= 0x20 && c < 0x7f)) {
      throw new Wrong(
          "A group's name is up to %d printable characters of ASCII (RFC 9875)"
              .formatted(GROUP_MAX));
    }
    return name;
  }

  private static TargetUri target(String member, String text) throws Wrong {
    if (text.length() > TARGET_MAX) {
      throw new Wrong("\"%s\" is longer than %d characters".formatted(member, TARGET_MAX));
    }
    if (!text.chars().allMatch(c -> c > 0x20 && c < 0x7f) || text.indexOf('#') >= 0) {
      throw new Wrong(
          "\"%s\" is as in a request: no spaces and no fragment, and other characters than ASCII"
              .formatted(member)
              .concat(" percent-encoded"));
    }
    if (text.startsWith("/")) {
      return TargetUri.of("http", TargetUri.ANY_HOST, text);
    }
    var parts = absolute(member, text);
    return TargetUri.of(parts.group(1), parts.group(2), parts.group(3));
  }

  /** Scheme, host and the rest. */
  private static Matcher absolute(String member, String text) throws Wrong {
    var parts = ABSOLUTE.matcher(text);
    if (!parts.matches() || !isHost(parts.group(2))) {
      throw new Wrong(
          "\"%s\" begins with \"/\" for any host, or with \"http://host\" or \"https://host\" for one"
              .formatted(member));
    }
    return parts;
  }

  private static boolean isHost(String text) {
    return text.length() <= HOST_MAX && HOST.matcher(text).matches();
  }

  private static TargetUri origin(JsonNode content) throws Wrong {
    if (!content.has("origin")) {
      return TargetUri.of("http", TargetUri.ANY_HOST, "/");
    }
    var text = text(content, "origin");
    var parts =
        text.length() > TARGET_MAX
            ? Optional.<Matcher>empty()
            : Optional.of(absolute("origin", text));
    if (parts.filter(it -> it.group(3).isEmpty() || it.group(3).equals("/")).isEmpty()) {
      throw new Wrong("\"origin\" is \"http://host\" or \"https://host\", without a path");
    }
    return TargetUri.of(parts.get().group(1), parts.get().group(2), "/");
  }

  private static String text(JsonNode content, String member) throws Wrong {
    var value = content.get(member);
    if (!value.isTextual() || value.textValue().isEmpty()) {
      throw new Wrong("\"%s\" is a string, and not empty".formatted(member));
    }
    return value.textValue();
  }

  private static boolean flag(JsonNode content, String member) throws Wrong {
    var value = content.get(member);
    if (value != null && !value.isBoolean()) {
      throw new Wrong("\"%s\" is true or false".formatted(member));
    }
    return value != null && value.booleanValue();
  }

  /** What somebody sent, as it is told again. */
  private static String quoted(String text) {
    return '"' + (text.length() > QUOTED_MAX ? text.substring(0, QUOTED_MAX) + "..." : text) + '"';
  }
}
