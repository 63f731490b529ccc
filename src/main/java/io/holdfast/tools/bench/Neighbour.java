package io.holdfast.tools.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Somebody else's server, started for one measurement: a service, or a proxy before it. */
final class Neighbour implements AutoCloseable {
  private static final int CONTENT_BYTES = 1024;
  private static final long START_MILLIS_MAX = 5000;
  private static final int UNUSABLE = 2;

  private final String name;
  private final InetSocketAddress address;
  private final Process process;

  private Neighbour(String name, int port, Process process) {
    this.name = name;
    this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    this.process = process;
  }

  /**
   * An nginx that answers each request with 1 KiB.
   *
   * @param fields of its answers, as nginx's {@code add_header} has them
   */
  static Neighbour service(Path directory, int port, String fields) throws IOException {
    return nginx(
        directory,
        port,
        "%s location / { return 200 \"%s\"; }".formatted(fields, "x".repeat(CONTENT_BYTES)),
        "");
  }

  /** An nginx that forwards to it, with connections that are kept. */
  static Neighbour nginx(Path directory, int port, int servicePort, int connections)
      throws IOException {
    return nginx(directory, port, PASS + "}", upstream(servicePort, connections));
  }

  /** An nginx that stores what it gets from it. */
  static Neighbour cachingNginx(Path directory, int port, int servicePort, int connections)
      throws IOException {
    Files.createDirectories(directory);
    return nginx(
        directory,
        port,
        PASS + " proxy_cache z; add_header X-Cache $upstream_cache_status; }",
        upstream(servicePort, connections)
            + " proxy_cache_path %s/cache keys_zone=z:10m;".formatted(directory));
  }

  private static final String PASS =
      "location / { proxy_pass http://service; proxy_http_version 1.1;"
          + " proxy_set_header Connection \"\";";

  private static String upstream(int servicePort, int connections) {
    return "upstream service { server 127.0.0.1:%d; keepalive %d; keepalive_requests 100000000; }"
        .formatted(servicePort, connections);
  }

  private static Neighbour nginx(Path directory, int port, String server, String more)
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
            .formatted(directory, port, server, more));
    var command = List.of("nginx", "-c", file.toString(), "-p", directory.toString());
    return start("nginx", port, command, directory)
        .orElseThrow(
            () ->
                new BenchCluster.Failed(
                    UNUSABLE, "nginx is not there: apt-get install nginx-light"));
  }

  /** A Caddy that forwards to it; nothing if there is none on this machine. */
  static Optional<Neighbour> caddy(Path directory, int port, int servicePort) throws IOException {
    Files.createDirectories(directory);
    var file = directory.resolve("Caddyfile");
    Files.writeString(
        file,
        """
        {
          admin off
          auto_https off
          log {
            level ERROR
          }
        }
        http://:%d {
          bind 127.0.0.1
          reverse_proxy 127.0.0.1:%d
        }
        """
            .formatted(port, servicePort));
    var command = List.of("caddy", "run", "--config", file.toString(), "--adapter", "caddyfile");
    return start("caddy", port, command, directory);
  }

  /** A Varnish that stores what it gets from it; nothing if there is none on this machine. */
  static Optional<Neighbour> varnish(Path directory, int port, int servicePort) throws IOException {
    Files.createDirectories(directory);
    var command =
        List.of(
            "varnishd",
            "-F",
            "-a",
            "127.0.0.1:" + port,
            "-b",
            "127.0.0.1:" + servicePort,
            "-n",
            directory.toString(),
            "-p",
            "timeout_idle=120",
            "-s",
            "malloc,64m");
    return start("varnish", port, command, directory);
  }

  private static Optional<Neighbour> start(
      String name, int port, List<String> command, Path directory) throws IOException {
    Process process;
    try {
      var builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().put("HOME", directory.toString());
      process = builder.redirectOutput(directory.resolve("output").toFile()).start();
    } catch (IOException e) {
      return Optional.empty();
    }
    var neighbour = new Neighbour(name, port, process);
    neighbour.awaitAnswer();
    return Optional.of(neighbour);
  }

  private void awaitAnswer() {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_MILLIS_MAX);
    while (true) {
      try (var socket = new Socket()) {
        socket.connect(address, 500);
        return;
      } catch (IOException e) {
        if (!process.isAlive() || System.nanoTime() - until > 0) {
          close();
          throw new BenchCluster.Failed(UNUSABLE, name + " does not answer at " + address);
        }
        Thread.onSpinWait();
      }
    }
  }

  String name() {
    return name;
  }

  InetSocketAddress address() {
    return address;
  }

  /** All its processes. */
  List<Long> pids() {
    var pids = new ArrayList<Long>();
    pids.add(process.pid());
    process.descendants().forEach(it -> pids.add(it.pid()));
    return pids;
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
  }
}
