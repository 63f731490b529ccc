package io.holdfast.route;

import java.util.HashMap;
import java.util.Optional;

/** Which page of a collection a query asks for ({@code ?limit=100&after=ID}). Pure. */
public sealed interface PageQuery {
  int LIMIT_DEFAULT = 100;
  int LIMIT_MAX = 1000;

  /**
   * @param limit 1 to 1000
   * @param after an id, exclusive; empty for the beginning
   */
  record Page(int limit, String after) implements PageQuery {}

  /** No page can be meant by it. */
  record Malformed(String reason) implements PageQuery {}

  /**
   * Parameters that are not known are ignored.
   *
   * @param query as it was sent, without the question mark
   */
  static PageQuery parse(String query) {
    var values = new HashMap<String, String>();
    for (var part : query.split("&")) {
      int equals = part.indexOf('=');
      var name = equals < 0 ? part : part.substring(0, equals);
      var value = equals < 0 ? "" : part.substring(equals + 1);
      boolean known = name.equals("limit") || name.equals("after");
      if (known && values.put(name, value) != null) {
        return new Malformed("The parameter " + name + " is given twice");
      }
    }
    var limit =
        values.containsKey("limit") ? limit(values.get("limit")) : Optional.of(LIMIT_DEFAULT);
    if (limit.isEmpty()) {
      return new Malformed("limit is a number from 1 to " + LIMIT_MAX);
    }
    if (!values.containsKey("after")) {
      return new Page(limit.get(), "");
    }
    return DocumentId.parse("/" + values.get("after")) instanceof DocumentId.Document after
        ? new Page(limit.get(), after.id())
        : new Malformed("after is the id of a document");
  }

  /** A number of items, 1 to 1000; nothing if that is none. */
  static Optional<Integer> limit(String digits) {
    boolean isNumber =
        !digits.isEmpty()
            && digits.length() <= 4
            && digits.chars().allMatch(c -> c >= '0' && c <= '9');
    return Optional.of(digits)
        .filter(it -> isNumber)
        .map(Integer::parseInt)
        .filter(it -> it >= 1 && it <= LIMIT_MAX);
  }
}
