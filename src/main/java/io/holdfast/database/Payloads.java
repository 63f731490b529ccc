package io.holdfast.database;

import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializers;

/**
 * Events and snapshots to bytes and back, by the serializers that the actor system names. Pekko's
 * extension sets the transport information, so that actor references carry this node's address.
 */
final class Payloads {
  private final Serialization serialization;

  Payloads(ActorSystem system) {
    this.serialization = SerializationExtension.get(system);
  }

  /** An object, serialized. */
  record Payload(int serializerId, String manifest, byte[] bytes) {}

  Payload serialize(Object object) {
    var serializer = serialization.findSerializerFor(object);
    return new Payload(
        serializer.identifier(),
        Serializers.manifestFor(serializer, object),
        serialization.serialize(object).get());
  }

  Object deserialize(int serializerId, String manifest, byte[] bytes) {
    return serialization.deserialize(bytes, serializerId, manifest).get();
  }
}
