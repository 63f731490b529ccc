package io.holdfast.route;

import java.util.regex.Pattern;

/** What a path at or below {@code /operations} names; no route takes those. Pure. */
public sealed interface OperationPath {
  String ROOT = "/operations";

  /** As routes' names stand in access lines and meters. */
  String ROUTE_NAME = "operations";

  /** All operations. */
  record All() implements OperationPath {}

  /** One operation. */
  record One(String id) implements OperationPath {}

  /** The last answer of whoever carried it out. */
  record Result(String id) implements OperationPath {}

  /** Asking for it anew. */
  record Retry(String id) implements OperationPath {}

  /** No operation can have that name. */
  record Nothing() implements OperationPath {}

  /** Whether operations take the path, as it was sent. */
  static boolean takes(String path) {
    return path.startsWith(ROOT)
        && (path.length() == ROOT.length() || path.charAt(ROOT.length()) == '/');
  }

  /**
   * @param path that operations take
   */
  static OperationPath parse(String path) {
    var segments = path.substring(ROOT.length()).split("/", -1);
    if (segments.length == 1) {
      return new All();
    }
    if (!Id.isOne(segments[1]) || segments.length > 3) {
      return new Nothing();
    }
    if (segments.length == 2) {
      return new One(segments[1]);
    }
    return switch (segments[2]) {
      case "result" -> new Result(segments[1]);
      case "retry" -> new Retry(segments[1]);
      default -> new Nothing();
    };
  }

  /** The syntax of an operation's id. */
  final class Id {
    private static final Pattern SYNTAX = Pattern.compile("[0-9a-v]{26}");

    private Id() {}

    public static boolean isOne(String text) {
      return SYNTAX.matcher(text).matches();
    }
  }
}
