package io.holdfast.upstream;

import io.holdfast.http.Bytes;
import java.util.ArrayList;
import java.util.List;

/** The content of a request, or of an answer, that is kept whole in memory. */
public final class KeptContent {
  private final int bytesMax;
  private final Room room;
  private final List<Bytes> pieces = new ArrayList<>();
  private int length;

  public KeptContent(int bytesMax, Room room) {
    this.bytesMax = bytesMax;
    this.room = room;
  }

  /** What became of a piece. */
  public enum Taken {
    TAKEN,
    TOO_LONG,
    /** Other requests have the memory. */
    NO_ROOM
  }

  /** Takes a piece, or nothing. */
  public Taken take(Bytes bytes) {
    if (length + bytes.length() > bytesMax) {
      return Taken.TOO_LONG;
    }
    if (!room.take(bytes.length())) {
      return Taken.NO_ROOM;
    }
    pieces.add(bytes);
    length += bytes.length();
    return Taken.TAKEN;
  }

  /** So many more would be taken. */
  int bytesLeft() {
    return bytesMax - length;
  }

  public List<Bytes> pieces() {
    return pieces;
  }

  public int length() {
    return length;
  }

  public byte[] joined() {
    var whole = new byte[length];
    int at = 0;
    for (var piece : pieces) {
      System.arraycopy(piece.array(), piece.from(), whole, at, piece.length());
      at += piece.length();
    }
    return whole;
  }

  /** Nobody needs it any more. */
  public void forget() {
    pieces.clear();
    room.giveBack(length);
    length = 0;
  }
}
