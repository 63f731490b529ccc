package io.holdfast.route;

/** stand-in */
public sealed interface Fallback {
  record Fixed(int status, String contentType, String content) implements Fallback {}

  record Elsewhere(String upstream) implements Fallback {}
}
