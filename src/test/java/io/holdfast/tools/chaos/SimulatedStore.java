package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.Operation.Kind;
import io.holdfast.tools.chaos.Operation.Phase;
import io.holdfast.tools.chaos.Operation.Request;
import io.holdfast.tools.chaos.Operation.Result;
import io.holdfast.tools.chaos.Operation.Timing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;

/**
 * One document in an honest store: requests take effect at one moment within their interval, and a
 * request key counts once. Answers get lost, old ones are marked, unknown outcomes are repeated.
 */
final class SimulatedStore {
  private static final int SPAN = 1000;

  private record Due(Request request, Timing timing, long effect, boolean answerLost) {}

  private final Random random;
  private final Map<String, Result> answers = new HashMap<>();
  private final List<Result> past = new ArrayList<>();
  private final List<Operation> operations = new ArrayList<>();
  private boolean exists;
  private String value = "";
  private long version;

  private SimulatedStore(Random random) {
    this.random = random;
  }

  /** What clients of an honest store see. */
  static List<Operation> history(long seed, int requests) {
    var store = new SimulatedStore(new Random(seed));
    var due = new ArrayList<Due>();
    for (int i = 0; i < requests; i++) {
      var first = store.due(store.request(i), 0);
      due.add(first);
      if (first.answerLost() && first.request().kind() != Kind.GET) {
        due.add(store.due(first.request(), first.timing().end()));
      }
    }
    due.stream().sorted(Comparator.comparingLong(Due::effect)).forEach(store::carryOut);
    return store.operations;
  }

  private Request request(int number) {
    int dice = random.nextInt(10);
    var kind = dice < 4 ? Kind.GET : dice < 8 ? Kind.PUT : Kind.DELETE;
    return new Request(
        "k",
        kind,
        kind == Kind.GET ? "" : "key-" + number,
        kind == Kind.PUT ? "value-" + number : "",
        kind == Kind.PUT && random.nextInt(3) == 0
            ? OptionalLong.of(1 + random.nextInt(12))
            : OptionalLong.empty(),
        1 + random.nextInt(3),
        Phase.MEASURED);
  }

  private Due due(Request request, long notBefore) {
    long start = notBefore + random.nextInt(SPAN);
    long effect = start + 1 + random.nextInt(SPAN / 10);
    long end = effect + 1 + random.nextInt(SPAN / 10);
    boolean late = random.nextInt(8) == 0;
    // The client gave up before it happened: it happens long after its end.
    return new Due(
        request,
        new Timing(start, start, end),
        late ? effect + random.nextInt(SPAN) : effect,
        late || random.nextInt(8) == 0);
  }

  private void carryOut(Due due) {
    var request = due.request();
    var result = request.kind() == Kind.GET ? read() : write(request);
    operations.add(
        new Operation(
            request, due.timing(), due.answerLost() ? new Result.Unknown("lost") : result));
  }

  private Result read() {
    if (!past.isEmpty() && random.nextInt(5) == 0) {
      return marked((Result.Answered) past.get(random.nextInt(past.size())));
    }
    var now =
        exists
            ? new Result.Answered(200, OptionalLong.of(version), value, false, "")
            : new Result.Answered(404, OptionalLong.empty(), "", false, "not-found");
    past.add(now);
    return now;
  }

  private static Result marked(Result.Answered old) {
    return new Result.Answered(old.status(), old.version(), old.value(), true, old.problem());
  }

  private Result write(Request request) {
    return answers.computeIfAbsent(request.requestKey(), key -> decide(request));
  }

  private Result decide(Request request) {
    boolean matches =
        request.ifMatch().isEmpty() || exists && request.ifMatch().getAsLong() == version;
    if (!matches) {
      return HistoryOf.status(412, "precondition-failed");
    }
    if (request.kind() == Kind.DELETE && !exists) {
      return HistoryOf.status(404, "not-found");
    }
    // Answers that change nothing take numbers too.
    version += 1 + random.nextInt(2);
    exists = request.kind() == Kind.PUT;
    value = request.value();
    return exists ? HistoryOf.ok(version) : HistoryOf.status(204);
  }
}
