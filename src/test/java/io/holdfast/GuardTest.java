package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.database.Database;
import io.holdfast.database.DatabaseSettings;
import io.holdfast.database.Incarnation;
import io.holdfast.database.Registry;
import io.holdfast.database.ShardRows;
import io.holdfast.database.Slots;
import io.holdfast.ownership.GuardSettings;
import io.holdfast.ownership.GuardState.Verdict;
import io.holdfast.ownership.Ownership;
import io.holdfast.ownership.OwnershipTesting;
import io.holdfast.ownership.PurgeWatch;
import io.holdfast.telemetry.Failover;
import io.holdfast.testing.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the guard is for, on real rows: an owner that is frozen, so that its poll does not find out
 * that its shard was taken, must not answer as current once its successor serves. And each half of
 * the guard switched off, to see the fault come back.
 */
class GuardTest {
  private static final Duration TTL = Duration.ofMillis(700);
  private static final Duration OFF = Duration.ofHours(1);

  /** As if the owner were frozen: it does not look again. */
  private static final Duration NEVER = Duration.ofHours(1);

  private static final int SLOT = 3;

  /** One incarnation's ownership, with what it stands on. */
  private record Owner(Database database, ShardRows rows, Ownership ownership)
      implements AutoCloseable {
    static Owner start(long id, DatabaseSettings settings, Duration ttl) throws Exception {
      var database = Database.open(settings);
      database.prepare("holdfast", new Slots(64));
      var address = "127.0.0.1:" + id;
      new Registry(database)
          .register(
              new Incarnation(id, "n" + id, address, address, address, address), true, Set.of());
      var rows = new ShardRows(database);
      var meters = new SimpleMeterRegistry();
      var ownership =
          Ownership.create(
              new RowsOfShards(rows, id),
              new GuardSettings(ttl, NEVER),
              () -> {},
              PurgeWatch.NONE,
              meters,
              new Failover(meters));
      return new Owner(database, rows, ownership);
    }

    void acquire() throws Exception {
      assertThat(OwnershipTesting.acquire(ownership, SLOT).get(10, TimeUnit.SECONDS)).isTrue();
    }

    @Override
    public void close() {
      ownership.close();
      rows.close();
      database.close();
    }
  }

  private static Verdict verdictOfTheFrozenOwnerOnceItsSuccessorServes(
      TestDatabase kind, Duration ttlOfOwner, Duration waitOfSuccessor) throws Exception {
    var settings = kind.fresh();
    try (var owner = Owner.start(1, settings, ttlOfOwner);
        var successor = Owner.start(2, settings, waitOfSuccessor)) {
      owner.acquire();
      assertThat(owner.ownership().verdict(SLOT)).isEqualTo(Verdict.CURRENT);
      successor.acquire();
      return owner.ownership().verdict(SLOT);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aFrozenOwnerDoesNotAnswerAsCurrentOnceItsSuccessorServes(TestDatabase kind)
      throws Exception {
    assertThat(verdictOfTheFrozenOwnerOnceItsSuccessorServes(kind, TTL, TTL))
        .isEqualTo(Verdict.LAPSED);
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void withoutTheOwnersLimitTheFaultIsThere(TestDatabase kind) throws Exception {
    assertThat(verdictOfTheFrozenOwnerOnceItsSuccessorServes(kind, OFF, TTL))
        .isEqualTo(Verdict.CURRENT);
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void withoutTheSuccessorsWaitTheFaultIsThere(TestDatabase kind) throws Exception {
    var longerThanTheTest = Duration.ofMinutes(5);
    assertThat(
            verdictOfTheFrozenOwnerOnceItsSuccessorServes(
                kind, longerThanTheTest, Duration.ofMillis(1)))
        .isEqualTo(Verdict.CURRENT);
  }
}
