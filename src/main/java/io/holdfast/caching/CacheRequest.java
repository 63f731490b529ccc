package io.holdfast.caching;

import io.holdfast.http.Fields;
import java.util.Set;

/**
 * A request as the cache sees it.
 *
 * @param method as sent
 * @param key under which an answer to it is stored; for a method other than HEAD and QUERY that of
 *     GET
 * @param fields as they go to the service, without those of the connection: what varies is judged
 *     by them
 */
public record CacheRequest(String method, CacheKey key, Fields fields) {
  private static final Set<String> RETRIEVALS = Set.of("GET", "HEAD", "QUERY");

  /** Of those registered (RFC 9110, section 9.2.1; RFC 10008; WebDAV). */
  private static final Set<String> SAFE =
      Set.of("GET", "HEAD", "OPTIONS", "TRACE", "QUERY", "PROPFIND", "REPORT", "SEARCH", "PRI");

  /** Whether a stored response may be the answer. */
  public boolean retrieves() {
    return RETRIEVALS.contains(method);
  }

  /** A method that is not known is not safe (RFC 9111, section 4.4). */
  public boolean changesNothing() {
    return SAFE.contains(method);
  }

  public boolean wantsHead() {
    return method.equals("HEAD");
  }

  public RequestDirectives directives() {
    return RequestDirectives.of(fields);
  }
}
