package io.holdfast.admin;

import io.holdfast.admin.LogLevelOrders.Order;
import io.holdfast.http.ProblemType;
import io.holdfast.telemetry.LogLevels;
import io.micrometer.core.instrument.Counter;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.Materializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /log-levels}: what this node logs, until its process ends.
 *
 * @param turnedAway counts orders for which there were too many loggers
 */
record LogLevelsEndpoint(LogLevels levels, Materializer materializer, Counter turnedAway) {
  static final String PATH = "/log-levels";

  /** Of one logger: this, and its name. */
  static final String PREFIX = PATH + "/";

  private static final Logger log = LoggerFactory.getLogger(LogLevelsEndpoint.class);

  CompletionStage<HttpResponse> show() {
    return AdminAnswers.json(200, Map.of("levels", levels.own()));
  }

  /** Sets one logger's level, and answers with the one that counts for it now. */
  CompletionStage<HttpResponse> change(HttpRequest request) {
    var logger = request.getUri().path().substring(PREFIX.length());
    return Contents.of(
        request,
        LogLevelOrders.CONTENT_MAX,
        materializer,
        content -> carryOut(LogLevelOrders.parse(logger, content)));
  }

  private CompletionStage<HttpResponse> carryOut(Order order) {
    if (order instanceof Order.Refused refused) {
      return AdminAnswers.problem(refused.type(), refused.detail());
    }
    if (order instanceof Order.Set set) {
      if (levels.set(set.logger(), set.level())) {
        return changed(set.logger());
      }
      turnedAway.increment();
      return AdminAnswers.problem(
          ProblemType.SHED, "So many loggers that nobody uses have a level already");
    }
    var logger = ((Order.Inherit) order).logger();
    levels.inherit(logger);
    return changed(logger);
  }

  private CompletionStage<HttpResponse> changed(String logger) {
    var level = levels.effective(logger);
    log.info("The admin port was asked to log {} at {}", logger, level);
    return AdminAnswers.json(200, Map.of("logger", logger, "level", level));
  }
}
