package io.holdfast.edge;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/**
 * The addresses whose word about their own clients is believed.
 *
 * @param blocks addresses, or blocks of them in CIDR form; checked
 */
record TrustedProxies(List<Block> blocks) {

  record Block(byte[] address, int bits) {
    boolean has(byte[] other) {
      if (other.length != address.length) {
        return false;
      }
      for (int bit = 0; bit < bits; bit++) {
        int mask = 0x80 >> (bit % 8);
        if (((address[bit / 8] ^ other[bit / 8]) & mask) != 0) {
          return false;
        }
      }
      return true;
    }
  }

  static TrustedProxies of(List<String> texts) {
    var blocks = new ArrayList<Block>();
    for (var text : texts) {
      int slash = text.indexOf('/');
      var address = bytes(slash < 0 ? text : text.substring(0, slash));
      int bits = slash < 0 ? address.length * 8 : Integer.parseInt(text.substring(slash + 1));
      blocks.add(new Block(address, bits));
    }
    return new TrustedProxies(List.copyOf(blocks));
  }

  private static byte[] bytes(String literal) {
    try {
      return InetAddress.getByName(literal).getAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(literal, e);
    }
  }

  boolean trusts(InetAddress client) {
    return blocks.stream().anyMatch(block -> block.has(client.getAddress()));
  }
}
