package io.holdfast.tools;

import java.util.Optional;

/**
 * What is known of the database from outside.
 *
 * @param kind {@code h2} or {@code postgresql}
 * @param pid of the embedded database's process
 * @param url without credentials
 */
record DatabaseStatus(String kind, Optional<Long> pid, boolean up, String url) {}
