package io.holdfast.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class QuestionsTest {
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private final Questions<String> questions = new Questions<>("test-questions", answers::add);

  @AfterEach
  void close() {
    questions.close();
  }

  private String answerTo(Questions.Question<String> question) throws Exception {
    questions.ask(question, found -> "answered: " + found, reason -> "unanswered: " + reason);
    return answers.poll(10, TimeUnit.SECONDS);
  }

  @Test
  void passesOnWhatWasAnswered() throws Exception {
    assertThat(answerTo(() -> "removed")).isEqualTo("answered: removed");
  }

  @Test
  void whateverIsThrownIsNoAnswerAndTheNextQuestionIsPut() throws Exception {
    assertThat(
            answerTo(
                () -> {
                  throw new IllegalStateException("the driver's own");
                }))
        .startsWith("unanswered: ")
        .contains("the driver's own");
    assertThat(
            answerTo(
                () -> {
                  throw new AssertionError("a broken connection");
                }))
        .startsWith("unanswered: ")
        .contains("a broken connection");
    assertThat(answerTo(() -> "removed")).isEqualTo("answered: removed");
  }
}
