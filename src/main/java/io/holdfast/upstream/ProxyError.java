package io.holdfast.upstream;

import java.util.Locale;

/** Why there is no answer of an instance, in the words of RFC 9209, section 2.3. */
enum ProxyError {
  DNS_ERROR,
  /** No instance is to be asked: as checks, ejections or a breaker say. */
  DESTINATION_UNAVAILABLE,
  CONNECTION_REFUSED,
  CONNECTION_TIMEOUT,
  /** The connection was closed before anything came by it. */
  CONNECTION_TERMINATED,
  CONNECTION_READ_TIMEOUT,
  /** As many requests are under way, or wait, as may. */
  CONNECTION_LIMIT_REACHED,
  /** The client's request is at fault. */
  HTTP_REQUEST_ERROR,
  HTTP_RESPONSE_INCOMPLETE,
  HTTP_RESPONSE_HEADER_SECTION_SIZE,
  HTTP_RESPONSE_TRAILER_SECTION_SIZE,
  HTTP_RESPONSE_TRANSFER_CODING,
  HTTP_RESPONSE_TIMEOUT,
  /** Whatever else is not HTTP as it should be. */
  HTTP_PROTOCOL_ERROR;

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
