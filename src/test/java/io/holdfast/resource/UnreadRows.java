package io.holdfast.resource;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A database that is asked for what is kept of every route, and says nothing. */
public final class UnreadRows implements Warm {
  @Override
  public boolean keeps(String route) {
    return true;
  }

  @Override
  public boolean mayHave(String route) {
    return true;
  }

  @Override
  public boolean keep(WarmEntry entry) {
    return true;
  }

  @Override
  public void remove(StoredTarget target, Runnable done) {
    done.run();
  }

  @Override
  public CompletionStage<Read> read(StoredTarget target) {
    return new CompletableFuture<>();
  }
}
