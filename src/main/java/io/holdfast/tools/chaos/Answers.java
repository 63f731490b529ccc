package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.Operation.Kind;
import io.holdfast.tools.chaos.Operation.Result;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/** Reads what a node's answer says. */
final class Answers {
  /** As the entity tag of a document is made: a number, and a generation of the history if any. */
  private static final Pattern TAG = Pattern.compile("\"([0-9]{1,9})(?:-([0-9]{1,9}))?\"");

  private static final Pattern PROBLEM =
      Pattern.compile("\"type\"\\s*:\\s*\"https://holdfast\\.dev/problems/([a-z-]+)\"");
  private static final int GENERATION_SHIFT = 30;

  private Answers() {}

  static Result read(Kind kind, HttpResponse<String> response) {
    boolean isContent = kind == Kind.GET && response.statusCode() == 200;
    return new Result.Answered(
        response.statusCode(),
        version(response.headers().firstValue("ETag").orElse("")),
        isContent ? response.body() : "",
        isMarked(response.headers()),
        response.statusCode() < 400 ? "" : problem(response.body()));
  }

  /** Versions of a later generation are greater than all of an earlier one. */
  static OptionalLong version(String entityTag) {
    var tag = TAG.matcher(entityTag);
    if (!tag.matches()) {
      return OptionalLong.empty();
    }
    long generation = tag.group(2) == null ? 0 : Long.parseLong(tag.group(2));
    return OptionalLong.of((generation << GENERATION_SHIFT) + Long.parseLong(tag.group(1)));
  }

  /** The other way round. */
  static String entityTag(long version) {
    long generation = version >> GENERATION_SHIFT;
    long number = version & ((1L << GENERATION_SHIFT) - 1);
    return '"' + (generation == 0 ? "" + number : number + "-" + generation) + '"';
  }

  static String problem(String body) {
    var problem = PROBLEM.matcher(body);
    return problem.find() ? problem.group(1) : "";
  }

  /** The answer says why it may not be current (RFC 9211, section 2.8). */
  private static boolean isMarked(HttpHeaders fields) {
    return fields.allValues("Cache-Status").stream()
        .anyMatch(it -> it.startsWith("holdfast") && it.contains("detail="));
  }
}
