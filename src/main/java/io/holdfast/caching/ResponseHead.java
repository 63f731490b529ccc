package io.holdfast.caching;

import io.holdfast.http.Fields;

/** The status code and the fields of a response. */
public record ResponseHead(int status, Fields fields) {
  /** 200 to 399: what lets an unsafe method's answer invalidate (RFC 9111, section 4.4). */
  boolean isNonError() {
    return status >= 200 && status < 400;
  }
}
