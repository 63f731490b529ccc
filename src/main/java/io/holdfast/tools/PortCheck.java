package io.holdfast.tools;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Whether somebody listens on a port. */
final class PortCheck {
  private static final int CONNECT_MAX_MS = 500;

  private PortCheck() {}

  /** Refuses with a line when the port cannot be listened on. */
  static void requireFree(String host, int port, String whose) {
    try (var socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getByName(host), port));
    } catch (IOException e) {
      throw Refusal.unusable(
          "port %d (%s) on %s cannot be used (%s): stop what listens there, or choose other ports"
              + " with --base-port",
          port, whose, host, e.getMessage());
    }
  }

  static boolean answers(String host, int port) {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port), CONNECT_MAX_MS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
