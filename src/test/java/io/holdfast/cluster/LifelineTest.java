package io.holdfast.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.cluster.ClusterSettings.CertainDeath;
import io.holdfast.cluster.LifelineDecision.Proof;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** On real sockets, and with processes that are really killed and stopped. */
class LifelineTest {
  private static final Logger log = LoggerFactory.getLogger(LifelineTest.class);
  private static final InetAddress HERE = InetAddress.getLoopbackAddress();

  private record Death(Proof proof, Duration noticedIn, long atNanos) {}

  private final Map<Long, Death> deaths = new ConcurrentHashMap<>();
  private final List<AutoCloseable> open = new ArrayList<>();
  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (var closeable : open) {
      closeable.close();
    }
    for (var process : processes) {
      process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
    }
  }

  private Lifeline lifeline(long id, CertainDeath policy) throws IOException {
    return lifeline(id, 0, policy);
  }

  private Lifeline lifeline(long id, int port, CertainDeath policy) throws IOException {
    var lifeline =
        Lifeline.listen(
            new InetSocketAddress(HERE, port),
            new Greeting("test", id),
            policy,
            (dead, proof, in) -> deaths.put(dead, new Death(proof, in, System.nanoTime())));
    open.add(lifeline);
    return lifeline;
  }

  @Test
  void brokenItIsMuteButDoesNotLookDead() throws Exception {
    assertDoesNotLookDeadAfter(
        () -> {
          throw new IllegalStateException("for the test");
        },
        () -> {});
  }

  @Test
  void brokenByAnErrorItDoesNotLookDeadEither() throws Exception {
    assertDoesNotLookDeadAfter(
        () -> {
          throw new LinkageError("for the test");
        },
        () -> {
          throw new LinkageError("for the test: nobody can be told");
        });
  }

  private void assertDoesNotLookDeadAfter(Runnable onDeath, Runnable onBreak) throws Exception {
    var broken = new CompletableFuture<Void>();
    var listener =
        new Lifeline.Listener() {
          @Override
          public void dead(long incarnation, Proof proof, Duration noticedIn) {
            onDeath.run();
          }

          @Override
          public void broken() {
            broken.complete(null);
            onBreak.run();
          }
        };
    var lifeline = Lifeline.listen(at(0), new Greeting("test", 1), CertainDeath.ON, listener);
    open.add(lifeline);
    lifeline.watch(2, at(startProcess(2, 0)));
    await().until(() -> lifeline.held() == 1);
    processes.forEach(Process::destroyForcibly);
    broken.get(20, TimeUnit.SECONDS);
    await()
        .during(Duration.ofMillis(200))
        .untilAsserted(
            () -> {
              try (var peer = new Socket(HERE, lifeline.port())) {
                assertThat(peer.isConnected()).isTrue();
              }
            });
  }

  private static InetSocketAddress at(int port) {
    return new InetSocketAddress(HERE, port);
  }

  private int startProcess(long id, int port) throws IOException {
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var process =
        new ProcessBuilder(
                java,
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                LifelineProcess.class.getName(),
                Long.toString(id),
                Integer.toString(port))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    processes.add(process);
    var output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    for (var line = output.readLine(); line != null; line = output.readLine()) {
      if (line.matches("\\d+")) {
        return Integer.parseInt(line);
      }
    }
    throw new IOException("The process has ended");
  }

  private static void signal(Process process, String signal) throws Exception {
    var kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  private static void awaitHeld(Lifeline lifeline, int count) {
    await().pollInterval(Duration.ofMillis(5)).until(() -> lifeline.held() == count);
  }

  @Test
  void noticesAKilledProcessWithinAFractionOfASecond() throws Exception {
    var mine = lifeline(1, CertainDeath.LOOPBACK);
    mine.watch(2, at(startProcess(2, 0)));
    awaitHeld(mine, 1);

    long killed = System.nanoTime();
    processes.get(0).destroyForcibly();

    await().pollInterval(Duration.ofMillis(2)).until(() -> deaths.containsKey(2L));
    assertThat(deaths.get(2L).proof()).isEqualTo(Proof.REFUSED);
    var took = Duration.ofNanos(deaths.get(2L).atNanos() - killed);
    log.info(
        "{} ms from the signal, {} ms from the line's end",
        took.toMillis(),
        deaths.get(2L).noticedIn().toMillis());
    assertThat(took).isLessThan(Duration.ofSeconds(1));
  }

  @Test
  void noticesThatAnotherProcessHasTakenThePort() throws Exception {
    var mine = lifeline(1, CertainDeath.LOOPBACK);
    var first = lifeline(2, CertainDeath.OFF);
    int port = first.port();
    mine.watch(2, at(port));
    awaitHeld(mine, 1);

    var other = lifeline(3, CertainDeath.OFF);
    mine.watch(4, at(other.port()));

    await().until(() -> deaths.containsKey(4L));
    assertThat(deaths.get(4L).proof()).isEqualTo(Proof.ANSWERED_BY_ANOTHER);
    assertThat(deaths).doesNotContainKey(2L);
  }

  @Test
  void aStoppedProcessNeverLooksDead() throws Exception {
    var mine = lifeline(1, CertainDeath.LOOPBACK);
    int port = startProcess(2, 0);
    mine.watch(2, at(port));
    awaitHeld(mine, 1);

    signal(processes.get(0), "STOP");
    try {
      // A second observer, which has to connect while it is stopped.
      var late = lifeline(5, CertainDeath.LOOPBACK);
      late.watch(2, at(port));
      await()
          .during(Duration.ofSeconds(3))
          .atMost(Duration.ofSeconds(5))
          .until(() -> deaths.isEmpty() && mine.held() == 1);
      signal(processes.get(0), "CONT");
      awaitHeld(late, 1);
    } finally {
      signal(processes.get(0), "CONT");
    }
    assertThat(deaths).isEmpty();
  }

  @Test
  void aPeerThatIsRefusedIsNotDeadWhereThatProvesNothing() throws Exception {
    var mine = lifeline(1, CertainDeath.OFF);
    var peer = lifeline(2, CertainDeath.OFF);
    int port = peer.port();
    mine.watch(2, at(port));
    awaitHeld(mine, 1);

    peer.close();
    awaitHeld(mine, 0);
    lifeline(2, port, CertainDeath.OFF);

    awaitHeld(mine, 1);
    assertThat(deaths).isEmpty();
  }

  @Test
  void aBrokenLineToALivingPeerIsMendedAndProvesNothing() throws Exception {
    var mine = lifeline(1, CertainDeath.LOOPBACK);
    try (var server = new ServerSocket(0, 50, HERE)) {
      mine.watch(2, at(server.getLocalPort()));
      for (int line = 0; line < 4; line++) {
        try (var socket = server.accept()) {
          socket.getOutputStream().write(new Greeting("test", 2).octets());
          awaitHeld(mine, 1);
        }
        awaitHeld(mine, 0);
      }
      server.accept().close();
      assertThat(deaths).isEmpty();
    }
  }

  @Test
  void aPortThatTalksGarbageProvesNothing() throws Exception {
    var mine = lifeline(1, CertainDeath.LOOPBACK);
    try (var server = new ServerSocket(0, 50, HERE)) {
      mine.watch(2, at(server.getLocalPort()));
      for (int line = 0; line < 3; line++) {
        try (var socket = server.accept()) {
          socket.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes());
          socket.setSoTimeout(5000);
          assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
      }
    }
    assertThat(deaths.containsKey(2L)).isFalse();
  }

  @Test
  void saysOneLineAndCutsOffWhoTalksMuch() throws Exception {
    var mine = lifeline(7, CertainDeath.OFF);
    try (var socket = new Socket(HERE, mine.port())) {
      socket.setSoTimeout(5000);
      var input = new BufferedReader(new InputStreamReader(socket.getInputStream()));
      assertThat(input.readLine()).isEqualTo("holdfast-lifeline 1 test 7");
      socket.getOutputStream().write(new byte[65]);
      assertThat(isEnded(input)).isTrue();
    }
  }

  private static boolean isEnded(BufferedReader input) {
    try {
      return input.read() < 0;
    } catch (IOException e) {
      return !(e instanceof java.net.SocketTimeoutException);
    }
  }

  @Test
  void acceptsOnlySoManyConnectionsFromOneRemote() throws Exception {
    var mine = lifeline(7, CertainDeath.OFF);
    var sockets = new ArrayList<Socket>();
    try {
      int greeted = 0;
      for (int i = 0; i < 80; i++) {
        var socket = new Socket(HERE, mine.port());
        socket.setSoTimeout(5000);
        sockets.add(socket);
        greeted += isGreeted(socket) ? 1 : 0;
      }
      assertThat(greeted).isEqualTo(64);
      sockets.remove(0).close();
      await().until(() -> isGreetedAnew(mine, sockets));
    } finally {
      for (var socket : sockets) {
        socket.close();
      }
    }
  }

  @Test
  void aFloodOfConnectionsAndAScanAreIgnoredAndHarmNoPeer() throws Exception {
    var meters = new SimpleMeterRegistry();
    var mine = lifeline(1, CertainDeath.LOOPBACK);
    mine.bindTo(meters);
    var peer = lifeline(2, CertainDeath.LOOPBACK);
    mine.watch(2, at(peer.port()));
    peer.watch(1, at(mine.port()));
    awaitHeld(mine, 1);
    awaitHeld(peer, 1);
    var flood = new ArrayList<Socket>();
    try {
      for (int i = 0; i < 400; i++) {
        var socket = new Socket(HERE, mine.port());
        flood.add(socket);
        scan(socket, i);
        assertThat(mine.held() + peer.held()).isEqualTo(2);
      }
      var connections = meters.get("holdfast.lifeline.connections").tag("direction", "in").gauge();
      assertThat(connections.value()).isLessThanOrEqualTo(64);

      // Whoever comes now is not told from the flood, and takes nobody for dead.
      var late = lifeline(3, CertainDeath.LOOPBACK);
      late.watch(1, at(mine.port()));
      await()
          .during(Duration.ofMillis(500))
          .until(() -> late.held() == 0 && mine.held() == 1 && peer.held() == 1);
      for (var socket : flood) {
        socket.close();
      }
      awaitHeld(late, 1);
    } finally {
      for (var socket : flood) {
        socket.close();
      }
    }
    assertThat(deaths).isEmpty();
    peer.close();
    await().until(() -> deaths.containsKey(2L));
  }

  /** Some say nothing, some greet, some ask for something, and some go at once. */
  private static void scan(Socket socket, int i) throws IOException {
    switch (i % 4) {
      case 0 -> {}
      case 1 -> write(socket, "holdfast-lifeline 1 test 2\n");
      case 2 -> write(socket, "GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(9));
      default -> socket.close();
    }
  }

  /** It may have been turned away already. */
  private static void write(Socket socket, String text) {
    try {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      log.debug("Turned away: {}", e.toString());
    }
  }

  private static boolean isGreetedAnew(Lifeline mine, List<Socket> sockets) throws IOException {
    var socket = new Socket(HERE, mine.port());
    socket.setSoTimeout(5000);
    sockets.add(socket);
    return isGreeted(socket);
  }

  private static boolean isGreeted(Socket socket) {
    try {
      return socket.getInputStream().read() == 'h';
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void probesTellTheLivingFromOthersAndFromNobody() throws Exception {
    var probe = new LifelineProbe("test", Duration.ofMillis(300));
    var peer = lifeline(2, CertainDeath.OFF);
    assertThat(probe.ask(at(peer.port()), 2)).isEqualTo(LifelineProbe.Answer.ALIVE);
    assertThat(probe.ask(at(peer.port()), 3)).isEqualTo(LifelineProbe.Answer.ANOTHER_OR_REFUSED);
    try (var deaf = new ServerSocket(0, 50, HERE)) {
      assertThat(probe.ask(at(deaf.getLocalPort()), 2)).isEqualTo(LifelineProbe.Answer.NONE);
    }
    int port = peer.port();
    peer.close();
    assertThat(probe.ask(at(port), 2)).isEqualTo(LifelineProbe.Answer.ANOTHER_OR_REFUSED);
  }
}
