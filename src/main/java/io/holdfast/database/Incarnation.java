package io.holdfast.database;

/**
 * One run of life of one node.
 *
 * @param id the unique id of the node's actor system, so that members and rows map one to one
 * @param name the node's configured name
 * @param address {@code host:port} of remoting
 * @param http {@code host:port} of the public API
 * @param admin {@code host:port} of the operator's port
 * @param lifeline {@code host:port} of the plain TCP port that peers hold a connection to
 */
public record Incarnation(
    long id, String name, String address, String http, String admin, String lifeline) {}
