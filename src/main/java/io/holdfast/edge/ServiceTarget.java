package io.holdfast.edge;

import io.holdfast.http.FieldLine;
import io.holdfast.http.RequestTarget;
import io.holdfast.route.Route;
import io.holdfast.upstream.Upstream;
import java.util.List;

/** What a service sees of a request's target, and what its instance is chosen by. Pure. */
final class ServiceTarget {
  private ServiceTarget() {}

  /**
   * In origin form, without the route's path where the route says so.
   *
   * @param sent by the client
   */
  static String of(Route route, String sent) {
    var target = RequestTarget.parse(sent);
    if (target.path().equals("*")) {
      return "*";
    }
    var prefix = route.path().equals("/") ? "" : route.path();
    var path = route.stripPrefix() ? target.path().substring(prefix.length()) : target.path();
    var whole = path.isEmpty() ? "/" : path;
    return sent.indexOf('?') >= 0 ? whole + "?" + target.query() : whole;
  }

  /**
   * What is hashed, where the service's instances are chosen by hash.
   *
   * @param client its address
   */
  static String hashKey(Upstream upstream, String sent, List<FieldLine> fields, String client) {
    var on = upstream.settings().balance().on();
    if (on.equals("path")) {
      return RequestTarget.parse(sent).path();
    }
    if (on.equals("client")) {
      return client;
    }
    var name = on.substring(on.indexOf(':') + 1);
    for (var line : fields) {
      if (line.is(name)) {
        return line.value();
      }
    }
    return "";
  }
}
