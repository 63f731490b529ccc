package io.holdfast.tools.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An nginx of one process, for one measurement: a service of one answer, or a proxy before it. */
final class Nginx implements AutoCloseable {
  private static final int CONTENT_BYTES = 1024;
  private static final long START_MILLIS_MAX = 5000;
  private static final int UNUSABLE = 2;

  private final Process process;

  private Nginx(Process process) {
    this.process = process;
  }

  /** Answers each request with 1 KiB. */
  static Nginx service(Path directory, int port) throws IOException {
    return start(
        directory, port, "location / { return 200 \"" + "x".repeat(CONTENT_BYTES) + "\"; }", "");
  }

  /** Forwards to it, with connections that are kept. */
  static Nginx proxy(Path directory, int port, int servicePort, int connections)
      throws IOException {
    var location =
        "location / { proxy_pass http://service; proxy_http_version 1.1;"
            + " proxy_set_header Connection \"\"; }";
    var upstream =
        "upstream service { server 127.0.0.1:%d; keepalive %d; keepalive_requests 100000000; }"
            .formatted(servicePort, connections);
    return start(directory, port, location, upstream);
  }

  private static Nginx start(Path directory, int port, String location, String more)
      throws IOException {
    Files.createDirectories(directory);
    var file = directory.resolve("nginx.conf");
    Files.writeString(
        file,
        """
        daemon off; master_process off; worker_processes 1;
        pid %1$s/pid; error_log %1$s/error.log;
        events { worker_connections 2048; }
        http {
          access_log off; keepalive_requests 100000000;
          client_body_temp_path %1$s/body; proxy_temp_path %1$s/proxy;
          fastcgi_temp_path %1$s/f; uwsgi_temp_path %1$s/u; scgi_temp_path %1$s/s;
          %4$s
          server { listen 127.0.0.1:%2$d; %3$s }
        }
        """
            .formatted(directory, port, location, more));
    var nginx = new Nginx(run(List.of("nginx", "-c", file.toString(), "-p", directory.toString())));
    nginx.awaitAnswer(port);
    return nginx;
  }

  private static Process run(List<String> command) {
    try {
      return new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new BenchCluster.Failed(UNUSABLE, "nginx is not there: apt-get install nginx-light");
    }
  }

  private void awaitAnswer(int port) {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_MILLIS_MAX);
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    while (true) {
      try (var socket = new Socket()) {
        socket.connect(address, 500);
        return;
      } catch (IOException e) {
        if (!process.isAlive() || System.nanoTime() - until > 0) {
          close();
          throw new BenchCluster.Failed(UNUSABLE, "nginx does not answer on port " + port);
        }
        Thread.onSpinWait();
      }
    }
  }

  long pid() {
    return process.pid();
  }

  @Override
  public void close() {
    process.destroy();
  }
}
