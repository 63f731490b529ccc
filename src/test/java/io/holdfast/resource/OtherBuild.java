package io.holdfast.resource;

import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * Another build's serialization, in this process and apart from this build's classes: reads and
 * writes what nodes send each other and what is in the journal.
 */
final class OtherBuild implements AutoCloseable {
  /** A {@link Passage} does not travel: it is of the node that sends. */
  private static final String OF_ONE_NODE = "passage";

  private final URLClassLoader loader;
  private final Object system;
  private final Object serialization;

  /** Bytes, with what tells the reader what they are. */
  record Sent(int serializer, String manifest, byte[] bytes) {}

  /**
   * @param config of its actor system, on top of Pekko's own
   */
  OtherBuild(Path lib, String name, String config)
      throws ReflectiveOperationException, IOException {
    loader = new URLClassLoader(jars(lib), ClassLoader.getPlatformClassLoader());
    var before = Thread.currentThread().getContextClassLoader();
    Thread.currentThread().setContextClassLoader(loader);
    try {
      system = system(name, config);
      serialization =
          loader
              .loadClass("org.apache.pekko.serialization.SerializationExtension")
              .getMethod("get", loader.loadClass("org.apache.pekko.actor.ActorSystem"))
              .invoke(null, system);
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
  }

  private static URL[] jars(Path lib) throws IOException {
    try (var files = Files.list(lib)) {
      var jars = files.filter(file -> file.toString().endsWith(".jar")).toList();
      var urls = new URL[jars.size()];
      for (int i = 0; i < urls.length; i++) {
        urls[i] = jars.get(i).toUri().toURL();
      }
      return urls;
    }
  }

  private Object system(String name, String config) throws ReflectiveOperationException {
    var factory = loader.loadClass("com.typesafe.config.ConfigFactory");
    var type = loader.loadClass("com.typesafe.config.Config");
    var mergeable = loader.loadClass("com.typesafe.config.ConfigMergeable");
    var own = factory.getMethod("parseString", String.class).invoke(null, config);
    var reference = factory.getMethod("load", ClassLoader.class).invoke(null, loader);
    var whole = type.getMethod("withFallback", mergeable).invoke(own, reference);
    return loader
        .loadClass("org.apache.pekko.actor.ActorSystem")
        .getMethod("create", String.class, type, ClassLoader.class)
        .invoke(null, name, whole, loader);
  }

  /** The object that it reads in the bytes; fails where it cannot. */
  Object read(Sent sent) throws ReflectiveOperationException {
    var result =
        serialization
            .getClass()
            .getMethod("deserialize", byte[].class, int.class, String.class)
            .invoke(serialization, sent.bytes(), sent.serializer(), sent.manifest());
    return get(result);
  }

  /** The bytes that it writes for an object that it has read. */
  Sent write(Object object) throws ReflectiveOperationException {
    var serializer =
        serialization
            .getClass()
            .getMethod("findSerializerFor", Object.class)
            .invoke(serialization, object);
    var serializers = loader.loadClass("org.apache.pekko.serialization.Serializers");
    var type = loader.loadClass("org.apache.pekko.serialization.Serializer");
    var manifest =
        serializers.getMethod("manifestFor", type, Object.class).invoke(null, serializer, object);
    int identifier = (int) type.getMethod("identifier").invoke(serializer);
    var bytes = (byte[]) type.getMethod("toBinary", Object.class).invoke(serializer, object);
    return new Sent(identifier, (String) manifest, bytes);
  }

  private Object get(Object result) throws ReflectiveOperationException {
    return loader.loadClass("scala.util.Try").getMethod("get").invoke(result);
  }

  /** Its classes are needed to the end. */
  @Override
  public void close() throws ReflectiveOperationException, IOException {
    system.getClass().getMethod("terminate").invoke(system);
    var ended =
        (CompletionStage<?>) system.getClass().getMethod("getWhenTerminated").invoke(system);
    ended.toCompletableFuture().join();
    loader.close();
  }

  /** An object as names and texts, whichever build its class is of. */
  static Object described(Object value) {
    if (value instanceof Optional<?> optional) {
      return optional.map(OtherBuild::described).orElse("nothing");
    }
    if (value instanceof Iterable<?> items && !(value instanceof Path)) {
      var all = new ArrayList<>();
      items.forEach(item -> all.add(described(item)));
      return all;
    }
    if (value instanceof byte[] bytes) {
      return HexFormat.of().formatHex(bytes);
    }
    return value instanceof Record ? components(value) : String.valueOf(value);
  }

  private static Map<String, Object> components(Object value) {
    var components = new HashMap<String, Object>();
    for (var component : value.getClass().getRecordComponents()) {
      if (!component.getName().equals(OF_ONE_NODE)) {
        components.put(component.getName(), described(get(component.getAccessor(), value)));
      }
    }
    return components;
  }

  private static Object get(Method accessor, Object value) {
    try {
      accessor.setAccessible(true);
      return accessor.invoke(value);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
