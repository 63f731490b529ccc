package io.holdfast.operation;

/**
 * The large part of a request, or of an answer, as it is kept.
 *
 * @param reason the phrase of an answer; empty for a request
 * @param fields as they stand in a head, each with its CRLF
 */
public record Message(String reason, byte[] fields, byte[] content) {}
