/**
 * Values of HTTP as pure types: entity tags, conditions, dates, ranges, media types, structured
 * fields, problems, after RFC 9110 and its kin. Needs nothing but the JDK, knows nothing of sockets
 * or actors.
 */
package io.holdfast.http;
