package io.holdfast.resource;

import io.holdfast.caching.Purge;

/** What a node stores of services, as purges reach it. Neither may block, or fail for long. */
public interface Reached {
  /** Stores nothing. */
  Reached NOTHING =
      new Reached() {
        @Override
        public long count(Purge purge) {
          return 0;
        }

        @Override
        public void apply(Purge purge) {}
      };

  /** How many target URLs, of the representations that this node owns, a purge reaches. */
  long count(Purge purge);

  /**
   * Makes it so. When this returns, no answer is made any more from what the purge reaches, of what
   * this node owns and of its copies. The {@link PurgeLog} knows the purge already: whoever asks it
   * with each use has nothing to do here. Called in the order of the numbers, by one thread at a
   * time; a purge may come a second time.
   */
  void apply(Purge purge);
}
