package io.holdfast.resource;

import io.holdfast.caching.Purge;
import io.holdfast.caching.Purge.Scope;
import io.holdfast.caching.TargetUri;
import io.holdfast.database.Purges;

/**
 * Purges as rows. A row of a kind that this build does not know, made by a later one, reaches
 * everything: too much is fetched again rather than too little.
 */
final class PurgeRow {
  private static final String ROUTE = "route";
  private static final String TARGET = "target";
  private static final String PREFIX = "prefix";
  private static final String GROUP = "group";

  /** All that is stored. */
  static final Scope EVERYTHING = new Purge.Prefix(new TargetUri("", TargetUri.ANY_HOST, "/"));

  /** What has no room in a row is left out, so that the purge reaches more, and never less. */
  static final int HOST_MAX = 255;

  static final int NAMED_MAX = 8192;

  private PurgeRow() {}

  static Purges.Row of(Scope scope, boolean soft) {
    if (scope instanceof Purge.Route route) {
      return new Purges.Row(ROUTE, "", TargetUri.ANY_HOST, route.name(), soft);
    } else if (scope instanceof Purge.Target target) {
      boolean fits = target.target().pathAndQuery().length() <= NAMED_MAX;
      return row(fits ? TARGET : PREFIX, target.target(), target.target().pathAndQuery(), soft);
    } else if (scope instanceof Purge.Prefix prefix) {
      return row(PREFIX, prefix.prefix(), prefix.prefix().pathAndQuery(), soft);
    }
    var group = (Purge.Group) scope;
    return row(GROUP, group.origin(), group.name(), soft);
  }

  private static Purges.Row row(String kind, TargetUri of, String named, boolean soft) {
    boolean any = of.host().equals(TargetUri.ANY_HOST) || of.host().length() > HOST_MAX;
    return new Purges.Row(
        kind,
        any ? "" : of.scheme(),
        any ? TargetUri.ANY_HOST : of.host(),
        named.substring(0, Math.min(named.length(), NAMED_MAX)),
        soft);
  }

  static Purge purge(Purges.Numbered numbered) {
    var row = numbered.row();
    var scope =
        switch (row.kind()) {
          case ROUTE -> new Purge.Route(row.named());
          case TARGET -> new Purge.Target(target(row, row.named()));
          case PREFIX -> new Purge.Prefix(target(row, row.named()));
          case GROUP -> new Purge.Group(row.named(), target(row, "/"));
          default -> EVERYTHING;
        };
    return new Purge(numbered.number(), scope, scope != EVERYTHING && row.soft());
  }

  private static TargetUri target(Purges.Row row, String pathAndQuery) {
    return new TargetUri(row.scheme(), row.host(), pathAndQuery);
  }
}
