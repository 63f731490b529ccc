package io.holdfast.telemetry;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.event.KeyValuePair;

/**
 * A log event as one line with one JSON object: {@code time} (RFC 3339, UTC), {@code level}, {@code
 * node}, {@code logger}, {@code message}, {@code exception} where there is one, and the event's own
 * keys (SLF4J's {@code addKeyValue}) as members beside them. ASCII only, so that no reader takes
 * one line for two.
 */
public final class JsonLayout extends LayoutBase<ILoggingEvent> {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX").withZone(ZoneOffset.UTC);

  private static final Set<String> OWN =
      Set.of("time", "level", "node", "logger", "message", "exception");

  private String node = "-";

  /** Set from {@code logback.xml}. */
  public void setNode(String node) {
    this.node = node;
  }

  @Override
  public String doLayout(ILoggingEvent event) {
    var line = new StringWriter(256);
    try (var json = JSON.createGenerator(line)) {
      write(event, json);
    } catch (IOException e) {
      throw new UncheckedIOException("into memory", e);
    }
    return line.append('\n').toString();
  }

  private void write(ILoggingEvent event, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("time", TIME.format(Instant.ofEpochMilli(event.getTimeStamp())));
    json.writeStringField("level", event.getLevel().toString());
    json.writeStringField("node", node);
    json.writeStringField("logger", event.getLoggerName());
    json.writeStringField("message", event.getFormattedMessage());
    for (var member : members(event.getKeyValuePairs()).entrySet()) {
      json.writeFieldName(member.getKey());
      write(member.getValue(), json);
    }
    if (event.getThrowableProxy() != null) {
      json.writeStringField("exception", ThrowableProxyUtil.asString(event.getThrowableProxy()));
    }
    json.writeEndObject();
  }

  /** No name comes twice: of two the later counts, and none takes the place of the line's own. */
  private static Map<String, Object> members(List<KeyValuePair> pairs) {
    var members = new LinkedHashMap<String, Object>();
    if (pairs != null) {
      pairs.forEach(it -> members.put(OWN.contains(it.key) ? it.key + "_" : it.key, it.value));
    }
    return members;
  }

  private static void write(Object value, JsonGenerator json) throws IOException {
    if (value instanceof Integer || value instanceof Long || value instanceof Short) {
      json.writeNumber(((Number) value).longValue());
    } else if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
      json.writeNumber(number.doubleValue());
    } else if (value instanceof Boolean bool) {
      json.writeBoolean(bool);
    } else if (value == null) {
      json.writeNull();
    } else {
      json.writeString(value.toString());
    }
  }
}
