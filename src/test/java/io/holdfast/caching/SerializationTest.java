package io.holdfast.caching;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What nodes send each other about stored responses comes over as it was. */
class SerializationTest {
  private static final ObjectMapper CBOR =
      new ObjectMapper(new CBORFactory())
          .registerModule(new Jdk8Module())
          .registerModule(new JavaTimeModule());

  static Stream<Record> records() {
    var varied =
        Given.stored(
            Given.get("Foo: 1"),
            Given.ok("Cache-Control: max-age=60, immutable | Vary: Foo, Bar | ETag: \"ü\""));
    var part =
        Given.stored(
            Given.get("Range: bytes=0-4"),
            Given.response(206, "Cache-Control: max-age=60 | Content-Range: bytes 0-4/*"));
    return Stream.of(
        varied,
        part,
        Given.get("Cookie: a=b"),
        Given.response(404, "A: b"),
        CacheKey.query(Given.TARGET, Given.fields("Content-Type: a/b"), new byte[] {1}),
        new Generation(1, 2),
        Rearming.none().failed(Given.NOON, 0.5, Optional.empty()),
        new StaleOnError(varied, Given.NOON),
        Invalidation.by(
            Given.request("POST", ""),
            Given.response(201, "Location: /b | Cache-Group-Invalidation: \"g\"")),
        CacheSettings.DEFAULTS);
  }

  @ParameterizedTest
  @MethodSource("records")
  void aRecordComesOverAsItWas(Record record) throws IOException {
    var bytes = CBOR.writeValueAsBytes(record);
    assertThat(CBOR.readValue(bytes, record.getClass())).isEqualTo(record);
  }
}
