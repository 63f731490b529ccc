package io.holdfast.edge;

import java.time.Duration;
import java.util.List;

/**
 * Limits of the public port.
 *
 * @param headerBlockBytesMax the whole header section, beyond it 431
 * @param uriBytesMax the request target, beyond it 414
 * @param headerCountMax field lines, beyond it 431
 * @param requestHeadTimeout for a complete head, else 408 and close
 * @param idleTimeout a connection without traffic is closed after it
 * @param trustedProxies addresses or CIDR blocks
 * @param connectionsMax open connections of this node, beyond it 503 {@code shed} and close
 * @param inFlightMax requests being answered by this node, beyond it 503 {@code shed}
 * @param heldMax requests that wait for an owner which does not answer, beyond it 503 {@code shed}
 */
public record HttpSettings(
    int headerBlockBytesMax,
    int uriBytesMax,
    int headerCountMax,
    Duration requestHeadTimeout,
    Duration idleTimeout,
    List<String> trustedProxies,
    int connectionsMax,
    int inFlightMax,
    int heldMax) {}
