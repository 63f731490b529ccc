package io.holdfast.tools.bench;

/** Where the answers that a measurement counts are supposed to come from. */
enum AnsweredBy {
  SERVICE("answers that the service has not given") {
    @Override
    boolean fits(long answers, long atService) {
      return atService >= answers;
    }
  },
  /** What has to be fetched is less than one in a thousand. */
  STORE("answers that the service had to give") {
    @Override
    boolean fits(long answers, long atService) {
      return atService * 1000 < answers;
    }
  };

  private final String otherwise;

  AnsweredBy(String otherwise) {
    this.otherwise = otherwise;
  }

  /**
   * Whether so many answers came from there.
   *
   * @param atService requests that the service had meanwhile
   */
  abstract boolean fits(long answers, long atService);

  /** What it is when they did not. */
  String otherwise() {
    return otherwise;
  }
}
