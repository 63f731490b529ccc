package io.holdfast.config;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Pattern;

/** Hosts, addresses and URLs as text. Never asks a name server. */
final class Hosts {
  private static final Pattern NAME =
      Pattern.compile(
          "(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
              + "(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*");
  private static final Pattern DOTTED = Pattern.compile("[0-9.]+");
  private static final String OCTET = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
  private static final Pattern IPV4 = Pattern.compile(OCTET + "(\\." + OCTET + "){3}");
  private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");
  private static final Pattern BLOCK = Pattern.compile("([^/]+)(?:/(\\d{1,3}))?");

  private Hosts() {}

  static Parsed<String> host(String text) {
    var address = address(text);
    if (address.isPresent() && address.get().isAnyLocalAddress()) {
      return new Parsed.Bad<>(
          "\"%s\" is no address that peers can connect to; give this machine's own"
              .formatted(text));
    }
    return address.isPresent() || (NAME.matcher(text).matches() && !DOTTED.matcher(text).matches())
        ? new Parsed.Good<>(text)
        : new Parsed.Bad<>("\"%s\" is not a host; give a name or an address".formatted(text));
  }

  /** An address, or a block of addresses in CIDR form. */
  static Parsed<String> block(String text) {
    var match = BLOCK.matcher(text);
    var address = match.matches() ? address(match.group(1)) : Optional.<InetAddress>empty();
    var bits = address.map(a -> a.getAddress().length * 8).orElse(0);
    var good =
        address.isPresent() && (match.group(2) == null || Integer.parseInt(match.group(2)) <= bits);
    return good
        ? new Parsed.Good<>(text)
        : new Parsed.Bad<>(
            "\"%s\" is not an address; give one as in \"10.0.0.7\" or \"10.0.0.0/8\""
                .formatted(text));
  }

  static Parsed<URI> url(String text) {
    try {
      var url = new URI(text);
      var scheme = url.getScheme() == null ? "" : url.getScheme();
      if (url.getHost() != null && (scheme.equals("http") || scheme.equals("https"))) {
        return new Parsed.Good<>(url);
      }
    } catch (URISyntaxException e) {
      // the same answer
    }
    return new Parsed.Bad<>(
        "\"%s\" is not a URL; give one as in \"http://127.0.0.1:9001\"".formatted(text));
  }

  static boolean isLoopback(String host) {
    return host.equalsIgnoreCase("localhost")
        || address(host).map(InetAddress::isLoopbackAddress).orElse(false);
  }

  /** The address that the text spells; empty for a name. */
  private static Optional<InetAddress> address(String text) {
    if (!IPV4.matcher(text).matches() && !IPV6.matcher(text).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.getByName(text));
    } catch (UnknownHostException e) {
      return Optional.empty();
    }
  }
}
