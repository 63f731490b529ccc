package io.holdfast.tools.bench;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A store of documents on a real socket: PUT keeps, GET gives or says 404. */
final class PlainStore implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService threads = Executors.newFixedThreadPool(8);
  private final Map<String, byte[]> documents = new ConcurrentHashMap<>();

  PlainStore() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/docs/", this::handle);
    server.start();
  }

  InetSocketAddress address() {
    return server.getAddress();
  }

  int documents() {
    return documents.size();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      var id = exchange.getRequestURI().getPath();
      var content = exchange.getRequestBody().readAllBytes();
      if (exchange.getRequestMethod().equals("PUT")) {
        documents.put(id, content);
        exchange.sendResponseHeaders(204, -1);
      } else if (documents.containsKey(id)) {
        exchange.sendResponseHeaders(200, documents.get(id).length);
        exchange.getResponseBody().write(documents.get(id));
      } else {
        exchange.sendResponseHeaders(404, -1);
      }
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
