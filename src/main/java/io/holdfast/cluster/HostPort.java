package io.holdfast.cluster;

import java.net.InetSocketAddress;

/** {@code host:port}; an IPv6 host stands in brackets. */
record HostPort(String host, int port) {
  static HostPort parse(String text) {
    int colon = text.lastIndexOf(':');
    return new HostPort(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
  }

  InetSocketAddress resolve() {
    return new InetSocketAddress(
        host.startsWith("[") ? host.substring(1, host.length() - 1) : host, port);
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
