package io.holdfast.resource;

import io.holdfast.caching.Generation;

/**
 * What a fetch began under: shown with what it has brought.
 *
 * @param owner which owner gave it; a later one knows nothing of what happened before it
 * @param flight its number, if others wait for it; else 0
 * @param began what was known then
 */
public record Ticket(long owner, long flight, Generation began) {
  /** Of a fetch that no owner knows of: what it brings is not stored. */
  public static final Ticket NONE = new Ticket(0, 0, Generation.FIRST);

  /** Whether others wait for what it brings. */
  public boolean isFlight() {
    return flight != 0;
  }
}
