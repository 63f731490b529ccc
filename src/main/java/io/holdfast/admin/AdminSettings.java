package io.holdfast.admin;

import io.holdfast.config.ConfigReader;
import io.holdfast.config.NodeSettings;

/**
 * @param token the bearer token that the admin port asks for; empty: none is asked for
 */
public record AdminSettings(String token) {

  /**
   * Reads {@code holdfast.admin}.
   *
   * @param node without a token the admin port must be for this machine only
   */
  public static AdminSettings read(ConfigReader admin, NodeSettings node) {
    var token = admin.secret("token");
    admin.require(
        !token.isEmpty() || node.isOnLoopback(),
        "token",
        "is empty while the admin port listens on %s; set a token, or node.host to 127.0.0.1"
            .formatted(node.host()));
    return new AdminSettings(token);
  }

  @Override
  public String toString() {
    return "AdminSettings[token=***]";
  }
}
