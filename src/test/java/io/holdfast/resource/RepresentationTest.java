package io.holdfast.resource;

import static io.holdfast.resource.GivenResponses.SETTINGS;
import static io.holdfast.resource.GivenResponses.TARGET;
import static io.holdfast.resource.GivenResponses.content;
import static io.holdfast.resource.GivenResponses.get;
import static io.holdfast.resource.GivenResponses.request;
import static io.holdfast.resource.GivenResponses.response;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.caching.CacheRequest;
import io.holdfast.caching.Purge;
import io.holdfast.caching.StoredResponse;
import io.holdfast.http.ProblemType;
import io.holdfast.resource.Representation.Ask;
import io.holdfast.resource.Representation.Command;
import io.holdfast.resource.Representation.Confirm;
import io.holdfast.resource.Representation.Drop;
import io.holdfast.resource.Representation.Fail;
import io.holdfast.resource.Representation.Failure;
import io.holdfast.resource.Representation.Found;
import io.holdfast.resource.Representation.Go;
import io.holdfast.resource.Representation.Invalidate;
import io.holdfast.resource.Representation.Invalidated;
import io.holdfast.resource.Representation.NotFetched;
import io.holdfast.resource.Representation.NotNow;
import io.holdfast.resource.Representation.NothingStored;
import io.holdfast.resource.Representation.Queued;
import io.holdfast.resource.Representation.Release;
import io.holdfast.resource.Representation.Reply;
import io.holdfast.resource.Representation.Returned;
import io.holdfast.resource.Representation.Store;
import io.holdfast.resource.Representation.Unshare;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The owner of a target among edges, which are probes. */
@Timeout(60)
class RepresentationTest {
  private static final ActorTestKit KIT = ActorTestKit.create();
  private static final Duration SHORTLY = Duration.ofMillis(200);
  private static final long PATIENCE = 30_000;
  private static final AtomicLong NUMBERS = new AtomicLong();

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  private static final class Node implements Representation.Surroundings {
    final StoredTargets stored;
    final PurgeLog purges = new PurgeLog();
    volatile Warm warm = Warm.NONE;
    volatile Instant ownedSince = Instant.EPOCH;
    volatile Standing standing = Standing.CURRENT;
    volatile boolean proved = true;

    Node(long bytesMax) {
      this.stored = new StoredTargets(bytesMax);
    }

    @Override
    public Standing standing(String entityId) {
      return standing;
    }

    @Override
    public boolean isCurrentFor(String entityId, Duration time) {
      return proved;
    }

    @Override
    public Duration ownedFor(String entityId) {
      return Duration.between(ownedSince, Instant.now());
    }

    @Override
    public StoredTargets stored() {
      return stored;
    }

    @Override
    public PurgeLog purges() {
      return purges;
    }

    @Override
    public Warm warm() {
      return warm;
    }

    @Override
    public Instant now() {
      return Instant.now();
    }
  }

  private final Node node = new Node(1 << 20);
  private final TestProbe<ClusterSharding.ShardCommand> shard = KIT.createTestProbe();
  private final ActorRef<Command> owner = spawn(node);
  private final Edge a = new Edge();
  private final Edge b = new Edge();

  private ActorRef<Command> spawn(Node on) {
    return KIT.spawn(Representation.create(TARGET.entityId(), shard.ref(), on));
  }

  /** A node that asks. */
  private final class Edge {
    final TestProbe<Reply> replies = KIT.createTestProbe();
    ActorRef<Command> to = owner;

    long ask(CacheRequest request, long patience, Long... known) {
      long number = NUMBERS.incrementAndGet();
      again(number, request, patience, known);
      return number;
    }

    long ask(CacheRequest request) {
      return ask(request, PATIENCE);
    }

    void again(long number, CacheRequest request, long patience, Long... known) {
      to.tell(new Ask(TARGET, request, List.of(known), patience, number, replies.ref()));
    }

    <T extends Reply> T expect(Class<T> type) {
      return replies.expectMessageClass(type);
    }

    /** Is told to fetch. */
    Ticket fetches(CacheRequest request) {
      ask(request);
      return expect(Go.class).ticket();
    }

    void waits(CacheRequest request) {
      ask(request);
      assertThat(expect(Queued.class).reading()).isFalse();
    }

    /** Until what is kept is read. */
    void waitsForWhatIsKept(CacheRequest request) {
      ask(request);
      assertThat(expect(Queued.class).reading()).isTrue();
    }

    /** Is told to fetch once that is read, or takes too long. */
    Ticket fetchesThen(CacheRequest request) {
      waitsForWhatIsKept(request);
      return expect(Go.class).ticket();
    }

    void stores(Ticket ticket, StoredResponse response) {
      to.tell(
          new Store(
              TARGET,
              get(),
              SETTINGS,
              ticket,
              response,
              content(response.contentId()),
              NUMBERS.incrementAndGet(),
              replies.ref()));
    }

    void confirms(
        Ticket ticket, StoredResponse answer, List<StoredResponse> updated, StoredResponse old) {
      to.tell(
          new Confirm(
              TARGET,
              get(),
              SETTINGS,
              ticket,
              answer,
              updated,
              List.of(old),
              NUMBERS.incrementAndGet(),
              replies.ref()));
    }

    void invalidates() {
      to.tell(new Invalidate(TARGET, NUMBERS.incrementAndGet(), replies.ref()));
    }

    /** Gives copies back when it is told to. */
    Drop returns() {
      var drop = expect(Drop.class);
      drop.owner().tell(new Returned(TARGET, drop.asOf(), replies.ref()));
      return drop;
    }

    void hearsNothing() {
      replies.expectNoMessage(SHORTLY);
    }
  }

  private static StoredResponse fresh(long id) {
    return response(get(), id, "max-age=60", Instant.now());
  }

  private static StoredResponse stale(long id) {
    return response(get(), id, "max-age=5", Instant.now().minusSeconds(10));
  }

  private Found stored(Edge edge, StoredResponse response) {
    edge.stores(edge.fetches(get()), response);
    return edge.expect(Found.class);
  }

  // ---- flights ----

  @Test
  void oneFetchesAndTheOthersGetWhatItBrings() {
    var ticket = a.fetches(get());
    assertThat(ticket.isFlight()).isTrue();
    long waiting = b.ask(get());
    b.expect(Queued.class);
    a.stores(ticket, fresh(1));
    assertThat(a.expect(Found.class).vouched()).isTrue();
    var found = b.expect(Found.class);
    assertThat(found.exchange()).isEqualTo(waiting);
    assertThat(found.use()).isEqualTo(StoredUse.COLLAPSED);
    assertThat(found.content()).isEqualTo(content(1));
    assertThat(found.vouched()).isTrue();
  }

  @Test
  void aNodeGetsTheContentOnceForAllOfItsRequests() {
    var ticket = a.fetches(get());
    b.waits(get());
    b.waits(get());
    a.stores(ticket, fresh(1));
    assertThat(b.expect(Found.class).known()).isFalse();
    assertThat(b.expect(Found.class).known()).isTrue();
    b.ask(get(), PATIENCE, 1L);
    assertThat(b.expect(Found.class).known()).isTrue();
  }

  @Test
  void whoHasWaitedForAnotherVariantFetchesItsOwn() {
    var german = get("Accept-Language", "de");
    a.ask(german);
    var ticket = a.expect(Go.class).ticket();
    b.waits(get("Accept-Language", "fr"));
    a.to.tell(
        new Store(
            TARGET,
            german,
            SETTINGS,
            ticket,
            response(
                german, 1, Instant.now(), "Cache-Control", "max-age=9", "Vary", "Accept-Language"),
            content(1),
            9,
            a.replies.ref()));
    assertThat(b.expect(Go.class).ticket().isFlight()).isTrue();
  }

  @Test
  void theFlightOfANodeThatDiesIsAnothers() {
    a.fetches(get());
    b.waits(get());
    a.replies.stop();
    assertThat(b.expect(Go.class).ticket().isFlight()).isTrue();
  }

  @Test
  void aFlightThatTakesTooLongIsAnothers() {
    a.ask(get(), 300);
    a.expect(Go.class);
    b.waits(get());
    assertThat(b.expect(Go.class).ticket().isFlight()).isTrue();
  }

  @Test
  void aFlightThatIsGivenUpIsAnothers() {
    var ticket = a.fetches(get());
    b.waits(get());
    owner.tell(new Release(TARGET, get(), ticket));
    assertThat(b.expect(Go.class).ticket().isFlight()).isTrue();
  }

  @Test
  void whoHasWaitedForOneClientsAnswerFetchesByItself() {
    var ticket = a.fetches(get());
    b.waits(get());
    b.waits(get());
    owner.tell(new Unshare(TARGET, get(), ticket));
    assertThat(b.expect(Go.class).ticket().isFlight()).isFalse();
    assertThat(b.expect(Go.class).ticket().isFlight()).isFalse();
    assertThat(a.fetches(get()).isFlight()).isFalse();
  }

  @Test
  void aFetchThatNobodyCouldWaitForSaysNothingAboutOthers() {
    var alone = a.fetches(get("Authorization", "a"));
    assertThat(alone.isFlight()).isFalse();
    owner.tell(new Unshare(TARGET, get("Authorization", "a"), alone));
    assertThat(b.fetches(get()).isFlight()).isTrue();
    a.waits(get());
  }

  /** The word of a fetch comes after its client's answer, and others may ask in between. */
  @Test
  void whoCameAfterAnAnswerWasThereGetsItOnlyIfItIsFresh() {
    var ticket = a.fetches(get());
    b.waits(get());
    var answered = Instant.now().plusMillis(1);
    await().until(() -> Instant.now().isAfter(answered));
    a.waits(get());
    a.stores(ticket, response(get(), 1, "max-age=0", answered));
    assertThat(b.expect(Found.class).use()).as("it came before").isEqualTo(StoredUse.COLLAPSED);
    a.expect(Found.class); // to keep as a copy
    assertThat(a.expect(Go.class).ticket().isFlight()).as("it came after").isTrue();
  }

  @Test
  void whoCameAfterAFreshAnswerWasThereGetsIt() {
    var ticket = a.fetches(get());
    var answered = Instant.now();
    await().until(() -> Instant.now().isAfter(answered));
    b.waits(get());
    a.stores(ticket, response(get(), 1, "max-age=60", answered));
    assertThat(b.expect(Found.class).use()).isEqualTo(StoredUse.COLLAPSED);
  }

  @Test
  void headsDoNotWaitForEachOther() {
    assertThat(a.fetches(request("HEAD")).isFlight()).isFalse();
    assertThat(b.fetches(request("HEAD")).isFlight()).isFalse();
    assertThat(a.fetches(get()).isFlight()).isTrue();
    b.waits(request("HEAD"));
  }

  @Test
  void whoAsksAgainWaitsInItsFirstPlace() {
    var first = a.fetches(get());
    var noCache = get("Cache-Control", "no-cache");
    b.waits(noCache);
    long number = b.ask(noCache);
    b.expect(Queued.class);
    a.stores(first, fresh(1));
    a.expect(Found.class);
    var second = b.expect(Go.class).ticket();
    b.expect(Queued.class);
    b.again(number, noCache, PATIENCE);
    b.expect(Queued.class);
    b.stores(second, fresh(2));
    b.expect(Found.class); // The answer to the Store.
    var found = b.expect(Found.class);
    assertThat(found.exchange()).isEqualTo(number);
    assertThat(found.response().contentId()).isEqualTo(2);
  }

  // ---- failures ----

  @Test
  void whoHasWaitedInVainHearsWhy() {
    var ticket = a.fetches(get());
    b.waits(get());
    var failure = new Failure(ProblemType.UPSTREAM_TIMEOUT, "late", List.of());
    owner.tell(new Fail(TARGET, get(), ticket, -1, Optional.of(failure)));
    assertThat(b.expect(NotFetched.class).failure()).isEqualTo(failure);
  }

  @Test
  void whoHasWaitedInVainGetsWhatIsStale() {
    stored(a, stale(1));
    var ticket = a.fetches(get());
    b.waits(get());
    var failure = new Failure(ProblemType.UPSTREAM_TIMEOUT, "late", List.of());
    owner.tell(new Fail(TARGET, get(), ticket, -1, Optional.of(failure)));
    assertThat(b.expect(Found.class).use()).isEqualTo(StoredUse.REARMED);
    b.ask(get());
    assertThat(b.expect(Found.class).use()).isEqualTo(StoredUse.REARMED);
  }

  @Test
  void whatAnEarlierOwnersFetchBringsIsNotStored() {
    var ticket = a.fetches(get());
    var successor = spawn(new Node(1 << 20));
    a.to = successor;
    a.stores(ticket, fresh(1));
    b.to = successor;
    assertThat(b.fetches(get()).isFlight()).isTrue();
  }

  @Test
  void aFailureOfAnEarlierOwnersFetchIsNobodysHere() {
    var ticket = a.fetches(get());
    b.waits(get());
    var failure = new Failure(ProblemType.UPSTREAM_TIMEOUT, "late", List.of());
    var earlier = new Ticket(ticket.owner() + 1, ticket.flight(), ticket.began());
    owner.tell(new Fail(TARGET, get(), earlier, -1, Optional.of(failure)));
    b.hearsNothing();
    a.stores(ticket, fresh(1));
    assertThat(b.expect(Found.class).content()).isEqualTo(content(1));
  }

  @Test
  void saysThatThereIsNothing() {
    a.ask(get("Cache-Control", "only-if-cached"));
    a.expect(NothingStored.class);
  }

  // ---- validation ----

  @Test
  void aConfirmationIsSharedWithItsContent() {
    stored(a, stale(1));
    var ticket = a.fetches(get());
    b.waits(get());
    var renewed = fresh(1);
    a.confirms(ticket, renewed, List.of(renewed), stale(1));
    assertThat(a.expect(Found.class).vouched()).isTrue();
    var found = b.expect(Found.class);
    assertThat(found.response()).isEqualTo(renewed);
    assertThat(found.content()).isEqualTo(content(1));
  }

  @Test
  void aConfirmationThatForbidsToStoreIsNotShared() {
    var old = stale(1);
    stored(a, old);
    b.ask(get("Cache-Control", "max-stale"));
    b.expect(Found.class);
    var ticket = a.fetches(get());
    b.waits(get());
    a.confirms(ticket, fresh(1), List.of(), old);
    assertThat(b.returns().invalid()).as("copies are no answer either").isTrue();
    assertThat(b.expect(Go.class).stored()).isEmpty();
  }

  @Test
  void aConfirmationOfWhatHasLostItsContentIsNotShared() {
    var old = stale(1);
    stored(a, old);
    var ticket = a.fetches(get());
    b.waits(get());
    a.ask(get("Authorization", "a"));
    var alone = a.expect(Go.class).ticket();
    a.stores(alone, fresh(2));
    a.expect(Found.class);
    a.confirms(ticket, fresh(1), List.of(fresh(1)), old);
    var found = b.expect(Found.class);
    assertThat(found.response().contentId()).isEqualTo(2);
    assertThat(found.content()).isEqualTo(content(2));
  }

  @Test
  void whoeverReportsIsAnsweredAlsoWhenNothingIsKept() {
    var ticket = a.fetches(get());
    b.invalidates();
    b.expect(Invalidated.class);
    a.stores(ticket, fresh(1));
    a.expect(NothingStored.class);
  }

  @Test
  void sendsFirstWhatTheAskerMayNeed() {
    var german = get("Accept-Language", "de");
    var french = get("Accept-Language", "fr");
    for (var request : List.of(german, french)) {
      a.ask(request);
      var ticket = a.expect(Go.class).ticket();
      long id = request == german ? 1 : 2;
      a.to.tell(
          new Store(
              TARGET,
              request,
              SETTINGS,
              ticket,
              response(
                  request,
                  id,
                  Instant.now().minusSeconds(9),
                  "Cache-Control",
                  "max-age=5",
                  "Vary",
                  "Accept-Language"),
              new byte[400 * 1024],
              id,
              a.replies.ref()));
      a.expect(Found.class);
    }
    b.ask(french);
    var contents = b.expect(Go.class).contents();
    assertThat(contents.stream().map(Representation.Content::id)).containsExactly(2L);
    assertThat(contents.get(0).bytes()).hasSize(400 * 1024);
  }

  // ---- invalidation and copies ----

  @Test
  void anInvalidationIsAnsweredWhenAllCopiesAreGivenBack() {
    stored(a, fresh(1));
    var c = new Edge();
    c.invalidates();
    c.hearsNothing();
    assertThat(a.returns().invalid()).isTrue();
    c.expect(Invalidated.class);
    assertThat(b.fetches(get()).isFlight()).isTrue();
  }

  @Test
  void anInvalidationIsAnsweredWhenTheTimeOfCopiesIsOver() {
    long before = System.nanoTime();
    stored(a, fresh(1));
    b.invalidates();
    b.expect(Invalidated.class);
    assertThat(Duration.ofNanos(System.nanoTime() - before))
        .isGreaterThanOrEqualTo(Representation.LEASE);
  }

  @Test
  void aNewOwnerWaitsForWhatItsPredecessorHasVouchedFor() {
    var moved = new Node(1 << 20);
    moved.ownedSince = Instant.now();
    a.to = spawn(moved);
    a.invalidates();
    a.hearsNothing();
    a.expect(Invalidated.class);
    assertThat(moved.ownedFor("")).isGreaterThanOrEqualTo(Representation.LEASE);
  }

  @Test
  void nobodyIsVouchedForDuringAnInvalidation() {
    stored(a, fresh(1));
    var c = new Edge();
    c.invalidates();
    assertThat(stored(b, fresh(2)).vouched()).isFalse();
    a.returns();
    c.expect(Invalidated.class);
    b.ask(get());
    assertThat(b.expect(Found.class).vouched()).isTrue();
  }

  @Test
  void whatWasAskedForBeforeAnInvalidationIsNotStored() {
    var ticket = a.fetches(get());
    b.waits(get());
    var c = new Edge();
    c.invalidates();
    c.expect(Invalidated.class);
    var later = b.expect(Go.class).ticket();
    a.stores(ticket, fresh(1));
    c.waits(get());
    b.stores(later, fresh(2));
    assertThat(c.expect(Found.class).response().contentId()).isEqualTo(2);
  }

  @Test
  void aNewAnswerTakesCopiesOfTheOldOneBack() {
    stored(a, stale(1));
    b.ask(get("Cache-Control", "max-stale"));
    assertThat(b.expect(Found.class).vouched()).isTrue();
    stored(a, fresh(2));
    assertThat(b.returns().invalid()).isFalse();
    a.hearsNothing();
  }

  @Test
  void aCopyThatWasVouchedForAfterADropIsWaitedFor() {
    stored(a, stale(1));
    b.ask(get("Cache-Control", "max-stale"));
    assertThat(b.expect(Found.class).vouched()).isTrue();
    stored(a, fresh(2));
    var drop = b.expect(Drop.class);
    b.ask(get());
    assertThat(b.expect(Found.class).vouched()).isTrue();
    drop.owner().tell(new Returned(TARGET, drop.asOf(), b.replies.ref()));
    var c = new Edge();
    c.invalidates();
    a.returns();
    c.hearsNothing();
    b.returns();
    c.expect(Invalidated.class);
  }

  // ---- purges ----

  @Test
  void aPurgeIsAppliedBeforeTheNextAnswer() {
    stored(a, fresh(1));
    node.purges.learn(0, List.of(new Purge(1, new Purge.Route("r"), false)));
    assertThat(b.fetches(get()).isFlight()).isTrue();
  }

  @Test
  void whoWaitsWhenAPurgeComesFetchesAnew() {
    var ticket = a.fetches(get());
    b.waits(get());
    node.purges.learn(0, List.of(new Purge(1, new Purge.Route("r"), false)));
    a.stores(ticket, fresh(1));
    assertThat(b.expect(Go.class).ticket().began().purge()).isEqualTo(1);
    b.ask(get("Cache-Control", "only-if-cached"));
    b.expect(NothingStored.class);
  }

  @Test
  void aPurgeOfSomethingElseHarmsNothing() {
    var ticket = a.fetches(get());
    node.purges.learn(0, List.of(new Purge(1, new Purge.Route("other"), false)));
    a.stores(ticket, fresh(1));
    b.ask(get());
    assertThat(b.expect(Found.class).response().contentId()).isEqualTo(1);
  }

  // ---- without the proof of ownership ----

  @Test
  void whatCannotBeProvedIsGivenMarkedAndNotVouchedFor() {
    stored(a, fresh(1));
    node.standing = Standing.CUT_OFF;
    b.ask(get());
    var found = b.expect(Found.class);
    assertThat(found.standing()).isEqualTo(Standing.CUT_OFF);
    assertThat(found.vouched()).isFalse();
  }

  @Test
  void nobodyIsVouchedForLongerThanTheProofLasts() {
    stored(a, fresh(1));
    node.proved = false;
    b.ask(get());
    var found = b.expect(Found.class);
    assertThat(found.standing()).isEqualTo(Standing.CURRENT);
    assertThat(found.vouched()).isFalse();
  }

  @Test
  void anInvalidationIsNotAnsweredByOneThatCannotProveToBeTheOwner() {
    stored(a, fresh(1));
    node.standing = Standing.DATABASE_AWAY;
    b.invalidates();
    assertThat(b.expect(NotNow.class).reason()).isEqualTo(Standing.DATABASE_AWAY);
    node.standing = Standing.CURRENT;
    assertThat(b.fetches(get()).isFlight()).as("it is dropped all the same").isTrue();
  }

  // ---- room ----

  @Test
  void leavesWhenThereIsNoRoom() {
    var small = new Node(1);
    a.to = spawn(small);
    a.ask(get("Cache-Control", "only-if-cached"));
    a.expect(NothingStored.class);
    shard.expectMessageClass(ClusterSharding.Passivate.class);
  }

  @Test
  void staysAsLongAsOthersWait() {
    var small = new Node(1);
    a.to = spawn(small);
    b.to = a.to;
    var ticket = a.fetches(get());
    b.waits(get());
    shard.expectNoMessage(SHORTLY);
    a.stores(ticket, fresh(1));
    assertThat(b.expect(Found.class).content()).isEqualTo(content(1));
    shard.expectMessageClass(ClusterSharding.Passivate.class);
  }

  @Test
  void whoWaitsForAnOwnerThatStopsIsTold() {
    a.fetches(get());
    b.waits(get());
    KIT.stop(owner);
    assertThat(b.expect(NotNow.class).reason()).isEqualTo(Standing.OWNER_MOVING);
  }

  @Test
  void fieldsCountAsMuchAsContent() {
    var fields = new String[] {"Cache-Control", "max-age=60", "X-Long", "x".repeat(50_000)};
    stored(a, response(get(), 1, Instant.now(), fields));
    assertThat(node.stored.shares().get("r").bytes()).isGreaterThan(50_000);
  }

  // ---- what is kept for owners to come ----

  /** Tells what it is asked, and answers when the test does. */
  private static final class Keeping implements Warm {
    final CompletableFuture<Read> read = new CompletableFuture<>();
    final BlockingQueue<WarmEntry> kept = new LinkedBlockingQueue<>();
    final BlockingQueue<Runnable> removals = new LinkedBlockingQueue<>();
    volatile boolean hasRoom = true;

    @Override
    public boolean keeps(String route) {
      return route.equals(TARGET.route());
    }

    @Override
    public boolean mayHave(String route) {
      return keeps(route);
    }

    @Override
    public boolean keep(WarmEntry entry) {
      return hasRoom && kept.add(entry);
    }

    @Override
    public void remove(StoredTarget target, Runnable done) {
      removals.add(done);
    }

    @Override
    public CompletionStage<Read> read(StoredTarget target) {
      return read;
    }

    void finds(StoredResponse... responses) {
      var state = RepresentationState.EMPTY;
      for (var response : responses) {
        state = state.stored(get(), response, content(response.contentId()), SETTINGS);
      }
      var entry = WarmEntry.of(TARGET, state);
      read.complete(
          entry.isEmpty() ? new Read(true, Optional.empty()) : new Read(false, Optional.of(entry)));
    }

    WarmEntry kept() throws InterruptedException {
      return kept.poll(10, TimeUnit.SECONDS);
    }

    Runnable removal() throws InterruptedException {
      return removals.poll(10, TimeUnit.SECONDS);
    }
  }

  private Keeping keeping() {
    var keeping = new Keeping();
    var keeps = new Node(1 << 20);
    keeps.warm = keeping;
    a.to = spawn(keeps);
    b.to = a.to;
    return keeping;
  }

  @Test
  void anOwnerBeginsWithWhatIsKept() {
    var keeping = keeping();
    a.waitsForWhatIsKept(get());
    b.waitsForWhatIsKept(get());
    a.hearsNothing();
    keeping.finds(fresh(1));
    for (var edge : List.of(a, b)) {
      var found = edge.expect(Found.class);
      assertThat(found.use()).isEqualTo(StoredUse.FRESH);
      assertThat(found.content()).isEqualTo(content(1));
      assertThat(found.vouched()).isTrue();
    }
  }

  @Test
  void aDatabaseThatIsSlowIsNotWaitedForAndWhatItSaysIsStillOfUse() {
    var keeping = keeping();
    var ticket = a.fetchesThen(get());
    b.waits(get());
    keeping.finds(stale(1));
    b.ask(get("Cache-Control", "max-stale"));
    assertThat(b.expect(Found.class).content()).isEqualTo(content(1));
    a.stores(ticket, fresh(2));
    b.returns();
    assertThat(b.expect(Found.class).content()).isEqualTo(content(2));
  }

  @Test
  void whatIsStoredMeanwhileIsNewerThanWhatIsKept() throws Exception {
    var keeping = keeping();
    a.stores(a.fetchesThen(get()), fresh(2));
    a.expect(Found.class);
    assertThat(keeping.kept().stored()).hasSize(1);
    keeping.finds(fresh(1));
    b.ask(get());
    assertThat(b.expect(Found.class).content()).isEqualTo(content(2));
  }

  @Test
  void whatIsStoredAndConfirmedIsKept() throws Exception {
    var keeping = keeping();
    keeping.finds();
    var old = stale(1);
    a.stores(a.fetchesThen(get()), old);
    a.expect(Found.class);
    assertThat(keeping.kept().stored().get(get().key())).containsExactly(old);
    var ticket = a.fetches(get());
    var confirmed = fresh(1);
    a.confirms(ticket, confirmed, List.of(confirmed), old);
    a.expect(Found.class);
    assertThat(keeping.kept().stored().get(get().key())).containsExactly(confirmed);
  }

  /** The service has said so; else the next owner would give it again. */
  @Test
  void whatMayNotBeStoredAnyLongerIsNotKeptEither() throws Exception {
    var keeping = keeping();
    var old = stale(1);
    keeping.finds(old);
    var ticket = a.fetchesThen(get());
    a.confirms(ticket, fresh(1), List.of(), old);
    a.expect(NothingStored.class);
    assertThat(keeping.removal()).isNotNull();
    assertThat(keeping.kept).isEmpty();
  }

  /** Else the next owner would give what was there before as fresh. */
  @Test
  void whatCannotBeKeptTakesAwayWhatIsKept() throws Exception {
    var keeping = keeping();
    keeping.finds(fresh(1));
    keeping.hasRoom = false;
    a.waitsForWhatIsKept(get("Cache-Control", "no-cache"));
    a.stores(a.expect(Go.class).ticket(), fresh(2));
    a.expect(Found.class);
    assertThat(keeping.removal()).isNotNull();
    assertThat(keeping.kept).isEmpty();
  }

  @Test
  void whatCannotBeKeptOfATargetOfWhichNothingIsRemovesNothing() throws Exception {
    var keeping = keeping();
    keeping.finds();
    keeping.hasRoom = false;
    a.stores(a.fetchesThen(get()), fresh(1));
    a.expect(Found.class);
    b.invalidates();
    a.returns();
    b.expect(Invalidated.class);
    assertThat(keeping.removals).isEmpty();
  }

  @Test
  void anInvalidationIsAnsweredWhenWhatIsKeptIsRemoved() throws Exception {
    var keeping = keeping();
    keeping.finds(fresh(1));
    a.waitsForWhatIsKept(get("Cache-Control", "only-if-cached"));
    a.expect(Found.class);
    b.invalidates();
    assertThat(a.returns().invalid()).isTrue();
    b.hearsNothing();
    keeping.removal().run();
    b.expect(Invalidated.class);
  }

  @Test
  void whatIsReadWhenAnInvalidationComesIsNotUsed() throws Exception {
    var keeping = keeping();
    b.invalidates();
    var removal = keeping.removal();
    keeping.finds(fresh(1));
    assertThat(a.fetches(get()).isFlight()).isTrue();
    b.hearsNothing();
    removal.run();
    b.expect(Invalidated.class);
  }

  @Test
  void whereNothingIsKeptNothingIsRemoved() throws Exception {
    var keeping = keeping();
    keeping.finds();
    a.fetchesThen(get());
    b.invalidates();
    b.expect(Invalidated.class);
    assertThat(keeping.removals).isEmpty();
    a.stores(a.fetches(get()), fresh(1));
    a.expect(Found.class);
    b.invalidates();
    a.returns();
    keeping.removal().run();
    b.expect(Invalidated.class);
    b.invalidates();
    b.expect(Invalidated.class);
    assertThat(keeping.removals).isEmpty();
  }

  @Test
  void aDatabaseThatIsAwayMakesNoInvalidationComplete() throws Exception {
    var keeping = new Keeping();
    var away = new Node(1 << 20);
    away.warm = keeping;
    b.to = spawn(away);
    keeping.finds(fresh(1));
    b.invalidates();
    keeping.removal();
    b.hearsNothing();
    away.standing = Standing.DATABASE_AWAY;
    assertThat(b.expect(NotNow.class).reason()).isEqualTo(Standing.DATABASE_AWAY);
  }

  // ---- who fetches is heard of ----

  @Test
  void whoAsksAgainIsToldAgainThatHeIsToFetch() {
    long number = a.ask(get());
    var go = (Go) a.replies.receiveMessage();
    a.again(number, get(), PATIENCE);
    var again = (Go) a.replies.receiveMessage();
    assertThat(again.ticket()).isEqualTo(go.ticket());
    b.ask(get());
    assertThat(b.replies.receiveMessage()).isInstanceOf(Queued.class);
  }

  @Test
  void aFetchOfWhichNothingIsHeardIsWaitedForNoMore() {
    long number = a.ask(get());
    assertThat(a.replies.receiveMessage()).isInstanceOf(Go.class);
    b.ask(get());
    assertThat(b.replies.receiveMessage()).isInstanceOf(Queued.class);
    a.again(number, get(), 0);
    a.replies.expectNoMessage(SHORTLY);
    assertThat(b.replies.receiveMessage(Representation.HEARD_WITHIN.plusSeconds(5)))
        .isInstanceOf(Go.class);
  }

  @Test
  void thatThereWasNoRoomSaysNothingAboutTheService() {
    a.ask(get());
    var go = (Go) a.replies.receiveMessage();
    b.ask(get());
    assertThat(b.replies.receiveMessage()).isInstanceOf(Queued.class);
    var shed = new Failure(ProblemType.SHED, "no room", List.of());
    owner.tell(new Fail(TARGET, get(), go.ticket(), -1, Optional.of(shed)));
    assertThat(((NotFetched) b.replies.receiveMessage()).failure()).isEqualTo(shed);
    b.ask(get());
    assertThat(b.replies.receiveMessage()).isInstanceOf(Go.class);
  }
}
