package io.holdfast.upstream;

import java.net.URI;

/**
 * Where an instance of a service is.
 *
 * @param host a name or an address, without brackets
 * @param weight its share of the requests against the others', at least 1
 */
public record InstanceAddress(String host, int port, int weight) {

  /** Of a URL {@code http://host:port}. */
  static InstanceAddress of(URI url, int weight) {
    var host = url.getHost();
    boolean bracketed = host.startsWith("[");
    return new InstanceAddress(
        bracketed ? host.substring(1, host.length() - 1) : host,
        url.getPort() < 0 ? 80 : url.getPort(),
        weight);
  }

  /** {@code host:port}, as operators name it and as the {@code Host} field says it. */
  public String name() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
