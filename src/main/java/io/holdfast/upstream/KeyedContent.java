package io.holdfast.upstream;

import io.holdfast.http.Bytes;
import java.util.ArrayList;
import java.util.List;

/** The content of a request, or of an answer, that is kept whole in memory. */
final class KeyedContent {
  private final int bytesMax;
  private final Room room;
  private final List<Bytes> pieces = new ArrayList<>();
  private int length;

  KeyedContent(int bytesMax, Room room) {
    this.bytesMax = bytesMax;
    this.room = room;
  }

  /** What became of a piece. */
  enum Taken {
    TAKEN,
    TOO_LONG,
    /** Other requests have the memory. */
    NO_ROOM
  }

  Taken take(Bytes bytes) {
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

  List<Bytes> pieces() {
    return pieces;
  }

  int length() {
    return length;
  }

  byte[] joined() {
    var whole = new byte[length];
    int at = 0;
    for (var piece : pieces) {
      System.arraycopy(piece.array(), piece.from(), whole, at, piece.length());
      at += piece.length();
    }
    return whole;
  }

  /** Nobody needs it any more. */
  void forget() {
    pieces.clear();
    room.giveBack(length);
    length = 0;
  }
}
