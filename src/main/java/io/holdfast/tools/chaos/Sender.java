package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.Operation.Phase;
import io.holdfast.tools.chaos.Operation.Request;
import io.holdfast.tools.chaos.Operation.Result;
import io.holdfast.tools.chaos.Operation.Timing;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/** Sends requests to the nodes of one cluster, and to nothing else. */
final class Sender {
  /** Beyond the deadline of the nodes, which is 10 s. */
  private static final Duration ANSWER_MAX = Duration.ofSeconds(12);

  private static final int AT_A_TIME = 32;

  private static final Duration CONNECT_MAX = Duration.ofSeconds(2);

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT_MAX)
          .build();
  private final RunClock clock;
  private final Progress progress;
  private final Map<Integer, URI> nodes = new ConcurrentHashMap<>();

  /** Is told at each of many requests how many of them were sent. */
  @FunctionalInterface
  interface Progress {
    void sent(int done, int all);
  }

  /**
   * @param nodes the address of each node by its number
   */
  Sender(RunClock clock, Map<Integer, URI> nodes) {
    this(clock, nodes, (done, all) -> {});
  }

  Sender(RunClock clock, Map<Integer, URI> nodes, Progress progress) {
    this.clock = clock;
    this.progress = progress;
    this.nodes.putAll(nodes);
  }

  /** There are more nodes now, or others. */
  void know(Map<Integer, URI> more) {
    nodes.putAll(more);
  }

  /** Sends each as soon as few enough are in flight, and returns when all have ended. */
  List<Operation> sendAll(List<Request> requests) {
    var permits = new Semaphore(AT_A_TIME);
    var sent = new ArrayList<CompletableFuture<Operation>>();
    for (var request : requests) {
      permits.acquireUninterruptibly();
      sent.add(send(request, clock.now()).whenComplete((done, failure) -> permits.release()));
      progress.sent(sent.size(), requests.size());
    }
    return sent.stream().map(CompletableFuture::join).toList();
  }

  /** Never fails: a failure is an outcome. */
  CompletableFuture<Operation> send(Request request, long intended) {
    long start = clock.now();
    return client
        .sendAsync(http(request), BodyHandlers.ofString())
        .handle(
            (response, failure) ->
                new Operation(
                    request,
                    new Timing(intended, start, clock.now()),
                    failure == null
                        ? Answers.read(request.kind(), response)
                        : new Result.Unknown(reason(failure))));
  }

  private HttpRequest http(Request request) {
    var builder =
        HttpRequest.newBuilder(nodes.get(request.node()).resolve("/docs/" + request.key()))
            .timeout(ANSWER_MAX);
    request.ifMatch().ifPresent(version -> builder.header("If-Match", Answers.entityTag(version)));
    if (!request.requestKey().isEmpty()) {
      builder.header("Idempotency-Key", '"' + request.requestKey() + '"');
    }
    if (request.phase() == Phase.FINAL) {
      builder.header("Cache-Control", "no-cache");
    }
    return switch (request.kind()) {
      case GET -> builder.GET().build();
      case DELETE -> builder.DELETE().build();
      case PUT ->
          builder
              .header("Content-Type", "application/json")
              .PUT(BodyPublishers.ofString(request.value()))
              .build();
    };
  }

  private static String reason(Throwable failure) {
    var cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause.getClass().getSimpleName()
        + (cause.getMessage() == null ? "" : ": " + cause.getMessage());
  }
}
