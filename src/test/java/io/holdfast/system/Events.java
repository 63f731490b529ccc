package io.holdfast.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;

/** Events of one connection, read on a thread of its own until it ends. */
final class Events implements AutoCloseable {
  private static final Pattern DATA =
      Pattern.compile("data: \\{\"id\":\"([^\"]+)\",\"etag\":\"\\\\\"([^\"]+)\\\\\"\"}");

  final List<String> seen = new CopyOnWriteArrayList<>();
  volatile String lastId = "";
  volatile boolean ended;
  private final InputStream stream;

  private Events(HttpResponse<InputStream> response) {
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type").orElse(""))
        .startsWith("text/event-stream");
    stream = response.body();
    var thread = new Thread(this::read, "events");
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Watches a collection, or an operation.
   *
   * @param lastId empty: from now on
   */
  static Events watch(HttpClient client, URI collection, String lastId)
      throws IOException, InterruptedException {
    var request = HttpRequest.newBuilder(collection).header("Accept", "text/event-stream");
    if (!lastId.isEmpty()) {
      request.header("Last-Event-ID", lastId);
    }
    return new Events(client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream()));
  }

  private void read() {
    try (var lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
      var kind = "";
      for (var line = lines.readLine(); line != null; line = lines.readLine()) {
        var data = DATA.matcher(line);
        if (line.startsWith("event: ")) {
          kind = line.substring(7);
        } else if (line.startsWith("id: ")) {
          lastId = line.substring(4);
        } else if (data.matches()) {
          seen.add(kind + " " + data.group(1) + " " + data.group(2));
        } else if (line.startsWith("data: ")) {
          seen.add(kind + " " + line.substring(6));
        }
      }
    } catch (IOException e) {
      // The node was killed, or the test is over.
    }
    ended = true;
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
