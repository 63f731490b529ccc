package io.holdfast.upstream;

/**
 * What has to happen before anybody hears what became of a request that may have changed something.
 * On its event loop.
 */
public interface Consequences {
  /** There are none. */
  Consequences NONE =
      new Consequences() {
        @Override
        public void ofAnswer(ResponseHead head, Runnable then) {
          then.run();
        }

        @Override
        public void ofSilence(Runnable then) {
          then.run();
        }
      };

  /** The service has answered. */
  void ofAnswer(ResponseHead head, Runnable then);

  /** It has not, and may have carried the request out all the same. */
  void ofSilence(Runnable then);
}
