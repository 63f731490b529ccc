package io.holdfast.edge;

import static io.holdfast.edge.OpenApiShapes.any;
import static io.holdfast.edge.OpenApiShapes.integer;
import static io.holdfast.edge.OpenApiShapes.ref;
import static io.holdfast.edge.OpenApiShapes.text;

import io.holdfast.http.ProblemType;
import io.holdfast.route.Route;
import java.util.Map;

/** What routes to documents take, for {@link OpenApi}. */
final class OpenApiDocuments {
  private static final String JSON_TYPE = "application/json";
  private static final String ID_PATTERN = "^[A-Za-z0-9._~-]{1,128}$";

  private static final String[] WRITTEN = {
    "ETag", "Last-Modified", "Idempotent-Replayed", "Preference-Applied"
  };
  private static final String[] CREATED = {
    "Location", "ETag", "Last-Modified", "Idempotent-Replayed", "Preference-Applied"
  };

  private final OpenApiPaths paths;

  OpenApiDocuments(OpenApiPaths paths) {
    this.paths = paths;
  }

  void describe(Route route) {
    var prefix = route.path().equals("/") ? "" : route.path();
    var collection = paths.path(route.path());
    paths.read(collection, route.name() + "-list", "Ids and ETags, in order", this::list);
    create(paths.operation(collection, "post", route.name() + "-create", "A new document"), route);
    paths.options(collection, route.name() + "-list", "Allow", "Accept-Post");
    var document = paths.path(prefix + "/{id}");
    paths.idOf(document, text().put("pattern", ID_PATTERN));
    paths.read(document, route.name() + "-read", "The document", this::readDocument);
    put(paths.operation(document, "put", route.name() + "-write", "Creates or replaces it"), route);
    patch(
        paths.operation(document, "patch", route.name() + "-change", "Changes parts of it"), route);
    delete(paths.operation(document, "delete", route.name() + "-delete", "Removes it"), route);
    paths.options(document, route.name() + "-read", "Allow", "Accept-Patch");
  }

  private void list(OpenApiOperation list) {
    list.parameter("query", "limit", integer(1, 1000), "How many; 100 where it is absent");
    list.parameter("query", "after", text(), "The id after which it begins");
    list.takes("Last-Event-ID", "Of a stream: the last event that is known");
    var page =
        list.answer(
            200,
            "A page; Link leads to the next, or changes as they come",
            "Link",
            "Cache-Control");
    list.content(page, JSON_TYPE, ref("DocumentPage"));
    list.content(page, CollectionStream.TYPE, text());
    list.problems(ProblemType.NOT_ACCEPTABLE, ProblemType.GONE);
    list.notNow();
  }

  private void create(OpenApiOperation make, Route route) {
    write(make, route);
    content(make);
    prefersReturn(make);
    written(make, 201, "It is at Location; with content if that is preferred", CREATED);
  }

  private void readDocument(OpenApiOperation read) {
    conditions(read, "304 while one of them is current");
    read.takes("If-Modified-Since", "304 if it was not");
    read.takes("Prefer", "wait=N: with If-None-Match, wait so many seconds for another");
    read.takes("Cache-Control", "no-cache or max-age=0: 503 rather than what may not be current");
    var fields = new String[] {"ETag", "Last-Modified", "Cache-Status", "Age"};
    read.content(read.answer(200, "As it was written", fields), JSON_TYPE, any());
    read.answer(304, "It is one that is known", fields);
    read.problems(
        ProblemType.NOT_FOUND, ProblemType.NOT_ACCEPTABLE, ProblemType.PRECONDITION_FAILED);
    read.problemFields(404, "Cache-Status", "Age").problemFields(412, "Cache-Status", "Age");
    read.notNow();
  }

  private void put(OpenApiOperation put, Route route) {
    write(put, route);
    conditional(put, "*: only while there is none");
    content(put);
    prefersReturn(put);
    written(put, 201, "Created; with content if that is preferred", WRITTEN);
    written(put, 200, "Replaced, or as it was, with the content that is preferred", WRITTEN);
    put.answer(204, "Replaced, or as it was", WRITTEN);
  }

  private void patch(OpenApiOperation patch, Route route) {
    write(patch, route);
    conditional(patch, "only while it is none of these");
    patch.takesContent(
        Map.of(
            "application/merge-patch+json",
            any(),
            "application/json-patch+json",
            any().put("type", "array")));
    contentProblems(patch);
    prefersReturn(patch);
    written(patch, 200, "As it is now", WRITTEN);
    patch.answer(204, "With Prefer: return=minimal, or what it was is not kept", WRITTEN);
    patch.problems(ProblemType.NOT_FOUND, ProblemType.UNPROCESSABLE_PATCH);
    patch.problemFields(404, "Idempotent-Replayed").problemFields(415, "Accept-Patch");
  }

  private void delete(OpenApiOperation delete, Route route) {
    write(delete, route);
    conditional(delete, "only while it is none of these");
    delete.answer(204, "It is gone", "Idempotent-Replayed");
    delete.problems(ProblemType.NOT_FOUND).problemFields(404, "Idempotent-Replayed");
  }

  private static void content(OpenApiOperation write) {
    write.takesContent(Map.of(JSON_TYPE, any()));
    contentProblems(write);
  }

  private static void contentProblems(OpenApiOperation write) {
    write.problems(
        ProblemType.INVALID_JSON,
        ProblemType.NOT_ACCEPTABLE,
        ProblemType.CONTENT_TOO_LARGE,
        ProblemType.UNSUPPORTED_MEDIA_TYPE);
    write.problemFields(413, "Idempotent-Replayed");
  }

  private static void prefersReturn(OpenApiOperation write) {
    write.takes("Prefer", "return=representation or return=minimal");
  }

  private static void written(
      OpenApiOperation write, int status, String description, String... fields) {
    write.content(write.answer(status, description, fields), JSON_TYPE, any());
  }

  private static void conditions(OpenApiOperation operation, String ifNoneMatch) {
    operation.takes("If-Match", "Only while it is one of these");
    operation.takes("If-None-Match", ifNoneMatch);
    operation.takes("If-Unmodified-Since", "Only if it was not");
  }

  private static void conditional(OpenApiOperation write, String ifNoneMatch) {
    conditions(write, ifNoneMatch);
    write.problems(ProblemType.PRECONDITION_FAILED, ProblemType.PRECONDITION_REQUIRED);
    write.problemFields(412, "Idempotent-Replayed").problemFields(428, "Idempotent-Replayed");
  }

  private static void write(OpenApiOperation operation, Route route) {
    operation.keyed(route, "A repeat under the same key changes nothing again");
    operation.problemFields(409, "Idempotent-Replayed");
    operation.notNow();
    operation.accepts(route);
  }
}
