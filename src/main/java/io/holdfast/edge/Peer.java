package io.holdfast.edge;

import java.net.InetSocketAddress;

/**
 * Who is at the other end of the connection: the client, or the proxy before it.
 *
 * @param address of the socket, never taken from a field of the request
 */
public record Peer(InetSocketAddress address) {}
