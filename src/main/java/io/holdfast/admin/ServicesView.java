package io.holdfast.admin;

import io.holdfast.upstream.Followed;
import io.holdfast.upstream.Order;
import io.holdfast.upstream.Stewards.Given;
import io.holdfast.upstream.UpstreamView;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** What the operator's port shows of services, and what it can order. */
public interface ServicesView {

  /** Which configuration this node follows. */
  Followed followed();

  /** Reads the configuration again; completes when it is followed, or refused. */
  CompletionStage<Followed> reload();

  /** As this node sees them. */
  List<UpstreamView> views();

  /**
   * Gives an order; completes when all nodes know it, or their time is over.
   *
   * @param instance empty: about the service's breaker
   */
  CompletionStage<Given> give(String service, String instance, Order.Word word);
}
