package io.holdfast.edge;

import io.holdfast.http.Problem;
import io.holdfast.http.ProblemType;

/**
 * Why a request got no further than the bytes. The connection closes after it: what follows a
 * request that was not understood cannot be told from its content.
 *
 * @param type the kind of problem, which has the status code
 * @param detail one sentence for the person who reads the answer; never repeats what was sent
 */
record Refusal(ProblemType type, String detail) {

  int status() {
    return type.status();
  }

  Problem problem() {
    return Problem.of(type, detail);
  }

  static Refusal badRequest(String detail) {
    return new Refusal(ProblemType.BAD_REQUEST, detail);
  }

  static Refusal headerTooLarge(String detail) {
    return new Refusal(ProblemType.HEADER_TOO_LARGE, detail);
  }

  static Refusal uriTooLong() {
    return new Refusal(
        ProblemType.URI_TOO_LONG, "The request target is longer than this server takes.");
  }

  static Refusal notImplemented(String detail) {
    return new Refusal(ProblemType.NOT_IMPLEMENTED, detail);
  }

  static Refusal methodNotAllowed(String detail) {
    return new Refusal(ProblemType.METHOD_NOT_ALLOWED, detail);
  }

  static Refusal versionNotSupported() {
    return new Refusal(
        ProblemType.HTTP_VERSION_NOT_SUPPORTED, "This port speaks HTTP/1.1 and HTTP/1.0 only.");
  }

  static Refusal contentTooLarge() {
    return new Refusal(
        ProblemType.CONTENT_TOO_LARGE, "The content is larger than this server takes.");
  }

  static Refusal requestTimeout(String detail) {
    return new Refusal(ProblemType.REQUEST_TIMEOUT, detail);
  }

  static Refusal shed(String detail) {
    return new Refusal(ProblemType.SHED, detail);
  }

  static Refusal internal() {
    return new Refusal(ProblemType.INTERNAL, "The request could not be answered.");
  }
}
