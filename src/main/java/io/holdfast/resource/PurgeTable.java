package io.holdfast.resource;

import io.holdfast.database.Purges;
import io.holdfast.database.Purges.Added;
import io.holdfast.database.Purges.Page;
import io.holdfast.database.Purges.Row;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** Where purges are written down for all nodes. A stage fails when that is not to be had. */
public interface PurgeTable {
  /** Adds a purge and gives it the next number. */
  CompletionStage<Added> add(Row row);

  /** Those after a number; there may be more after the last of them. */
  CompletionStage<Page> after(long number);

  /** What nodes are called, by incarnation. */
  CompletionStage<Map<Long, String>> nodeNames();

  /** The one in the database. */
  static PurgeTable in(Purges purges) {
    return new PurgeTable() {
      @Override
      public CompletionStage<Added> add(Row row) {
        return purges.add(row);
      }

      @Override
      public CompletionStage<Page> after(long number) {
        return purges.after(number, Purges.PAGE_MAX);
      }

      @Override
      public CompletionStage<Map<Long, String>> nodeNames() {
        return purges.nodeNames();
      }
    };
  }
}
