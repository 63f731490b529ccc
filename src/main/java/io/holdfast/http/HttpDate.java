package io.holdfast.http;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * HTTP dates (RFC 9110, section 5.6.7): one format out, three in. Names are read in any case, and
 * the day of the week need not be that of the date: there is but one way to understand both.
 */
public final class HttpDate {
  private static final DateTimeFormatter IMF_FIXDATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);
  private static final String MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec";
  private static final String MONTH = "(?<month>[A-Za-z]{3})";
  private static final String TIME = "(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)";

  private static final List<Pattern> FORMATS =
      List.of(
          pattern("(?:mon|tue|wed|thu|fri|sat|sun), (?<day>\\d\\d) %s (?<year>\\d{4}) %s gmt"),
          pattern(
              "(?:mon|tues|wednes|thurs|fri|satur|sun)day, (?<day>\\d\\d)-%s-(?<year>\\d\\d) %s gmt"),
          pattern("(?:mon|tue|wed|thu|fri|sat|sun) %s (?<day>[ \\d]\\d) %s (?<year>\\d{4})"));

  private HttpDate() {}

  private static Pattern pattern(String format) {
    return Pattern.compile(format.formatted(MONTH, TIME), Pattern.CASE_INSENSITIVE);
  }

  /** In whole seconds: the rest is cut. */
  public static String format(Instant instant) {
    return IMF_FIXDATE.format(instant);
  }

  /**
   * Nothing if it is no HTTP date. A year of two digits lies in 1970 to 2069: as long as that is
   * not more than 50 years ahead, the RFC's rule comes to the same or allows it.
   */
  public static Optional<Instant> parse(String text) {
    for (var format : FORMATS) {
      var match = format.matcher(text);
      if (match.matches()) {
        return instant(match);
      }
    }
    return Optional.empty();
  }

  private static Optional<Instant> instant(Matcher match) {
    int month = MONTHS.indexOf(match.group("month").toLowerCase(Locale.ROOT));
    if (month % 3 != 0) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          LocalDateTime.of(
                  year(match.group("year")),
                  month / 3 + 1,
                  Integer.parseInt(match.group("day").strip()),
                  Integer.parseInt(match.group("hour")),
                  Integer.parseInt(match.group("minute")),
                  Integer.parseInt(match.group("second")))
              .toInstant(ZoneOffset.UTC));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static int year(String digits) {
    int year = Integer.parseInt(digits);
    if (digits.length() == 4) {
      return year;
    }
    return year < 70 ? 2000 + year : 1900 + year;
  }
}
