package io.holdfast.resource;

import io.holdfast.database.Slots;
import io.holdfast.database.WriteBehind;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What is kept of stored responses beyond the life of the cluster. Safe for many threads. */
public interface Warm {
  /** Nothing is kept. */
  Warm NONE =
      new Warm() {
        @Override
        public boolean keeps(String route) {
          return false;
        }

        @Override
        public boolean mayHave(String route) {
          return false;
        }

        @Override
        public boolean keep(WarmEntry entry) {
          return false;
        }

        @Override
        public void remove(StoredTarget target, Runnable done) {
          done.run();
        }

        @Override
        public CompletionStage<Read> read(StoredTarget target) {
          return CompletableFuture.completedFuture(new Read(true, Optional.empty()));
        }
      };

  /** Whether what is stored of that route is kept. */
  boolean keeps(String route);

  /** Whether something may be there of that route which a new owner would believe. */
  boolean mayHave(String route);

  /**
   * Has it written when there is time, in the place of what there is of its target.
   *
   * @return false if there is no room for it, or no database: what is there is as it was before
   */
  boolean keep(WarmEntry entry);

  /**
   * Removes what there is.
   *
   * @param done run on any thread once nothing is left; never, if the target gets another owner
   */
  void remove(StoredTarget target, Runnable done);

  /**
   * What there is.
   *
   * @param nothing it is certain that there is nothing, not even what nobody here understands
   */
  record Read(boolean nothing, Optional<WarmEntry> entry) {}

  /** What a new owner can begin with. */
  CompletionStage<Read> read(StoredTarget target);

  /** In the database. */
  static Warm in(WriteBehind rows, Slots slots) {
    return new Warm() {
      private WriteBehind.Target row(StoredTarget target) {
        var id = target.entityId();
        int slot = slots.slotOf(Slots.Kind.REPRESENTATION, slots.shardOf(id));
        return new WriteBehind.Target(id, slot, target.route());
      }

      @Override
      public boolean keeps(String route) {
        return rows.keeps(route);
      }

      @Override
      public boolean mayHave(String route) {
        return rows.mayHave(route);
      }

      @Override
      public boolean keep(WarmEntry entry) {
        return rows.keep(row(entry.target()), () -> WarmCodec.encode(entry), entry.bytes());
      }

      @Override
      public void remove(StoredTarget target, Runnable done) {
        rows.remove(row(target), done);
      }

      @Override
      public CompletionStage<Read> read(StoredTarget target) {
        return rows.read(row(target)).thenApply(it -> decoded(target, it));
      }
    };
  }

  private static Read decoded(StoredTarget target, WriteBehind.Read read) {
    return read instanceof WriteBehind.Entry entry
        ? new Read(false, WarmCodec.decode(target, entry.bytes()))
        : new Read(read instanceof WriteBehind.Nothing, Optional.empty());
  }
}
