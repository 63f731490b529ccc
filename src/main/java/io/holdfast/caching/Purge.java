package io.holdfast.caching;

import java.util.Set;

/**
 * That stored responses are no longer to be used, by an operator or by an answer.
 *
 * @param number one greater than that of the purge before, in the whole cluster
 * @param scope what it reaches
 * @param soft they become stale; else they are removed
 */
public record Purge(long number, Scope scope, boolean soft) {

  /** What a purge reaches. */
  public sealed interface Scope {
    /**
     * @param route whose target it is
     * @param groups that the stored response is in
     */
    boolean reaches(String route, TargetUri target, Set<String> groups);
  }

  /** All of a route. */
  public record Route(String name) implements Scope {
    @Override
    public boolean reaches(String route, TargetUri target, Set<String> groups) {
      return route.equals(name);
    }
  }

  /** One target: on that host, or on any if there is none ({@link TargetUri#ANY_HOST}). */
  public record Target(TargetUri target) implements Scope {
    @Override
    public boolean reaches(String route, TargetUri other, Set<String> groups) {
      return isOnHost(target, other) && target.pathAndQuery().equals(other.pathAndQuery());
    }
  }

  /** All whose path and query begin so: on that host, or on any. */
  public record Prefix(TargetUri prefix) implements Scope {
    @Override
    public boolean reaches(String route, TargetUri other, Set<String> groups) {
      return isOnHost(prefix, other) && other.pathAndQuery().startsWith(prefix.pathAndQuery());
    }
  }

  /**
   * All of a group.
   *
   * @param origin of whose host they are: groups of two origins have nothing to do with each other;
   *     any, if the host is {@link TargetUri#ANY_HOST}
   */
  public record Group(String name, TargetUri origin) implements Scope {
    @Override
    public boolean reaches(String route, TargetUri other, Set<String> groups) {
      return groups.contains(name) && isOnHost(origin, other);
    }
  }

  private static boolean isOnHost(TargetUri named, TargetUri other) {
    return named.host().equals(TargetUri.ANY_HOST)
        || other.host().equals(TargetUri.ANY_HOST)
        || named.scheme().equals(other.scheme()) && named.host().equalsIgnoreCase(other.host());
  }
}
