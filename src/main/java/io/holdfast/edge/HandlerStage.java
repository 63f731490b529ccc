package io.holdfast.edge;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.Done;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.stage.AbstractInOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;

/**
 * Calls the handler with one request at a time. An answer that is there at once costs no message,
 * one that comes later costs one.
 */
final class HandlerStage extends GraphStage<FlowShape<HttpRequest, HttpResponse>> {
  private final Inlet<HttpRequest> in = Inlet.create("Handler.requests");
  private final Outlet<HttpResponse> out = Outlet.create("Handler.responses");
  private final FlowShape<HttpRequest, HttpResponse> shape = FlowShape.of(in, out);
  private final Connection connection;

  HandlerStage(Connection connection) {
    this.connection = connection;
  }

  @Override
  public FlowShape<HttpRequest, HttpResponse> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic();
  }

  private final class Logic extends GraphStageLogic {
    private final AsyncCallback<Done> answered = createAsyncCallback(done -> answerArrived());

    /** An answer on its way from where it was made to this stage. */
    private final AtomicReference<HttpResponse> arriving = new AtomicReference<>();

    private boolean handling;
    private volatile boolean stopped; // read where the answer is made

    Logic() {
      super(shape);
      setHandlers(
          in,
          out,
          new AbstractInOutHandler() {
            @Override
            public void onPush() {
              handle(connection.handle(grab(in)));
            }

            @Override
            public void onPull() {
              if (!isClosed(in)) {
                pull(in);
              }
            }

            @Override
            public void onUpstreamFinish() {
              if (!handling) {
                completeStage();
              }
            }
          });
    }

    private void handle(CompletionStage<HttpResponse> response) {
      handling = true;
      if (response instanceof CompletableFuture<HttpResponse> future && future.isDone()) {
        answer(future.join());
      } else {
        response.thenAccept(this::answerLater);
      }
    }

    /** Whichever comes second, this or the end of the stage, sees what the other has done. */
    private void answerLater(HttpResponse response) {
      arriving.set(response);
      if (stopped) {
        dropArriving();
      } else {
        answered.invoke(Done.getInstance());
      }
    }

    private void answerArrived() {
      var response = arriving.getAndSet(null);
      if (response != null) {
        answer(response);
      }
    }

    @Override
    public void postStop() {
      stopped = true;
      dropArriving();
    }

    /**
     * Nobody will read it, and its content may have no end: whoever makes that has to hear that it
     * is not wanted.
     */
    private void dropArriving() {
      var response = arriving.getAndSet(null);
      if (response != null) {
        response.entity().getDataBytes().runWith(Sink.cancelled(), materializer());
      }
    }

    private void answer(HttpResponse response) {
      handling = false;
      push(out, connection.announce(response));
      if (isClosed(in)) {
        completeStage();
      }
    }
  }
}
