package io.holdfast.edge;

import io.holdfast.edge.Responses.Fields;
import io.holdfast.http.EntityTag;
import io.holdfast.http.MediaType;
import io.holdfast.http.ProblemType;
import io.holdfast.resource.DocumentsSettings;
import io.holdfast.resource.Listing;
import io.holdfast.route.PageQuery;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** Pages of a collection: ids and entity tags in the order of ids, read from the database. */
final class CollectionPages {
  /** An item is an id and an entity tag in some punctuation. */
  private static final int ITEM_CHARS = 64;

  private final DocumentsSettings settings;
  private final DocumentHandler.Surroundings surroundings;

  CollectionPages(DocumentsSettings settings, DocumentHandler.Surroundings surroundings) {
    this.settings = settings;
    this.surroundings = surroundings;
  }

  CompletionStage<HttpResponse> page(Target target) {
    target.request().discardEntityBytes(surroundings.bodies().materializer());
    if (!MediaType.acceptsJson(target.field("Accept"))) {
      return Answers.refuse(target, ProblemType.NOT_ACCEPTABLE, "A collection is application/json");
    }
    var query = PageQuery.parse(target.query());
    if (query instanceof PageQuery.Malformed malformed) {
      return Answers.refuse(target, ProblemType.BAD_REQUEST, malformed.reason());
    }
    var obstacle = surroundings.obstacle();
    if (obstacle.isPresent()) {
      return Answers.now(Answers.notNow(target, obstacle.get()));
    }
    var page = (PageQuery.Page) query;
    return surroundings
        .listing()
        .page(settings.collection(), page.after(), page.limit() + 1)
        .toCompletableFuture()
        .orTimeout(target.route().deadline().toMillis(), TimeUnit.MILLISECONDS)
        .handle(
            (items, failure) ->
                failure == null ? answer(target, page, items) : Answers.notRead(target, failure));
  }

  private static HttpResponse answer(Target target, PageQuery.Page page, List<Listing.Item> found) {
    boolean more = found.size() > page.limit();
    var items = more ? found.subList(0, page.limit()) : found;
    var fields = new Fields();
    if (more) {
      fields.with("Link", next(target, page, items.get(items.size() - 1).id()));
    }
    return Responses.json(200, json(items), fields.list());
  }

  private static String next(Target target, PageQuery.Page page, String last) {
    return "<%s?limit=%d&after=%s>; rel=\"next\"".formatted(target.path(), page.limit(), last);
  }

  /** Ids and tags have no character that JSON would have to escape, but for the tag's quotes. */
  private static byte[] json(List<Listing.Item> items) {
    var json = new StringBuilder(16 + items.size() * ITEM_CHARS).append("{\"items\":[");
    for (var item : items) {
      json.append(json.charAt(json.length() - 1) == '[' ? "" : ",")
          .append("{\"id\":\"")
          .append(item.id())
          .append("\",\"etag\":\"")
          .append(EntityTag.strong(item.etag()).toString().replace("\"", "\\\""))
          .append("\"}");
    }
    return json.append("]}").toString().getBytes(StandardCharsets.US_ASCII);
  }
}
