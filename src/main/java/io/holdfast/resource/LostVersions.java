package io.holdfast.resource;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the operator which documents a promotion of the database has thrown back, as far as this
 * node remembers what they were. Safe for many threads.
 */
public final class LostVersions implements Copies.Lost {
  /** The first ones are named; all are counted. */
  static final int NAMED_MAX = 100;

  private static final Logger log = LoggerFactory.getLogger(LostVersions.class);

  private final Counter found;
  private final AtomicInteger left = new AtomicInteger(NAMED_MAX);

  public LostVersions(MeterRegistry meters) {
    this.found =
        Counter.builder("holdfast.documents.lost")
            .description("Documents of which this node knew a version that the database has lost")
            .register(meters);
  }

  /** Names as many again: the history has changed. */
  public void begin() {
    left.set(NAMED_MAX);
  }

  @Override
  public void found(String entityId, DocumentVersion version, DocumentVersion now) {
    found.increment();
    int before = left.getAndUpdate(it -> Math.max(0, it - 1));
    if (before > 0) {
      log.warn(
          "{} was \"{}\" and is {} now: the database has lost what came between",
          entityId,
          version.tag(),
          now.equals(DocumentVersion.NONE) ? "not there" : '"' + now.tag() + '"');
    }
    if (before == 1) {
      log.warn("More documents that were lost are only counted (holdfast_documents_lost_total)");
    }
  }
}
