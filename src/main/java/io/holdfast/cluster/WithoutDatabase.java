package io.holdfast.cluster;

/**
 * What a member tells the others of itself while it does not reach the database. They may know
 * better: if it answers them, they go on without that member.
 *
 * @param incarnation the member's
 */
record WithoutDatabase(long incarnation) {}
