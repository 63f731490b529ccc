package io.holdfast.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Reads one section of a resolved configuration, key by key. A fault is collected, and a stand-in
 * from within the value's range is returned, so that reading goes on. After everything was read,
 * {@link #finish} finds the keys that nobody asked for.
 */
public final class ConfigReader {
  /** The origin of a value that stands for a substitution which could not be resolved. */
  static final String UNRESOLVED = "unresolved";

  private static final Pattern NAME = Pattern.compile("[a-z0-9-]{1,64}");
  private static final int PORT_MAX = 65535;

  private final ConfigObject section;
  private final String path;
  private final boolean broken;
  private final ConfigFaults faults;
  private final Map<String, Optional<ConfigReader>> known = new LinkedHashMap<>();
  private final TreeSet<String> absent = new TreeSet<>();
  private final Ledger ledger;

  /** What all readers of one configuration share: the paths that were read, and those to mask. */
  private record Ledger(TreeSet<String> paths, TreeSet<String> secrets) {}

  private ConfigReader(
      ConfigObject section, String path, boolean broken, ConfigFaults faults, Ledger ledger) {
    this.section = section;
    this.path = path;
    this.broken = broken;
    this.faults = faults;
    this.ledger = ledger;
  }

  /** A reader of the section {@code root} of the configuration, which must be resolved. */
  public static ConfigReader of(Config config, String root, ConfigFaults faults) {
    return child(
        config.root().get(root), root, faults, new Ledger(new TreeSet<>(), new TreeSet<>()));
  }

  /** Any text. */
  public String string(String key) {
    return read(key, "", Parsed.Good::new);
  }

  /** Text that is never printed. */
  public String secret(String key) {
    ledger.secrets().add(pathOf(key));
    return string(key);
  }

  /** A name of ours: {@code [a-z0-9-]{1,64}}. */
  public String name(String key) {
    return read(key, "x", ConfigReader::parseName);
  }

  public int integer(String key, int min, int max) {
    return read(key, min, text -> parseInteger(text, min, max));
  }

  public int port(String key) {
    return integer(key, 1, PORT_MAX);
  }

  public Duration duration(String key, Duration min, Duration max) {
    return read(
        key,
        min,
        text -> Units.duration(text).then(d -> Parsed.within(d, min, max, text, Units::print)));
  }

  /** A size in bytes. */
  public long bytes(String key, long min, long max) {
    return read(
        key,
        min,
        text -> Units.bytes(text).then(b -> Parsed.within(b, min, max, text, Units::print)));
  }

  /** A percentage as a share: {@code 20%} is 0.2. */
  public double percent(String key) {
    return read(key, 0.0, Units::percent);
  }

  public boolean flag(String key) {
    return read(key, false, ConfigReader::parseFlag);
  }

  /** One of an enum's constants, written in lower case with hyphens. */
  public <E extends Enum<E>> E choice(String key, Class<E> type) {
    var constants = type.getEnumConstants();
    return read(key, constants[0], text -> parseChoice(text, constants));
  }

  /** A host name or address by which others reach this node. */
  public String host(String key) {
    return read(key, "127.0.0.1", Hosts::host);
  }

  /** An http or https URL with a host. */
  public URI url(String key) {
    return read(key, URI.create("http://127.0.0.1/"), Hosts::url);
  }

  /** A list of text; a single text counts as a list with commas. */
  public List<String> strings(String key) {
    return list(key, Parsed.Good::new);
  }

  /** A list of addresses or CIDR blocks. */
  public List<String> addressBlocks(String key) {
    return list(key, Hosts::block);
  }

  /** A list of http or https URLs. */
  public List<URI> urls(String key) {
    return list(key, Hosts::url);
  }

  /** A URL and its share against the others'. */
  public record WeightedUrl(URI url, int weight) {}

  /** A list of URLs, or of sections with {@code url} and, if it is not 1, {@code weight}. */
  public List<WeightedUrl> weightedUrls(String key) {
    if (!(section.get(key) instanceof ConfigList list)) {
      return urls(key).stream().map(url -> new WeightedUrl(url, 1)).toList();
    }
    know(key);
    var found = new ArrayList<WeightedUrl>();
    for (int i = 0; i < list.size(); i++) {
      if (list.get(i) instanceof ConfigObject weighted) {
        var reader = child(weighted, pathOf(key) + "[" + i + "]", faults, ledger);
        var url = reader.url("url");
        int weight = weighted.containsKey("weight") ? reader.integer("weight", 1, 1000) : 1;
        reader.finish();
        found.add(new WeightedUrl(url, weight));
      } else {
        var url = scalar(list.get(i)).then(Hosts::url);
        var standIn = URI.create("http://127.0.0.1/");
        found.add(new WeightedUrl(settle(list.get(i), key + "[" + i + "]", standIn, url), 1));
      }
    }
    return found;
  }

  /** The section under a key. Asked for twice, it is the same one. */
  public ConfigReader section(String key) {
    return known
        .computeIfAbsent(key, k -> Optional.of(child(section.get(k), pathOf(k), faults, ledger)))
        .orElseThrow();
  }

  /** The sections under this one, by name, in the order of their names. */
  public Map<String, ConfigReader> named() {
    var found = new LinkedHashMap<String, ConfigReader>();
    for (var key : new TreeSet<>(section.keySet())) {
      if (parseName(key) instanceof Parsed.Bad<String> bad) {
        fault(key, bad.reason());
      }
      found.put(key, section(key));
    }
    return found;
  }

  /** Adds a fault at a key: what is wrong and what to do. */
  public void fault(String key, String reason) {
    faults.add(section.getOrDefault(key, section), pathOf(key), reason);
  }

  /** Adds a fault at a key unless the condition holds. */
  public void require(boolean condition, String key, String reason) {
    if (!condition) {
      fault(key, reason);
    }
  }

  /** Were these keys read, and had none a fault so far? What depends on them can be checked. */
  public boolean good(String... keys) {
    return !broken && Arrays.stream(keys).noneMatch(key -> faults.at(pathOf(key)));
  }

  /** Is there such a key? One that is not, but could be, may be what a mistyped one means. */
  public boolean has(String key) {
    if (!section.containsKey(key)) {
      absent.add(key);
    }
    return section.containsKey(key);
  }

  /** Did the operator write this key's value, or one in this section, or are they defaults? */
  public boolean isWritten(String key) {
    var value = section.get(key);
    return value != null && !ConfigFaults.placeOf(value).file().isEmpty();
  }

  /** Adds a fault for each key, here and below, that was not read. */
  public void finish() {
    section.forEach(
        (key, value) -> {
          if (!known.containsKey(key)) {
            faults.add(value, pathOf(key), unknown(key));
          }
        });
    known.values().forEach(child -> child.ifPresent(ConfigReader::finish));
  }

  /** The paths whose values are never printed. */
  public TreeSet<String> secrets() {
    return new TreeSet<>(ledger.secrets());
  }

  private <T> T read(String key, T standIn, Function<String, Parsed<T>> parse) {
    know(key);
    var value = section.get(key);
    if (broken || (value != null && isUnresolved(value))) {
      return standIn;
    }
    return settle(value, key, standIn, scalar(value).then(parse));
  }

  private <T> List<T> list(String key, Function<String, Parsed<T>> parse) {
    know(key);
    var value = section.get(key);
    if (value instanceof ConfigList list) {
      var found = new ArrayList<T>();
      for (var i = 0; i < list.size(); i++) {
        var element = list.get(i);
        var parsed = scalar(element).then(parse);
        found.add(settle(element, key + "[" + i + "]", null, parsed));
      }
      return found;
    }
    return read(key, List.of(), text -> elements(text, parse));
  }

  private <T> T settle(ConfigValue value, String key, T standIn, Parsed<T> parsed) {
    if (parsed instanceof Parsed.Good<T> good) {
      return good.value();
    }
    var last = key.indexOf('[');
    var at = last < 0 ? pathOf(key) : pathOf(key.substring(0, last)) + key.substring(last);
    faults.add(value == null ? section : value, at, ((Parsed.Bad<T>) parsed).reason());
    return standIn;
  }

  private void know(String key) {
    known.put(key, Optional.empty());
    ledger.paths().add(pathOf(key));
  }

  private static <T> Parsed<List<T>> elements(String text, Function<String, Parsed<T>> parse) {
    var found = new ArrayList<T>();
    for (var part : text.isBlank() ? new String[0] : text.split(",")) {
      var parsed = parse.apply(part.strip());
      if (parsed instanceof Parsed.Bad<T> bad) {
        return new Parsed.Bad<>(bad.reason());
      }
      found.add(((Parsed.Good<T>) parsed).value());
    }
    return new Parsed.Good<>(found);
  }

  private static Parsed<String> scalar(ConfigValue value) {
    if (value == null) {
      return new Parsed.Bad<>("is missing; give it a value");
    }
    return switch (value.valueType()) {
      case STRING, NUMBER, BOOLEAN -> new Parsed.Good<>(value.unwrapped().toString());
      case NULL -> new Parsed.Bad<>("has no value; give it one, or remove the line");
      case LIST -> new Parsed.Bad<>("is a list; give it one value");
      case OBJECT -> new Parsed.Bad<>("is a section; give it one value");
    };
  }

  private static Parsed<String> parseName(String text) {
    return NAME.matcher(text).matches()
        ? new Parsed.Good<>(text)
        : new Parsed.Bad<>("\"%s\" is not a name; use 1 to 64 of a-z, 0-9 and -".formatted(text));
  }

  private static Parsed<Integer> parseInteger(String text, int min, int max) {
    try {
      return Parsed.within(
              Long.parseLong(text.strip()), (long) min, (long) max, text, Object::toString)
          .then(number -> new Parsed.Good<>(number.intValue()));
    } catch (NumberFormatException e) {
      return new Parsed.Bad<>(
          "\"%s\" is not a whole number; give %d to %d".formatted(text, min, max));
    }
  }

  private static Parsed<Boolean> parseFlag(String text) {
    return switch (text) {
      case "true", "on", "yes" -> new Parsed.Good<>(true);
      case "false", "off", "no" -> new Parsed.Good<>(false);
      default ->
          new Parsed.Bad<>("\"%s\" is neither true nor false; write one of them".formatted(text));
    };
  }

  private static <E extends Enum<E>> Parsed<E> parseChoice(String text, E[] constants) {
    var words = Arrays.stream(constants).map(ConfigReader::word).toList();
    var index = words.indexOf(text);
    if (index >= 0) {
      return new Parsed.Good<>(constants[index]);
    }
    var nearest = Nearest.to(text, words).filter(word -> Nearest.isTypo(text, word));
    return new Parsed.Bad<>(
        "\"%s\" is none of %s%s"
            .formatted(
                text,
                String.join(", ", words),
                nearest.map(word -> "; did you mean " + word + "?").orElse("; give one of them")));
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The nearest key is a typo's original here, or the same word elsewhere, or just the nearest. */
  private String unknown(String key) {
    var words = new LinkedHashSet<>(known.keySet());
    words.addAll(absent);
    var here = Nearest.to(key, words);
    var meant =
        here.filter(word -> Nearest.isTypo(key, word))
            .map(this::pathOf)
            .or(() -> ledger.paths().stream().filter(p -> p.endsWith("." + key)).findFirst())
            .or(() -> here.map(this::pathOf));
    return "unknown key"
        + meant.map(p -> "; the nearest known one is " + p).orElse("; this section has none");
  }

  private String pathOf(String key) {
    return path + "." + ConfigUtil.joinPath(key);
  }

  private static boolean isUnresolved(ConfigValue value) {
    return value.origin().description().equals(UNRESOLVED);
  }

  private static ConfigReader child(
      ConfigValue value, String path, ConfigFaults faults, Ledger ledger) {
    if (value instanceof ConfigObject section) {
      return new ConfigReader(section, path, false, faults, ledger);
    }
    if (value != null && !isUnresolved(value)) {
      faults.add(value, path, "is not a section; write " + path + " { ... }");
    }
    var none = ConfigValueFactory.fromMap(Map.of());
    return new ConfigReader(none, path, value != null, faults, ledger);
  }
}
