package io.holdfast.http;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** SHA-256, by which requests, clients and contents are told apart. */
public final class Sha256 {
  private Sha256() {}

  /** A new one, to be fed. */
  public static MessageDigest begin() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  /** Of bytes as a digest, or a part of one: base 64 for URLs, 43 characters for a whole one. */
  public static String text(byte[] digest) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
  }
}
