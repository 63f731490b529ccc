package io.holdfast;

import io.holdfast.database.Slots;
import io.holdfast.resource.Representation;
import org.apache.pekko.cluster.sharding.typed.ShardingMessageExtractor;

/** To which owner of stored responses, and which shard, a command goes. */
final class RepresentationShards
    extends ShardingMessageExtractor<Representation.Command, Representation.Command> {
  private final Slots slots;

  RepresentationShards(Slots slots) {
    this.slots = slots;
  }

  @Override
  public String entityId(Representation.Command command) {
    return ((Representation.Message) command).target().entityId();
  }

  @Override
  public String shardId(String entityId) {
    return Integer.toString(slots.shardOf(entityId));
  }

  @Override
  public Representation.Command unwrapMessage(Representation.Command command) {
    return command;
  }
}
