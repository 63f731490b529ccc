package io.holdfast;

import io.holdfast.admin.ResourceView;
import io.holdfast.caching.Purge;
import io.holdfast.caching.TargetUri;
import io.holdfast.database.History;
import io.holdfast.database.Slots;
import io.holdfast.resource.Document;
import io.holdfast.resource.StoredTarget;
import io.holdfast.resource.StoredTargets;
import io.holdfast.route.Route;
import io.holdfast.route.Routes;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.apache.pekko.persistence.typed.PersistenceId;

/**
 * Single resources, as this node knows them.
 *
 * @param documents of this node, once it is a member
 * @param owns whether a slot is this node's
 */
record Resources(
    Supplier<Routes> routes,
    Slots slots,
    Supplier<Optional<DocumentSurroundings>> documents,
    IntPredicate owns,
    StoredTargets targets,
    History history,
    InstantSource clock)
    implements ResourceView {
  private static final int PATH_MAX = 8 * 1024;
  private static final int EVENTS_MAX = 10;
  private static final int STORED_MAX = 50;
  private static final Pattern URL = Pattern.compile("(https?)://([A-Za-z0-9._:\\[\\]-]+)(/.*)");
  private static final Pattern NO_ESCAPE = Pattern.compile("%(?![0-9A-Fa-f]{2})");
  private static final Pattern ID = Pattern.compile("(?!\\.{1,2}$)[A-Za-z0-9._~-]{1,128}");

  @Override
  public Named named(String path) {
    var target = target(path);
    if (target.isEmpty()) {
      return new Malformed(
          ("path is that of a request, as in /docs/a, or a URL of http; up to %d characters, those"
                  + " beyond ASCII percent-encoded")
              .formatted(PATH_MAX));
    }
    var found = match(target.get());
    if (found.isEmpty()) {
      return new Nothing("No route takes it");
    }
    var route = found.get().route();
    if (route.isForwarded()) {
      return new OfService(route.name());
    }
    var id = found.get().remainder();
    if (id.isEmpty() || id.equals("/")) {
      return new Nothing("It is a collection; its documents are resources");
    }
    return ID.matcher(id.substring(1)).matches()
        ? document(route, id.substring(1))
        : new Malformed("An id is 1 to 128 letters, digits, -, ., _ and ~");
  }

  private OfDocument document(Route route, String id) {
    int shard = slots.shardOf(route.collection() + "/" + id);
    return new OfDocument(route.name(), route.collection(), id, shard);
  }

  /** With escapes as owners see them. */
  private static Optional<TargetUri> target(String path) {
    if (path.length() > PATH_MAX
        || !path.chars().allMatch(c -> c > 0x20 && c < 0x7f && c != '#')
        || NO_ESCAPE.matcher(path).find()) {
      return Optional.empty();
    }
    if (path.startsWith("/")) {
      return Optional.of(TargetUri.of("http", TargetUri.ANY_HOST, path));
    }
    return Optional.of(URL.matcher(path))
        .filter(it -> it.matches())
        .map(it -> TargetUri.of(it.group(1), it.group(2), it.group(3)));
  }

  private Optional<Routes.Match> match(TargetUri target) {
    return routes.get().match(target.pathAndQuery().split("\\?", 2)[0]);
  }

  @Override
  public Map<String, Object> here(String path) {
    var named = named(path);
    if (named instanceof OfDocument document) {
      return documents.get().map(it -> document(document, it)).orElseGet(Map::of);
    }
    return named instanceof OfService service
        ? stored(service, target(path).orElseThrow())
        : Map.of();
  }

  private Map<String, Object> document(OfDocument document, DocumentSurroundings surroundings) {
    var id = document.collection() + "/" + document.id();
    boolean isOwn = owns.test(slots.slotOf(Slots.Kind.DOCUMENT, document.shard()));
    var here = new LinkedHashMap<String, Object>();
    here.put("owns", isOwn);
    here.put("state", word(surroundings.residents(id).presence(id)));
    if (isOwn) {
      surroundings.copies(id).find(id).ifPresent(it -> here.put("etag", it.version().tag()));
    }
    return here;
  }

  private static String word(Enum<?> presence) {
    return presence.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private Map<String, Object> stored(OfService service, TargetUri target) {
    var stored = targets.find(new Purge.Target(target), STORED_MAX);
    int shard = slots.shardOf(new StoredTarget(service.route(), target).entityId());
    boolean isOwn = owns.test(slots.slotOf(Slots.Kind.REPRESENTATION, shard));
    boolean isOneHosts = isOfOneOwner(service, target);
    return Map.of(
        "owns",
        !stored.isEmpty() || isOwn && isOneHosts,
        "stored",
        stored.stream().map(this::shown).toList());
  }

  /** Else each host that was asked for may have another. */
  private boolean isOfOneOwner(OfService service, TargetUri target) {
    return !target.host().equals(TargetUri.ANY_HOST)
        || routes.get().routes().stream()
            .anyMatch(it -> it.name().equals(service.route()) && it.caching().hostIgnored());
  }

  private Map<String, Object> shown(StoredTargets.Found found) {
    var now = clock.instant();
    var response = found.response();
    var shown = new LinkedHashMap<String, Object>();
    shown.put("url", found.target().uri().toString());
    shown.put("method", found.key().method());
    shown.put("status", response.status());
    shown.put("vary", response.fields().joined("Vary").orElse(""));
    response.entityTag().ifPresent(it -> shown.put("etag", it.toString()));
    shown.put("ageSeconds", response.age(now));
    shown.put("freshForSeconds", response.isFresh(now) ? response.ttl(now) : 0);
    shown.put("bytes", found.bytes());
    return shown;
  }

  @Override
  public CompletionStage<History.Of> history(OfDocument document) {
    var entityId = document.collection() + "/" + document.id();
    return history.of(
        document.collection(),
        document.id(),
        PersistenceId.of(Document.TYPE_KEY.name(), entityId).id(),
        EVENTS_MAX);
  }
}
