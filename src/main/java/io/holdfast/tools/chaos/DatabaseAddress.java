package io.holdfast.tools.chaos;

/**
 * Where the database is that a run will use.
 *
 * @param url how nodes reach it, if nobody comes between
 * @param isOurs it is the embedded one
 */
record DatabaseAddress(String url, boolean isOurs) {}
