package io.holdfast.tools;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Asks a node's admin port, briefly. */
record AdminClient(String token) {
  private static final Duration CONNECT_MAX = Duration.ofMillis(500);
  private static final Duration ANSWER_MAX = Duration.ofSeconds(1);
  private static final Duration RELOAD_MAX = Duration.ofSeconds(10);
  private static final int OK = 200;

  boolean isReady(URI admin) {
    try {
      var connection = open(admin.resolve("/readyz"));
      try {
        return connection.getResponseCode() == OK;
      } finally {
        connection.disconnect();
      }
    } catch (IOException e) {
      return false;
    }
  }

  /** The scalar members of what {@code GET /cluster} answers, as text; empty without an answer. */
  Optional<Map<String, String>> cluster(URI admin) {
    return scalars(admin.resolve("/cluster"));
  }

  /** Has the node read its configuration again; empty where it cannot, or does not answer. */
  Optional<Map<String, String>> reload(URI admin) {
    try {
      var connection = open(admin.resolve("/configuration/reload"));
      connection.setRequestMethod("POST");
      connection.setReadTimeout((int) RELOAD_MAX.toMillis());
      try (var body = connection.getInputStream()) {
        return Optional.of(scalars(body));
      } finally {
        connection.disconnect();
      }
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private Optional<Map<String, String>> scalars(URI target) {
    try {
      var connection = open(target);
      try (var body = connection.getInputStream()) {
        return Optional.of(scalars(body));
      } finally {
        connection.disconnect();
      }
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private HttpURLConnection open(URI target) throws IOException {
    var connection = (HttpURLConnection) target.toURL().openConnection(Proxy.NO_PROXY);
    connection.setConnectTimeout((int) CONNECT_MAX.toMillis());
    connection.setReadTimeout((int) ANSWER_MAX.toMillis());
    if (!token.isEmpty()) {
      connection.setRequestProperty("Authorization", "Bearer " + token);
    }
    return connection;
  }

  private static Map<String, String> scalars(InputStream body) throws IOException {
    var members = new HashMap<String, String>();
    try (JsonParser parser = new JsonFactory().createParser(body)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return members;
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        var name = parser.currentName();
        if (parser.nextToken().isScalarValue()) {
          members.put(name, parser.getText());
        } else {
          parser.skipChildren();
        }
      }
    }
    return members;
  }

  @Override
  public String toString() {
    return "AdminClient[token=***]";
  }
}
