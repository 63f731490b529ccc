package io.holdfast.edge;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
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
    private final AsyncCallback<HttpResponse> answered = createAsyncCallback(this::answer);
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

    private void answerLater(HttpResponse response) {
      if (stopped) {
        response.discardEntityBytes(materializer());
      } else {
        answered.invoke(response);
      }
    }

    @Override
    public void postStop() {
      stopped = true;
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
