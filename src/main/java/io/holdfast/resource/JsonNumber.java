package io.holdfast.resource;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;

/** A number as it was written, digit by digit, and its value for comparisons. */
final class JsonNumber implements JsonTree {
  /** So many digits always fit a long. */
  private static final int LONG_DIGITS = 18;

  private final String text;

  /** Made when first asked for: of a long number that is often tested, once for all times. */
  private String value;

  JsonNumber(String text) {
    this.text = text;
  }

  @Override
  public long size() {
    return text.length();
  }

  @Override
  public int depth() {
    return 0;
  }

  @Override
  public String kind() {
    return "a number";
  }

  @Override
  public boolean isSameAs(JsonTree other) {
    return other instanceof JsonNumber number
        && (text.equals(number.text) || value().equals(number.value()));
  }

  @Override
  public void write(JsonGenerator generator) throws IOException {
    generator.writeNumber(text);
  }

  /**
   * Equal texts for equal values: the significant digits as a whole number without zeros at its
   * ends, and the exponent that belongs to it. 150, 1.50e2 and 0.15E+3 are all {@code 15e1};
   * nothing is as long as the exponent says.
   */
  String value() {
    if (value == null) {
      value = valueOf(text);
    }
    return value;
  }

  private static String valueOf(String text) {
    int end = exponentAt(text);
    int point = text.indexOf('.');
    var digits = new StringBuilder(end).append(text, text.charAt(0) == '-' ? 1 : 0, end);
    int decimals = point < 0 ? 0 : end - point - 1;
    if (point >= 0) {
      digits.deleteCharAt(digits.length() - decimals - 1);
    }
    int length = digits.length();
    while (length > 0 && digits.charAt(length - 1) == '0') {
      length--;
    }
    int zeros = digits.length() - length;
    digits.setLength(length);
    var significant = withoutLeadingZeros(digits);
    return significant.isEmpty()
        ? "0"
        : (text.charAt(0) == '-' ? "-" : "")
            + significant
            + 'e'
            + sum(text.substring(Math.min(end + 1, text.length())), zeros - decimals);
  }

  private static int exponentAt(String text) {
    int at = Math.max(text.indexOf('e'), text.indexOf('E'));
    return at < 0 ? text.length() : at;
  }

  /**
   * An exponent, which may have very many digits, and a small number. Digit by digit: the JDK's big
   * integers take time that grows with the square of the digits to read.
   */
  private static String sum(String exponent, int small) {
    boolean negative = exponent.startsWith("-");
    boolean signed = negative || exponent.startsWith("+");
    var digits = withoutLeadingZeros(new StringBuilder(exponent).delete(0, signed ? 1 : 0));
    if (digits.length() <= LONG_DIGITS) {
      long magnitude = digits.isEmpty() ? 0 : Long.parseLong(digits);
      return Long.toString((negative ? -magnitude : magnitude) + small);
    }
    // Greater than any int, so its sign stays.
    var changed = digits.toCharArray();
    long carry = negative ? -(long) small : small;
    for (int at = changed.length - 1; at >= 0 && carry != 0; at--) {
      carry += changed[at] - '0';
      changed[at] = (char) ('0' + Math.floorMod(carry, 10));
      carry = Math.floorDiv(carry, 10L);
    }
    var magnitude = new StringBuilder().append(carry == 0 ? "" : carry).append(changed);
    return (negative ? "-" : "") + withoutLeadingZeros(magnitude);
  }

  private static String withoutLeadingZeros(StringBuilder digits) {
    int zeros = 0;
    while (zeros < digits.length() && digits.charAt(zeros) == '0') {
      zeros++;
    }
    return digits.substring(zeros);
  }
}
