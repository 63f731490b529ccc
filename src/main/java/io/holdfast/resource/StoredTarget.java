package io.holdfast.resource;

import io.holdfast.caching.TargetUri;
import io.holdfast.http.Sha256;
import java.nio.charset.StandardCharsets;

/**
 * What stored responses have one owner for.
 *
 * @param route by its name: when a target becomes another route's, what the one has stored is no
 *     answer of the other
 */
public record StoredTarget(String route, TargetUri uri) {
  // Each request is looked up by one, and what a record has by itself is slow without inlining.

  @Override
  public boolean equals(Object other) {
    return other instanceof StoredTarget it && uri.equals(it.uri) && route.equals(it.route);
  }

  @Override
  public int hashCode() {
    return 31 * uri.hashCode() + route.hashCode();
  }

  /** Names the owner: of one length, whatever the target. */
  public String entityId() {
    var text = route + ' ' + uri;
    return Sha256.text(Sha256.begin().digest(text.getBytes(StandardCharsets.UTF_8)));
  }
}
