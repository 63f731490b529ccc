package io.holdfast.edge;

import io.holdfast.operation.Operation;
import io.holdfast.route.OperationPath;
import io.holdfast.route.PageQuery;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which operations a query asks for ({@code ?state=failed&route=orders&limit=100&after=ID}). Pure.
 */
sealed interface OperationQuery {
  Set<String> PARAMETERS = Set.of("state", "route", "limit", "after");

  /**
   * @param state, route of all that are in the list; empty: whichever
   * @param limit 1 to 1000
   * @param after an operation: those that come behind it; empty for the beginning
   */
  record Page(
      Optional<Operation.State> state, Optional<String> route, int limit, Optional<String> after)
      implements OperationQuery {

    /** The query of the page behind this one. */
    String next(String last) {
      return state.map(it -> "state=" + it.word() + "&").orElse("")
          + route
              .map(it -> "route=" + URLEncoder.encode(it, StandardCharsets.UTF_8) + "&")
              .orElse("")
          + "limit=%d&after=%s".formatted(limit, last);
    }
  }

  /** No page can be meant by it. */
  record Malformed(String reason) implements OperationQuery {}

  /**
   * Parameters that are not known are ignored; an empty state, or route, is none.
   *
   * @param query as it was sent, without the question mark
   */
  static OperationQuery parse(String query) {
    var values = new HashMap<String, String>();
    for (var part : query.split("&")) {
      int equals = part.indexOf('=');
      var name = equals < 0 ? part : part.substring(0, equals);
      var value = decoded(equals < 0 ? "" : part.substring(equals + 1));
      if (PARAMETERS.contains(name)) {
        if (value.isEmpty()) {
          return new Malformed("The parameter " + name + " is not well encoded");
        }
        if (values.put(name, value.get()) != null) {
          return new Malformed("The parameter " + name + " is given twice");
        }
      }
    }
    values.remove("state", "");
    values.remove("route", "");
    return page(values);
  }

  private static OperationQuery page(Map<String, String> values) {
    var limit =
        values.containsKey("limit")
            ? PageQuery.limit(values.get("limit"))
            : Optional.of(PageQuery.LIMIT_DEFAULT);
    if (limit.isEmpty()) {
      return new Malformed("limit is a number from 1 to " + PageQuery.LIMIT_MAX);
    }
    var state = Optional.ofNullable(values.get("state"));
    if (state.isPresent() && state.flatMap(Operation.State::of).isEmpty()) {
      return new Malformed("state is one of " + Operation.State.words());
    }
    var after = Optional.ofNullable(values.get("after"));
    if (after.isPresent() && !OperationPath.Id.isOne(after.get())) {
      return new Malformed("after is the id of an operation");
    }
    return new Page(
        state.flatMap(Operation.State::of),
        Optional.ofNullable(values.get("route")),
        limit.get(),
        after);
  }

  /** Empty if it is malformed. No text in the database has a character U+0000. */
  private static Optional<String> decoded(String value) {
    try {
      return Optional.of(URLDecoder.decode(value, StandardCharsets.UTF_8))
          .filter(it -> it.indexOf('\0') < 0);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
