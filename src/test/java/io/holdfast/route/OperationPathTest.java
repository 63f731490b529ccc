package io.holdfast.route;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OperationPathTest {
  private static final String ID = "0123456789abcdefghijklmnou";

  @Test
  void takesWhatIsAtOrBelowOperationsOnSegmentBorders() {
    assertThat(OperationPath.takes("/operations")).isTrue();
    assertThat(OperationPath.takes("/operations/")).isTrue();
    assertThat(OperationPath.takes("/operations/x/y/z")).isTrue();
    assertThat(OperationPath.takes("/operation")).isFalse();
    assertThat(OperationPath.takes("/operationsx")).isFalse();
    assertThat(OperationPath.takes("/x/operations")).isFalse();
    assertThat(OperationPath.takes("/")).isFalse();
    assertThat(OperationPath.takes("*")).isFalse();
  }

  @Test
  void namesAllOneItsResultAndItsRetry() {
    var one = "/operations/" + ID;
    assertThat(OperationPath.parse("/operations")).isEqualTo(new OperationPath.All());
    assertThat(OperationPath.parse(one)).isEqualTo(new OperationPath.One(ID));
    assertThat(OperationPath.parse(one + "/result")).isEqualTo(new OperationPath.Result(ID));
    assertThat(OperationPath.parse(one + "/retry")).isEqualTo(new OperationPath.Retry(ID));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/operations/",
        "/operations//",
        "/operations/x",
        "/operations/0123456789ABCDEFGHIJKLMNOU",
        "/operations/0123456789abcdefghijklmnou/",
        "/operations/0123456789abcdefghijklmnou/result/",
        "/operations/0123456789abcdefghijklmnou/other",
        "/operations/0123456789abcdefghijklmnouu",
        "/operations/0123456789abcdefghijklmno%75"
      })
  void namesNothingElse(String path) {
    assertThat(OperationPath.parse(path)).isEqualTo(new OperationPath.Nothing());
  }
}
