package io.holdfast.edge;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.model.HttpMethod;
import org.apache.pekko.http.javadsl.model.HttpMethods;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.RequestEntityAcceptances;
import org.apache.pekko.http.javadsl.model.headers.Host;
import org.apache.pekko.http.javadsl.settings.ServerSettings;
import org.apache.pekko.stream.ActorAttributes;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.SystemMaterializer;
import org.apache.pekko.stream.TLSProtocol.SslTlsInbound;
import org.apache.pekko.stream.TLSProtocol.SslTlsOutbound;
import org.apache.pekko.stream.javadsl.BidiFlow;
import org.apache.pekko.stream.javadsl.Flow;

/**
 * pekko-http's server, from bytes to requests and back, as every connection of a server uses it.
 */
final class HttpLayer {
  /** Stands for a method that the HTTP model has no constant for, until the handler sees it. */
  static final HttpMethod OTHER =
      HttpMethods.custom("OTHER", false, false, RequestEntityAcceptances.Expected);

  /** The field in which the layer keeps the request target as it was sent, in front of all. */
  static final String RAW_REQUEST_URI = "Raw-Request-URI";

  private static final HttpMethod QUERY =
      HttpMethods.custom("QUERY", true, true, RequestEntityAcceptances.Expected);

  private final Materializer materializer;
  private final BidiFlow<HttpResponse, SslTlsOutbound, SslTlsInbound, HttpRequest, NotUsed> layer;

  private HttpLayer(
      Materializer materializer,
      BidiFlow<HttpResponse, SslTlsOutbound, SslTlsInbound, HttpRequest, NotUsed> layer) {
    this.materializer = materializer;
    this.layer = layer;
  }

  static HttpLayer create(ActorSystem system, HttpSettings limits, InetSocketAddress address) {
    ServerSettings settings =
        ServerSettings.create(config(limits).withFallback(system.settings().config()))
            .withDefaultHostHeader(host(address));
    return new HttpLayer(
        SystemMaterializer.get(system).materializer(),
        Http.get(system)
            .serverLayer(
                settings.withParserSettings(
                    settings.getParserSettings().withCustomMethods(QUERY, OTHER)),
                Optional.empty(),
                system.log()));
  }

  /** Of requests in HTTP/1.0 that name none. */
  private static Host host(InetSocketAddress address) {
    return address.getPort() == 0
        ? Host.create(address.getHostString())
        : Host.create(address.getHostString(), address.getPort());
  }

  /**
   * What {@link RequestFraming} limits is not limited a second time, times are this package's
   * matter, and fields stay as they were sent: handlers look them up by name.
   */
  private static Config config(HttpSettings limits) {
    return ConfigFactory.parseString(
        """
        pekko.http.server {
          server-header = "holdfast"
          idle-timeout = infinite
          request-timeout = 0s
          linger-timeout = infinite
          pipelining-limit = 1
          raw-request-uri-header = on
          stream-cancellation-delay = 0s
          parsing {
            error-handler = "%s"
            error-logging-verbosity = off
            illegal-header-warnings = off
            modeled-header-parsing = off
            max-uri-length = %d
            max-method-length = %d
            max-header-name-length = %d
            max-header-value-length = %d
            max-header-count = %d
            max-chunk-count = 2147483647
            max-content-length = infinite
          }
        }
        """
            .formatted(
                ProblemParsingErrorHandler.class.getName(),
                limits.uriBytesMax() + 1,
                HeadReader.METHOD_LENGTH_MAX + 1,
                limits.headerBlockBytesMax(),
                limits.headerBlockBytesMax(),
                limits.headerCountMax() + 1));
  }

  /** Starts the stream of one connection on the given dispatcher. */
  void start(SocketStage socket, HandlerStage handler, String dispatcher) {
    Flow<HttpResponse, HttpRequest, NotUsed> http = layer.join(Flow.fromGraph(socket));
    Flow.fromGraph(handler)
        .join(http)
        .withAttributes(ActorAttributes.dispatcher(dispatcher))
        .run(materializer);
  }
}
