package io.holdfast.testing;

import io.holdfast.resource.Copies;
import io.holdfast.resource.Document;
import io.holdfast.resource.ReadLeases;
import io.holdfast.resource.Residents;
import io.holdfast.resource.Standing;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;

/** A node as its documents see it, of which each thing can be set. */
public final class DocumentsNode implements Document.Surroundings {
  public final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final ReadLeases ownLeases = new ReadLeases(meters);
  public final Residents residents = new Residents(1 << 20);
  public final Copies copies = new Copies(1 << 20);
  public volatile Supplier<ReadLeases> leases = () -> ownLeases;
  public volatile Standing standing = Standing.CURRENT;
  public volatile boolean databaseAway;
  public volatile long generation;

  @Override
  public Standing standing(String entityId) {
    return standing;
  }

  @Override
  public boolean isCurrentFor(String entityId, Duration time) {
    return standing == Standing.CURRENT;
  }

  @Override
  public ReadLeases leases() {
    return leases.get();
  }

  @Override
  public Instant knownAt(String entityId) {
    return Instant.EPOCH;
  }

  @Override
  public Copies copies(String entityId) {
    return copies;
  }

  @Override
  public Residents residents(String entityId) {
    return residents;
  }

  @Override
  public boolean databaseAway() {
    return databaseAway;
  }

  @Override
  public long generation() {
    return generation;
  }

  @Override
  public Instant now() {
    return Instant.now();
  }
}
