package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.holdfast.resource.OtherBuild.Sent;
import io.holdfast.testing.PreviousBuild;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What nodes of the previous build and of this one send each other, and read in the journal, while
 * one is rolled to the other, or back: every message and every event, both ways.
 */
class PreviousVersionTest {
  private static final String CONFIG =
      """
      pekko.jvm-exit-on-fatal-error = off
      pekko.jvm-shutdown-hooks = off
      pekko.actor {
        provider = local
        serializers.holdfast-documents = "io.holdfast.resource.DocumentCodec"
        serialization-bindings {
          "io.holdfast.resource.Document$Command" = holdfast-documents
          "io.holdfast.resource.Document$Reply" = holdfast-documents
          "io.holdfast.resource.Journaled" = jackson-cbor
        }
      }
      """;

  private static OtherBuild previous;
  private static ActorTestKit kit;

  @BeforeAll
  static void start() throws ReflectiveOperationException, IOException {
    previous = new OtherBuild(PreviousBuild.distribution().resolve("lib"), "kept", CONFIG);
    kit = ActorTestKit.create("kept", ConfigFactory.parseString(CONFIG));
  }

  @AfterAll
  static void stop() throws ReflectiveOperationException, IOException {
    if (previous != null) {
      previous.close();
      kit.shutdownTestKit();
    }
  }

  static Stream<Object> all() {
    return Stream.concat(
        DocumentCodecTest.messages(),
        JournalCompatibilityTest.kept().map(JournalCompatibilityTest.Kept::value));
  }

  private static Sent sent(Object object) throws IOException {
    var serialization = SerializationExtension.get(kit.system());
    var serializer = serialization.serializerFor(object.getClass());
    return new Sent(
        serializer.identifier(),
        Serializers.manifestFor(serializer, object),
        serialization.serialize(object).get());
  }

  private static Object received(Sent sent) throws IOException {
    return SerializationExtension.get(kit.system())
        .deserialize(sent.bytes(), sent.serializer(), sent.manifest())
        .get();
  }

  @ParameterizedTest
  @MethodSource("all")
  void bothUnderstandTheSame(Object object) throws ReflectiveOperationException, IOException {
    var understood = previous.read(sent(object));
    var described = OtherBuild.described(understood);
    assertThat(known(object, described)).isEqualTo(described);

    var back = received(previous.write(understood));
    assertThat(back).hasSameClassAs(object);
    assertThat(known(back, described)).isEqualTo(described);
  }

  /** Without what only one of the two builds knows. */
  private static Object known(Object object, Object pattern) {
    return restricted(OtherBuild.described(object), pattern);
  }

  private static Object restricted(Object value, Object pattern) {
    if (value instanceof Map<?, ?> components && pattern instanceof Map<?, ?> wanted) {
      var common = new HashMap<Object, Object>();
      wanted.forEach((name, of) -> common.put(name, restricted(components.get(name), of)));
      return common;
    }
    if (value instanceof List<?> items
        && pattern instanceof List<?> wanted
        && items.size() == wanted.size()) {
      var common = new ArrayList<>();
      for (int i = 0; i < items.size(); i++) {
        common.add(restricted(items.get(i), wanted.get(i)));
      }
      return common;
    }
    return value;
  }
}
