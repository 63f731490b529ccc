package io.holdfast.admin;

/**
 * @param token the bearer token that the admin port asks for; empty: none is asked for
 */
public record AdminSettings(String token) {
  @Override
  public String toString() {
    return "AdminSettings[token=***]";
  }
}
