package io.holdfast.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;

/**
 * A TCP link on loopback to a server, which can go wrong: black (nothing passes, nothing is
 * refused), silent on the connections that there are, cut (connections break, new ones are
 * refused), or lose the answer to one message.
 */
public final class FaultyLink implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 * 1024;

  private final int serverPort;
  private final ServerSocket listener;
  private final int port;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Set<Socket> silent = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition clear = lock.newCondition();
  private boolean black;
  private volatile Pattern fatalMessage;
  private volatile boolean forwardFatal;
  private volatile boolean cut;

  public FaultyLink(int serverPort) {
    this.serverPort = serverPort;
    try {
      this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      this.port = listener.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    thread(this::accept);
  }

  /** The port to connect to instead of the server's. */
  public int port() {
    return port;
  }

  /** Holds every byte back until {@link #heal}. */
  public void goBlack() {
    setBlack(true);
  }

  /** Drops every byte of the connections that there are; new ones work. */
  public void silenceConnections() {
    silent.addAll(sockets);
  }

  /** Breaks all connections, and every new one as soon as it is made, until {@link #heal}. */
  public void cut() {
    cut = true;
    breakConnections();
  }

  /** Lets everything pass again. */
  public void heal() {
    cut = false;
    setBlack(false);
  }

  /** The next message from a client in which the pattern is found arrives; its answer does not. */
  public void loseAnswerTo(Pattern pattern) {
    forwardFatal = true;
    fatalMessage = pattern;
  }

  /** The next message from a client in which the pattern is found does not arrive. */
  public void loseMessage(Pattern pattern) {
    forwardFatal = false;
    fatalMessage = pattern;
  }

  private void setBlack(boolean value) {
    lock.lock();
    try {
      black = value;
      clear.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void awaitClear() throws InterruptedException {
    lock.lock();
    try {
      while (black) {
        clear.await();
      }
    } finally {
      lock.unlock();
    }
  }

  private void accept() {
    try {
      while (true) {
        var client = listener.accept();
        if (cut) {
          client.close();
        } else {
          thread(() -> connect(client));
        }
      }
    } catch (IOException e) {
      // Closed: the test is over.
    }
  }

  private void connect(Socket client) {
    var server = new Socket();
    try {
      awaitClear();
      server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), serverPort), 1000);
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
      sockets.add(client);
      sockets.add(server);
      if (cut) {
        close(client);
        close(server);
        return;
      }
      thread(() -> pump(client, server, true));
      thread(() -> pump(server, client, false));
    } catch (IOException | InterruptedException e) {
      close(client);
      close(server);
    }
  }

  private void pump(Socket from, Socket to, boolean fromClient) {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      var buffer = new byte[BUFFER_BYTES];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        awaitClear();
        if (silent.contains(from)) {
          continue;
        }
        if (fromClient && isFatal(buffer, n)) {
          fatalMessage = null;
          if (forwardFatal) {
            close(from);
            out.write(buffer, 0, n);
            out.flush();
            in = InputStream.nullInputStream();
            continue;
          }
          return;
        }
        out.write(buffer, 0, n);
        out.flush();
      }
    } catch (IOException | InterruptedException e) {
      // The connection is over: so is this thread.
    } finally {
      close(from);
      close(to);
    }
  }

  /** PostgreSQL's driver sends texts in UTF-8, H2's in UTF-16: without zeros both look the same. */
  private boolean isFatal(byte[] bytes, int length) {
    var pattern = fatalMessage;
    var message = new String(bytes, 0, length, StandardCharsets.ISO_8859_1).replace("\0", "");
    return pattern != null && pattern.matcher(message).find();
  }

  private void breakConnections() {
    sockets.forEach(FaultyLink::close);
    sockets.clear();
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void thread(Runnable work) {
    var thread = new Thread(work, "faulty-link");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    heal();
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    breakConnections();
  }
}
