package io.holdfast.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.admin.ResourceView.Malformed;
import io.holdfast.admin.ResourceView.Nothing;
import io.holdfast.admin.ResourceView.OfDocument;
import io.holdfast.admin.ResourceView.OfService;
import io.holdfast.database.History;
import io.holdfast.http.EntityTag;
import io.holdfast.http.ProblemType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.Materializer;

/**
 * {@code /resources?path=}: which node owns a resource, how it stands there, and what happened to
 * it; of a service's, what is stored. Asks all nodes, and the database; wakes nobody up, and shows
 * no contents.
 *
 * @param find asks all nodes
 */
record ResourcesEndpoint(
    ResourceView resources,
    Function<String, CompletionStage<Pulses.Sighted>> find,
    Materializer materializer) {
  static final String PATH = "/resources";

  private static final ObjectMapper JSON = new ObjectMapper();

  CompletionStage<HttpResponse> show(HttpRequest request) {
    request.discardEntityBytes(materializer);
    var path = request.getUri().query().get("path").orElse("");
    var named = resources.named(path);
    if (named instanceof Malformed malformed) {
      return AdminAnswers.problem(ProblemType.BAD_REQUEST, malformed.detail());
    }
    if (named instanceof Nothing nothing) {
      return AdminAnswers.problem(ProblemType.NOT_FOUND, nothing.detail());
    }
    return find.apply(path)
        .thenCompose(
            sighted ->
                named instanceof OfDocument document
                    ? document(path, document, sighted)
                    : AdminAnswers.json(200, service(path, (OfService) named, sighted)))
        .exceptionallyCompose(
            failure ->
                AdminAnswers.problem(ProblemType.OWNER_UNAVAILABLE, "The nodes do not answer"));
  }

  /** What the nodes that own it have; a node of another configuration may know it by no name. */
  private static Map<String, JsonNode> owners(Pulses.Sighted sighted) {
    var owners = new LinkedHashMap<String, JsonNode>();
    sighted
        .sightings()
        .forEach(
            (node, sighting) -> {
              var seen = parsed(sighting);
              if (seen.path("owns").asBoolean()) {
                owners.put(node, seen);
              }
            });
    return owners;
  }

  private static JsonNode parsed(String sighting) {
    try {
      return JSON.readTree(sighting);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A sighting that is no JSON", e);
    }
  }

  private CompletionStage<HttpResponse> document(
      String path, OfDocument document, Pulses.Sighted sighted) {
    var shown = new LinkedHashMap<String, Object>();
    shown.put("path", path);
    shown.put("route", document.route());
    shown.put("shard", document.shard());
    var owner = owners(sighted).entrySet().stream().findFirst();
    shown.put("owner", owner.map(Map.Entry::getKey).orElse(""));
    shown.put("state", owner.map(it -> it.getValue().path("state").asText()).orElse("no-owner"));
    var known = owner.map(it -> it.getValue().path("etag").asText()).filter(it -> !it.isEmpty());
    return resources
        .history(document)
        .handle((history, failure) -> Optional.ofNullable(history))
        .thenCompose(
            history -> {
              add(shown, history, known);
              shown.put("missing", sighted.missing());
              return AdminAnswers.json(200, shown);
            });
  }

  /**
   * @param history nothing while the database is away
   * @param known the tag that the owner knows
   */
  private static void add(
      Map<String, Object> shown, Optional<History.Of> history, Optional<String> known) {
    shown.put("database", history.isPresent() ? "up" : "away");
    var tag = history.map(History.Of::etag).orElse(known);
    tag.ifPresent(it -> shown.put("etag", EntityTag.strong(it).toString()));
    history.ifPresent(
        it -> {
          shown.put("exists", it.etag().isPresent() && !it.deleted());
          shown.put("events", it.events().stream().map(ResourcesEndpoint::shown).toList());
        });
  }

  private static Map<String, Object> shown(History.Written event) {
    return Map.of(
        "number", event.sequenceNr(), "at", event.at().toString(), "kind", kind(event.manifest()));
  }

  /** The name of the event's class, without where that is. */
  private static String kind(String manifest) {
    var name = manifest.split("#", 2)[0];
    int from = Math.max(name.lastIndexOf('.'), name.lastIndexOf('$')) + 1;
    return name.substring(from).toLowerCase(Locale.ROOT);
  }

  private static Map<String, Object> service(
      String path, OfService service, Pulses.Sighted sighted) {
    var owners = owners(sighted);
    List<JsonNode> stored = new ArrayList<>();
    owners.values().forEach(it -> it.path("stored").forEach(stored::add));
    var shown = new LinkedHashMap<String, Object>();
    shown.put("path", path);
    shown.put("route", service.route());
    shown.put("owner", String.join(", ", owners.keySet()));
    shown.put("state", stored.isEmpty() ? "nothing-stored" : "in-memory");
    shown.put("stored", stored);
    shown.put("missing", sighted.missing());
    return shown;
  }
}
