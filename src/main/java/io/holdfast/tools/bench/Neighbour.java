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
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** Somebody else's server, started for one measurement: a service, or a proxy before it. */
final class Neighbour implements AutoCloseable {
  private static final int CONTENT_BYTES = 1024;
  private static final long START_MILLIS_MAX = 5000;
  private static final long AGAIN_NANOS = 20_000_000;
  private static final long END_SECONDS_MAX = 5;
  private static final int UNUSABLE = 2;

  /** Those of servers are not in everybody's path. */
  private static final List<String> DIRECTORIES =
      List.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin");

  private final String name;
  private final InetSocketAddress address;
  private final Process process;

  private Neighbour(String name, int port, Process process) {
    this.name = name;
    this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    this.process = process;
  }

  /**
   * An nginx that answers each request with 1 KiB, and tells how many there were.
   *
   * @param fields of its answers, as nginx's {@code add_header} has them
   */
  static Neighbour service(Path directory, int port, String fields) throws IOException {
    return nginx(
        directory,
        port,
        "location / { %s return 200 \"%s\"; } location = %s { stub_status; }"
            .formatted(fields, "x".repeat(CONTENT_BYTES), ServiceCount.PATH),
        "");
  }

  /** An nginx that answers each request with 201 at once. */
  static Neighbour creating(Path directory, int port) throws IOException {
    return nginx(directory, port, "location / { return 201 \"done\"; }", "");
  }

  /** An nginx that forwards to it, with connections that are kept. */
  static Neighbour nginx(Path directory, int port, int servicePort, int connections)
      throws IOException {
    return nginx(directory, port, PASS + "}", upstream(servicePort, connections));
  }

  /** An nginx that stores what it gets from it. */
  static Neighbour cachingNginx(Path directory, int port, int servicePort, int connections)
      throws IOException {
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
    var command = List.of("-c", file.toString(), "-p", directory.toString());
    return start("nginx", "nginx", port, command, directory)
        .orElseThrow(
            () ->
                new BenchCluster.Failed(
                    UNUSABLE, "nginx is not there: apt-get install nginx-light"));
  }

  /**
   * A Caddy that forwards to it, with as many connections kept as it is asked by; nothing if there
   * is none on this machine.
   */
  static Optional<Neighbour> caddy(Path directory, int port, int servicePort, int connections)
      throws IOException {
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
          reverse_proxy 127.0.0.1:%d {
            transport http {
              keepalive_idle_conns_per_host %d
            }
          }
        }
        """
            .formatted(port, servicePort, connections));
    var command = List.of("run", "--config", file.toString(), "--adapter", "caddyfile");
    return start("caddy", "caddy", port, command, directory);
  }

  /** A Varnish that stores what it gets from it; nothing if there is none on this machine. */
  static Optional<Neighbour> varnish(Path directory, int port, int servicePort) throws IOException {
    var command =
        List.of(
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
    return start("varnish", "varnishd", port, command, directory);
  }

  private static Optional<Neighbour> start(
      String name, String program, int port, List<String> arguments, Path directory)
      throws IOException {
    var path = find(program);
    if (path.isEmpty()) {
      return Optional.empty();
    }
    var command = new ArrayList<>(List.of(path.get()));
    command.addAll(arguments);
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("HOME", directory.toString());
    var process = builder.redirectOutput(directory.resolve("output").toFile()).start();
    var neighbour = new Neighbour(name, port, process);
    // Not removed again: it does nothing once the process has ended.
    Runtime.getRuntime().addShutdownHook(new Thread(neighbour::close, "end of " + name));
    neighbour.awaitAnswer(directory.resolve("output"));
    return Optional.of(neighbour);
  }

  private static Optional<String> find(String program) {
    return DIRECTORIES.stream()
        .map(directory -> Path.of(directory, program))
        .filter(Files::isExecutable)
        .map(Path::toString)
        .findFirst();
  }

  private void awaitAnswer(Path output) throws IOException {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_MILLIS_MAX);
    while (true) {
      try (var socket = new Socket()) {
        socket.connect(address, 500);
        return;
      } catch (IOException e) {
        if (!process.isAlive() || System.nanoTime() - until > 0) {
          close();
          throw new BenchCluster.Failed(
              UNUSABLE,
              "%s does not answer at %s: %s"
                  .formatted(name, address, Files.readString(output).strip()));
        }
        LockSupport.parkNanos(AGAIN_NANOS);
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
    var all = Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
    all.forEach(ProcessHandle::destroy);
    try {
      process.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    all.forEach(ProcessHandle::destroyForcibly);
  }
}
