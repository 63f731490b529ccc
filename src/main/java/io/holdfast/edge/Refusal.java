package io.holdfast.edge;

/**
 * Why a request got no further than the bytes. The connection closes after it: what follows a
 * request that was not understood cannot be told from its content.
 *
 * @param status the status code
 * @param problem the last part of the problem type
 * @param detail one sentence for the person who reads the answer; never repeats what was sent
 */
record Refusal(int status, String problem, String detail) {

  static Refusal badRequest(String detail) {
    return new Refusal(400, "bad-request", detail);
  }

  static Refusal headerTooLarge(String detail) {
    return new Refusal(431, "header-too-large", detail);
  }

  static Refusal uriTooLong() {
    return new Refusal(414, "uri-too-long", "The request target is longer than this server takes.");
  }

  static Refusal notImplemented(String detail) {
    return new Refusal(501, "not-implemented", detail);
  }

  static Refusal methodNotAllowed(String detail) {
    return new Refusal(405, "method-not-allowed", detail);
  }

  static Refusal versionNotSupported() {
    return new Refusal(
        505, "http-version-not-supported", "This port speaks HTTP/1.1 and HTTP/1.0 only.");
  }

  static Refusal requestTimeout(String detail) {
    return new Refusal(408, "request-timeout", detail);
  }

  static Refusal shed(String detail) {
    return new Refusal(503, "shed", detail);
  }

  static Refusal internal() {
    return new Refusal(500, "internal", "The request could not be answered.");
  }
}
