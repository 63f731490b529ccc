package io.holdfast.edge;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.socket.DuplexChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The end of a connection, so that the client gets to read all that was written: the output first,
 * then a bounded amount of what it still sends is dropped, for a close with unread bytes would
 * reset the connection (RFC 9112 section 9.6).
 */
final class Lingering {
  /** Bytes that are read and dropped so that the client can read its last answer. */
  private static final int BYTES_MAX = 1024 * 1024;

  private static final Duration TIME_MAX = Duration.ofSeconds(2);

  private final Channel channel;
  private long dropped;

  Lingering(Channel channel) {
    this.channel = channel;
  }

  /**
   * Everything has been written, though perhaps not sent.
   *
   * @param inputEnded the client has ended its side
   */
  void begin(boolean inputEnded) {
    channel
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            (ChannelFutureListener)
                flushed -> {
                  if (flushed.isSuccess() && !inputEnded) {
                    endOutput();
                  } else {
                    channel.close();
                  }
                });
  }

  private void endOutput() {
    ((DuplexChannel) channel).shutdownOutput();
    channel
        .eventLoop()
        .schedule((Runnable) channel::close, TIME_MAX.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** The client has sent more. */
  void drop(int bytes) {
    dropped += bytes;
    if (dropped > BYTES_MAX) {
      channel.close();
    }
  }
}
