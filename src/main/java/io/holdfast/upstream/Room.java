package io.holdfast.upstream;

/** Memory for content, which the requests of a node share. */
public interface Room {

  /** Where something else bounds what is taken. */
  Room ANY =
      new Room() {
        @Override
        public boolean take(long bytes) {
          return true;
        }

        @Override
        public void giveBack(long bytes) {}
      };

  /** Takes so many bytes, or nothing. */
  boolean take(long bytes);

  void giveBack(long bytes);
}
