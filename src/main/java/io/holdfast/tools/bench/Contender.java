package io.holdfast.tools.bench;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** A server on this machine, and the processes of which it consists. */
record Contender(String name, InetSocketAddress address, List<Long> pids) {
  private static final Pattern TOLD = Pattern.compile("([\\w.-]{1,30})=(\\d{1,5}),(\\d{1,9})");
  private static final int PORT_MAX = 65535;

  static Contender of(Neighbour neighbour) {
    return new Contender(neighbour.name(), neighbour.address(), neighbour.pids());
  }

  /**
   * One that somebody has started.
   *
   * @param text {@code NAME=PORT,PID}; nothing if it is not that
   */
  static Optional<Contender> parse(String text) {
    var told = TOLD.matcher(text);
    if (!told.matches() || Integer.parseInt(told.group(2)) > PORT_MAX) {
      return Optional.empty();
    }
    int port = Integer.parseInt(told.group(2));
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    return Optional.of(
        new Contender(told.group(1), address, List.of(Long.parseLong(told.group(3)))));
  }
}
