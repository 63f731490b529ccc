package io.holdfast.edge;

import io.holdfast.http.Bytes;
import io.holdfast.http.FieldLine;
import io.holdfast.http.HttpDate;
import io.holdfast.http.Prefer;
import io.holdfast.http.ProblemType;
import io.holdfast.http.RequestHead;
import io.holdfast.http.RequestTarget;
import io.holdfast.operation.Message;
import io.holdfast.operation.NewOperation;
import io.holdfast.resilience.Priority;
import io.holdfast.route.Route;
import io.holdfast.route.Routes;
import io.holdfast.telemetry.RequestTrace;
import io.holdfast.upstream.Consequences;
import io.holdfast.upstream.ForwardClient;
import io.holdfast.upstream.ForwardRequest;
import io.holdfast.upstream.Forwarder;
import io.holdfast.upstream.Forwarding;
import io.holdfast.upstream.KeyedId;
import io.holdfast.upstream.KeyedRequest;
import io.holdfast.upstream.RequestFields;
import io.holdfast.upstream.Upstream;
import io.holdfast.upstream.Upstreams;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The way of one request by a route to a service. */
final class ServiceWay implements Way {
  /** A request whose answer has been given already. */
  private static final Forwarding NOTHING_MORE =
      new Forwarding() {
        @Override
        public void content(Bytes bytes) {}

        @Override
        public void contentEnded() {}

        @Override
        public boolean wantsContent() {
          return true;
        }

        @Override
        public void writable() {}

        @Override
        public void abandon() {}
      };

  private final Routes.Match match;
  private final RequestTarget target;
  private final Dispatch.Services services;
  private final Upstreams upstreams;
  private final Routes routes;
  private final RequestLog log;
  private Optional<RequestTrace> trace = Optional.empty();

  ServiceWay(
      Routes.Match match,
      RequestTarget target,
      Dispatch.Services services,
      Routes routes,
      RequestLog log) {
    this.routes = routes;
    this.match = match;
    this.target = target;
    this.services = services;
    this.upstreams = services.upstreams();
    this.log = log;
  }

  private Route route() {
    return match.route();
  }

  @Override
  public Forwarding go(
      RequestHead head, Peer peer, ForwardClient client, EventLoop loop, long nowNanos) {
    if (services.stored().isPresent()
        && QuickHit.answer(route(), head, client, services.stored().get())) {
      return NOTHING_MORE;
    }
    var fields = FieldLine.of(head.bytes());
    trace = Optional.of(trace(head, fields, System.nanoTime() - nowNanos));
    var refusal = refusal(fields);
    if (refusal.isPresent()) {
      client.refuse(refusal.get());
      return NOTHING_MORE;
    }
    if (head.method().equals("OPTIONS") && RequestFields.endsHere(fields)) {
      answerOptions(client);
      return NOTHING_MORE;
    }
    var key = ServiceKeys.of(route(), head.method(), fields);
    if (key instanceof ServiceKeys.Refused refused) {
      client.refuse(new ForwardClient.Failure(refused.type(), refused.detail()));
      return NOTHING_MORE;
    }
    var upstream = upstreams.find(route().upstream());
    if (upstream.isEmpty()) { // it was taken away this very moment
      client.refuse(problem(ProblemType.NO_INSTANCE, "The service is not there any more.").get());
      return NOTHING_MORE;
    }
    var request = request(head, fields, peer, upstream.get(), nowNanos);
    var forwarder = upstreams.forwarder(loop);
    var wish = Accepting.wish(route(), head.method(), joined(fields, "Prefer"));
    if (wish.isPresent()) {
      if (services.accepting().isEmpty()) {
        client.refuse(
            problem(ProblemType.OWNER_UNAVAILABLE, "This node is not one of the cluster now.")
                .get());
        return NOTHING_MORE;
      }
      return later(head, fields, key, request, wish.get(), client, loop, upstream.get());
    }
    if (key instanceof ServiceKeys.Usable usable) {
      var keyed = keyed(request, usable.id(), value(fields, "Content-Type").orElse(""));
      var consequences =
          stored(client, forwarder)
              .map(it -> it.consequences(head, request, hostOf(head, fields)))
              .orElse(Consequences.NONE);
      return upstreams.forward(
          loop, keyed, client, upstream.get(), services.room(), consequences, Optional.empty());
    }
    return stored(client, forwarder)
        .map(it -> it.go(head, request, hostOf(head, fields), upstream.get()))
        .orElseGet(() -> forwarder.forward(request, client, upstream.get(), upstreams.proxyName()));
  }

  private RequestTrace trace(RequestHead head, List<FieldLine> fields, long agoNanos) {
    return log.begin(
        head.method(), route().name(), joined(fields, ForwardRequest.TRACEPARENT), agoNanos);
  }

  /** Accepts it, to be carried out later. */
  private Forwarding later(
      RequestHead head,
      List<FieldLine> fields,
      ServiceKeys.Result key,
      ForwardRequest request,
      Accepting.Wish wish,
      ForwardClient client,
      EventLoop loop,
      Upstream upstream) {
    var accepting = services.accepting().orElseThrow();
    int contentMax = route().async().contentBytesMax();
    if (key instanceof ServiceKeys.Usable usable) {
      var id = Accepting.id(usable.id().scope(), usable.id().key());
      var inTime = wish.within(route().deadline().dividedBy(2));
      var keyed =
          keyed(request, usable.id(), value(fields, "Content-Type").orElse("")).upTo(contentMax);
      return upstreams.forward(
          loop,
          keyed,
          client,
          upstream,
          services.room(),
          Consequences.NONE,
          Optional.of(
              (content, written) -> {
                var same = keyed.fingerprint(List.of(new Bytes(content, 0, content.length)));
                return accepting.accept(
                    operation(id, same, head, fields, request, content), inTime, written);
              }));
    }
    var exchange =
        new AcceptingExchange(
            client,
            upstreams.forwarder(loop),
            services.room(),
            contentMax,
            (content, written) ->
                accepting.accept(
                    operation(accepting.nextId(), "", head, fields, request, content),
                    wish,
                    written));
    exchange.begin(head);
    return exchange;
  }

  private NewOperation operation(
      String id,
      String fingerprint,
      RequestHead head,
      List<FieldLine> fields,
      ForwardRequest request,
      byte[] content) {
    return new NewOperation(
        id,
        route(),
        head.method(),
        head.target(),
        target.path(),
        fingerprint,
        request.priority(),
        new Message("", FieldLine.bytes(kept(head, fields, request.fields())), content));
  }

  /** With the host that was asked for, which the service may be told, and its place in a trace. */
  private List<FieldLine> kept(RequestHead head, List<FieldLine> fields, List<FieldLine> sent) {
    var kept = new ArrayList<FieldLine>();
    kept.add(new FieldLine("Host", hostOf(head, fields)));
    sent.stream().filter(it -> !it.is("Prefer")).forEach(kept::add);
    Prefer.withoutAsync(joined(fields, "Prefer"))
        .ifPresent(left -> kept.add(new FieldLine("Prefer", left)));
    kept.add(new FieldLine(ForwardRequest.TRACEPARENT, trace.orElseThrow().place().text()));
    return kept;
  }

  private static Optional<String> joined(List<FieldLine> fields, String name) {
    String joined = null;
    for (var line : fields) {
      if (line.is(name)) {
        joined = joined == null ? line.value() : joined + ", " + line.value();
      }
    }
    return Optional.ofNullable(joined);
  }

  private Optional<StoredWay> stored(ForwardClient client, Forwarder forwarder) {
    return services
        .stored()
        .filter(it -> route().caching().on() || route().fallback().isPresent())
        .map(it -> new StoredWay(match, routes, it, client, forwarder));
  }

  /** Of ourselves, who forward any method. */
  private static void answerOptions(ForwardClient client) {
    client.answering(204);
    var answer =
        "HTTP/1.1 204 No Content\r\nDate: %s\r\n%s\r\n"
            .formatted(
                HttpDate.format(client.now()), client.isLast() ? "Connection: close\r\n" : "");
    client.write(Unpooled.copiedBuffer(answer, StandardCharsets.US_ASCII));
    client.complete(false);
  }

  private KeyedRequest keyed(ForwardRequest request, KeyedId id, String contentType) {
    var keys = route().keys();
    return new KeyedRequest(
        request,
        id,
        contentType,
        new KeyedRequest.Limits(keys.contentBytesMax(), keys.answerBytesMax(), keys.keptMax()),
        route().deadline());
  }

  private Optional<ForwardClient.Failure> refusal(List<FieldLine> fields) {
    if (RequestFields.hasPassed(fields, upstreams.proxyName())) {
      return Optional.of(
          new ForwardClient.Failure(
                  ProblemType.LOOP,
                  "The request has been here before: the service leads back to this cluster.")
              .with("Proxy-Status", "holdfast; error=proxy_loop_detected"));
    }
    if (fields.stream().anyMatch(it -> it.is("Upgrade") && isWebSocket(it.value()))) {
      return problem(ProblemType.NOT_IMPLEMENTED, "Connections are not upgraded here.");
    }
    return Optional.empty();
  }

  private static Optional<ForwardClient.Failure> problem(ProblemType type, String detail) {
    return Optional.of(new ForwardClient.Failure(type, detail));
  }

  private static boolean isWebSocket(String upgrade) {
    return upgrade.toLowerCase(Locale.ROOT).contains("websocket");
  }

  private ForwardRequest request(
      RequestHead head, List<FieldLine> fields, Peer peer, Upstream upstream, long nowNanos) {
    // What may differ by host, where all hosts share what is stored, would poison it.
    boolean sharesHosts = route().caching().on() && route().caching().hostIgnored();
    var host = sharesHosts ? "" : hostOf(head, fields);
    var client = peer.address().getAddress();
    var sent =
        RequestFields.rewrite(
            fields,
            client.getHostAddress(),
            host,
            services.trusted().trusts(client) && !sharesHosts,
            head.minorVersion(),
            upstreams.proxyName());
    return new ForwardRequest(
        head.method(),
        ServiceTarget.of(route(), head.target()),
        head.minorVersion(),
        sent,
        route().preserveHost() ? host : "",
        head.content(),
        head.expectsContinue(),
        value(fields, "Idempotency-Key").isPresent(),
        priority(fields),
        ServiceTarget.hashKey(upstream, head.target(), fields, client.getHostAddress()),
        nowNanos + route().deadline().toNanos(),
        trace.orElseThrow());
  }

  /** RFC 9112, section 3.2.2: an absolute form goes before {@code Host}. */
  private static String hostOf(RequestHead head, List<FieldLine> fields) {
    var sent = head.target();
    int scheme = sent.startsWith("/") ? -1 : sent.indexOf("://");
    if (scheme < 0) {
      return value(fields, "Host").orElse("");
    }
    int from = scheme + 3;
    int to = from;
    while (to < sent.length() && "/?".indexOf(sent.charAt(to)) < 0) {
      to++;
    }
    return sent.substring(from, to);
  }

  /** RFC 9218, section 4.1: a client can lower its class, never raise it. */
  private Priority priority(List<FieldLine> fields) {
    var ofRoute = Priority.valueOf(route().priority().name());
    return value(fields, "Priority")
        .flatMap(ServiceWay::urgency)
        .map(u -> u <= 2 ? Priority.CRITICAL : u <= 4 ? Priority.DEFAULT : Priority.SHEDDABLE)
        .map(asked -> asked.atMost(ofRoute))
        .orElse(ofRoute);
  }

  private static Optional<Integer> urgency(String priority) {
    for (var part : priority.split(",")) {
      var member = part.strip();
      if (member.matches("u=[0-7]")) {
        return Optional.of(member.charAt(2) - '0');
      }
    }
    return Optional.empty();
  }

  private static Optional<String> value(List<FieldLine> fields, String name) {
    for (var line : fields) {
      if (line.is(name)) {
        return Optional.of(line.value());
      }
    }
    return Optional.empty();
  }

  @Override
  public void answered(
      RequestHead head, int status, String cacheStatus, String reason, long nanos) {
    var it =
        new RequestLog.Answered(
            head.method(), route().name(), target.path(), status, cacheStatus, reason);
    log.answered(it, trace.orElseGet(() -> late(head, nanos)), nanos);
  }

  /** Of a request that was answered before its fields were looked at. */
  private RequestTrace late(RequestHead head, long nanos) {
    return log.tells() ? trace(head, FieldLine.of(head.bytes()), nanos) : RequestTrace.none();
  }

  @Override
  public String traceId() {
    return trace.map(RequestTrace::traceId).orElse("");
  }
}
