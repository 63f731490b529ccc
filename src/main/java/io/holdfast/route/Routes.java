package io.holdfast.route;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Which route takes a path: the longest prefix on segment borders. Pure. */
public record Routes(List<Route> routes) {
  public Routes {
    routes =
        routes.stream()
            .sorted(Comparator.comparingInt((Route route) -> route.path().length()).reversed())
            .toList();
  }

  /**
   * @param remainder what is left of the path behind the route's prefix: empty or beginning with
   *     {@code /}
   */
  public record Match(Route route, String remainder) {}

  /** Of all of them; zero if there is none. */
  public Duration longestDeadline() {
    return routes.stream()
        .map(Route::deadline)
        .max(Comparator.naturalOrder())
        .orElse(Duration.ZERO);
  }

  /** The names of those whose stored responses are kept in the database. */
  public Set<String> warm() {
    return routes.stream()
        .filter(it -> it.caching().on() && it.caching().warm())
        .map(Route::name)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The route for a path as it was sent, not decoded. */
  public Optional<Match> match(String path) {
    for (var route : routes) {
      var prefix = route.path().equals("/") ? "" : route.path();
      if (path.startsWith(prefix)
          && (path.length() == prefix.length() || path.charAt(prefix.length()) == '/')) {
        return Optional.of(new Match(route, path.substring(prefix.length())));
      }
    }
    return Optional.empty();
  }
}
