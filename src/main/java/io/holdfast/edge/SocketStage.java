package io.holdfast.edge;

import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.TLSProtocol.SendBytes;
import org.apache.pekko.stream.TLSProtocol.SessionBytes;
import org.apache.pekko.stream.TLSProtocol.SslTlsInbound;
import org.apache.pekko.stream.TLSProtocol.SslTlsOutbound;
import org.apache.pekko.stream.stage.AbstractInHandler;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;

/**
 * The connection as its stream sees it: bytes to the socket in, checked bytes from it out. The
 * connection talks to it by {@link Port}; it calls the connection directly, both being on the same
 * event loop.
 */
final class SocketStage extends GraphStage<FlowShape<SslTlsOutbound, SslTlsInbound>> {
  private final Inlet<SslTlsOutbound> in = Inlet.create("Socket.toClient");
  private final Outlet<SslTlsInbound> out = Outlet.create("Socket.fromClient");
  private final FlowShape<SslTlsOutbound, SslTlsInbound> shape = FlowShape.of(in, out);
  private final Connection connection;

  SocketStage(Connection connection) {
    this.connection = connection;
  }

  @Override
  public FlowShape<SslTlsOutbound, SslTlsInbound> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    Logic logic = new Logic();
    connection.attach(new Port(logic.signals));
    return logic;
  }

  private sealed interface Signal {}

  private record Received(SessionBytes bytes) implements Signal {}

  private record Writable() implements Signal {}

  private record Broken(Throwable cause) implements Signal {}

  /** What the connection tells its stream. */
  static final class Port {
    private final AsyncCallback<Signal> signals;

    private Port(AsyncCallback<Signal> signals) {
      this.signals = signals;
    }

    /** Bytes for the HTTP layer; {@link Connection#used} follows when it has taken them. */
    void received(SessionBytes bytes) {
      signals.invoke(new Received(bytes));
    }

    /** The socket takes bytes again. */
    void writable() {
      signals.invoke(new Writable());
    }

    /** The request under way will never be complete, or nobody waits for its answer. */
    void broken(Throwable cause) {
      signals.invoke(new Broken(cause));
    }
  }

  private final class Logic extends GraphStageLogic {
    private final AsyncCallback<Signal> signals = createAsyncCallback(this::onSignal);
    private final Deque<SessionBytes> waiting = new ArrayDeque<>();
    private boolean ended;

    Logic() {
      super(shape);
      setHandler(
          out,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              passOn();
            }

            @Override
            public void onDownstreamFinish(Throwable cause) {
              waiting.clear(); // the HTTP layer reads no more; its last answer may still come
            }
          });
      setHandler(
          in,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              SslTlsOutbound element = grab(in);
              if (ended || element instanceof SendBytes sent && connection.respond(sent.bytes())) {
                pull(in);
              }
            }

            @Override
            public void onUpstreamFinish() {
              if (!ended) {
                ended = true;
                connection.responsesEnded();
              }
              completeStage();
            }

            @Override
            public void onUpstreamFailure(Throwable cause) {
              if (!ended) {
                ended = true;
                connection.responsesFailed(cause);
              }
              failStage(cause);
            }
          });
    }

    @Override
    public void preStart() {
      pull(in);
    }

    private void onSignal(Signal signal) {
      if (signal instanceof Received received) {
        waiting.add(received.bytes());
        passOn();
      } else if (signal instanceof Writable) {
        if (!isClosed(in) && !hasBeenPulled(in)) {
          pull(in);
        }
      } else if (signal instanceof Broken broken) {
        breakOff(broken.cause());
      }
    }

    /**
     * Only the side of the requests fails, and the failure comes back as the end of the responses.
     * Were both to end at once, the cancelled response would overtake the failure, and the handler
     * would see its content end by a cancellation instead of for the reason.
     */
    private void breakOff(Throwable cause) {
      ended = true;
      if (isClosed(out)) {
        failStage(cause);
      } else {
        fail(out, cause);
      }
    }

    private void passOn() {
      if (isAvailable(out) && !waiting.isEmpty()) {
        SessionBytes bytes = waiting.remove();
        push(out, bytes);
        connection.used(bytes.bytes().size());
      }
    }

    @Override
    public void postStop() {
      if (!ended) {
        connection.responsesFailed(new IllegalStateException("The stream stopped early."));
      }
    }
  }
}
