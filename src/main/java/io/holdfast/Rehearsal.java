package io.holdfast;

import io.holdfast.edge.Edge;
import io.holdfast.edge.HttpServer;
import io.holdfast.edge.HttpSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests that a node makes of itself before it is ready, over a port that only it knows, to
 * documents that nobody else can ask for. What a client's request would have to wait for, classes
 * that have to be loaded, code that has to be compiled, connections to peers and database, is there
 * when it comes.
 *
 * <p>Each document of the rehearsal is of one node, and deleted at the end of its round: what stays
 * in the database is bounded. Who cannot rehearse, or not in time, is ready without it.
 */
final class Rehearsal {
  private static final Logger log = LoggerFactory.getLogger(Rehearsal.class);
  private static final Logger access = LoggerFactory.getLogger("holdfast.rehearsal");
  private static final int CLIENTS = 4;
  private static final Duration ALL_MAX = Duration.ofSeconds(10);
  private static final Duration ANSWER_MAX = Duration.ofSeconds(5);
  private static final String CONTENT = "{\"rehearsal\":true}";

  private final String node;
  private final int rounds;
  private final HttpSettings settings;
  private final long untilNanos = System.nanoTime() + ALL_MAX.toNanos();

  Rehearsal(String node, int rounds, HttpSettings settings) {
    this.node = node;
    this.rounds = rounds;
    this.settings = settings;
  }

  /** Completes, never with a failure, when all is played, or 10 s later. */
  CompletionStage<Void> hold(ActorSystem<?> system, Edge edge) {
    if (rounds == 0) {
      return CompletableFuture.completedStage(null);
    }
    var meters = new SimpleMeterRegistry();
    var handler = OwnDocuments.handler(edge, ANSWER_MAX, access, meters);
    return HttpServer.bind(system, "127.0.0.1", 0, settings, handler, meters)
        .thenCompose(this::play)
        .handle(
            (done, failure) -> {
              if (failure != null) {
                log.info("{} is ready without a rehearsal: {}", node, failure.getMessage());
              }
              return null;
            });
  }

  private CompletionStage<Done> play(HttpServer server) {
    var clients =
        IntStream.range(0, CLIENTS)
            .mapToObj(client -> inThread(() -> play(server.address().getPort(), client)))
            .toArray(CompletableFuture[]::new);
    return CompletableFuture.allOf(clients)
        .orTimeout(ALL_MAX.toMillis(), TimeUnit.MILLISECONDS)
        .handle((done, failure) -> server.close(Duration.ZERO))
        .thenCompose(closed -> closed);
  }

  private static CompletableFuture<Void> inThread(Runnable part) {
    var played = new CompletableFuture<Void>();
    var thread =
        new Thread(
            () -> {
              try {
                part.run();
              } finally {
                played.complete(null);
              }
            },
            "holdfast-rehearsal");
    thread.setDaemon(true);
    thread.start();
    return played;
  }

  private void play(int port, int client) {
    for (int round = 0; round < rounds && System.nanoTime() - untilNanos < 0; round++) {
      var requests = requests("/%s-%d-%d".formatted(node, client, round));
      try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        socket.setSoTimeout((int) ANSWER_MAX.toMillis());
        socket.getOutputStream().write(requests.getBytes(StandardCharsets.US_ASCII));
        socket.getInputStream().readAllBytes();
      } catch (IOException e) {
        log.debug("A round of the rehearsal ended early", e);
      }
    }
  }

  /** One after the other on one connection, without waiting for answers. */
  private static String requests(String document) {
    return request("GET", document, "", "")
        + request("PUT", document, "If-Match: *\r\n", CONTENT)
        + request("PUT", document, "", CONTENT)
        + request("GET", document, "", "")
        + request("DELETE", document, "Connection: close\r\n", "");
  }

  private static String request(String method, String target, String fields, String content) {
    return method
        + " "
        + target
        + " HTTP/1.1\r\nHost: rehearsal\r\n"
        + fields
        + (content.isEmpty()
            ? "\r\n"
            : "Content-Type: application/json\r\nContent-Length: "
                + content.length()
                + "\r\n\r\n"
                + content);
  }
}
