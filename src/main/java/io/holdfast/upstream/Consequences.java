package io.holdfast.upstream;

import io.holdfast.http.FieldLine;
import java.util.List;
import java.util.function.Consumer;

/**
 * What has to happen before anybody hears what became of a request that may have changed something.
 * On its event loop.
 */
public interface Consequences {
  /** There are none. */
  Consequences NONE =
      new Consequences() {
        @Override
        public void ofAnswer(ResponseHead head, Consumer<List<FieldLine>> then) {
          then.accept(List.of());
        }

        @Override
        public void ofSilence(Consumer<List<FieldLine>> then) {
          then.accept(List.of());
        }
      };

  /**
   * The service has answered.
   *
   * @param then gets what the client is to be told of them, beside the answer
   */
  void ofAnswer(ResponseHead head, Consumer<List<FieldLine>> then);

  /** It has not, and may have carried the request out all the same. */
  void ofSilence(Consumer<List<FieldLine>> then);
}
