package io.holdfast.cluster;

import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.Props;
import org.apache.pekko.cluster.DowningProvider;
import scala.Option;
import scala.concurrent.duration.FiniteDuration;

/** The seam by which Pekko finds {@link ArbiterActor}; constructed by its class name. */
public final class Arbiter extends DowningProvider {
  private final ActorSystem system;

  public Arbiter(ActorSystem system) {
    this.system = system;
  }

  /** Nothing has to be waited for: the shards' rows fence those who do not know yet. */
  @Override
  public FiniteDuration downRemovalMargin() {
    return FiniteDuration.create(1, TimeUnit.MILLISECONDS);
  }

  @Override
  public Option<Props> downingActorProps() {
    return Option.apply(ArbiterActor.props(ClusterSetup.of(system)));
  }
}
