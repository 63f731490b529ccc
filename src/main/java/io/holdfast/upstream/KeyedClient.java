package io.holdfast.upstream;

import io.holdfast.http.FieldLine;
import io.holdfast.http.ProblemType;
import io.holdfast.http.RequestKey;
import java.util.List;

/** The client of a request under a key: it gets one answer, or has gone. */
final class KeyedClient {
  private final ForwardClient client;
  private final Upstream upstream;
  private final KeyedId id;
  private boolean waits = true;
  private List<FieldLine> beside = List.of();

  KeyedClient(ForwardClient client, Upstream upstream, KeyedId id) {
    this.client = client;
    this.upstream = upstream;
    this.id = id;
  }

  /** Whether it still waits for an answer to begin. */
  boolean waits() {
    return waits;
  }

  void hasGone() {
    waits = false;
  }

  /** Whatever answer it gets, it has these fields too. They are not kept with it. */
  void tell(List<FieldLine> fields) {
    beside = fields;
  }

  /** The answer that comes, with those. */
  ClientAnswer beside(ClientAnswer answer) {
    return answer.with(beside);
  }

  void give(StoredAnswer answer, boolean replayed) {
    if (waits) {
      waits = false;
      answer.with(beside).giveTo(client, replayed);
    }
  }

  void refuse(ProblemType type, String detail) {
    refuse(failure(type, detail));
  }

  /** The first under its key is not done. */
  void refuseAsNotDone() {
    refuse(
        failure(ProblemType.CONFLICT, "An earlier request under this key is not done.")
            .with("Retry-After", "1"));
  }

  void refuseAsUnknown(String detail) {
    refuse(failure(ProblemType.OUTCOME_UNKNOWN, detail));
  }

  /** One whose outcome is not known is told under which key to ask again. */
  void refuse(ForwardClient.Failure what) {
    if (!waits) {
      return;
    }
    waits = false;
    var failure = what.with(beside);
    if (failure.type() == ProblemType.OUTCOME_UNKNOWN) {
      upstream.meters().count(UpstreamMeters.Keyed.UNKNOWN);
      client.refuse(failure.with("Idempotency-Key", new RequestKey(id.key()).quoted()));
    } else {
      client.refuse(failure);
    }
  }

  private ForwardClient.Failure failure(ProblemType type, String detail) {
    return new ForwardClient.Failure(type, upstream.settings().name() + ": " + detail);
  }
}
