package io.holdfast;

import io.holdfast.database.Slots;
import io.holdfast.resource.Document;
import org.apache.pekko.cluster.sharding.typed.ShardingMessageExtractor;

/**
 * To which document, and which shard, a command goes: by the one function that the journal uses.
 */
final class DocumentShards extends ShardingMessageExtractor<Document.Command, Document.Command> {
  private final Slots slots;

  DocumentShards(Slots slots) {
    this.slots = slots;
  }

  @Override
  public String entityId(Document.Command command) {
    return command.entityId();
  }

  @Override
  public String shardId(String entityId) {
    return Integer.toString(slots.shardOf(entityId));
  }

  @Override
  public Document.Command unwrapMessage(Document.Command command) {
    return command;
  }
}
