package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.edge.OperationQuery.Malformed;
import io.holdfast.edge.OperationQuery.Page;
import io.holdfast.operation.Operation.State;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OperationQueryTest {
  private static final String ID = "0123456789abcdefghijklmnou";
  private static final Page ALL =
      new Page(Optional.empty(), Optional.empty(), 100, Optional.empty());

  @ParameterizedTest
  @ValueSource(
      strings = {"", "&", "x=1", "state=", "state=&route=", "route", "LIMIT=7", "limits=7"})
  void whatIsNotAskedForIsAsItIsByDefault(String query) {
    assertThat(OperationQuery.parse(query)).isEqualTo(ALL);
  }

  @Test
  void eachParameterCounts() {
    assertThat(
            OperationQuery.parse("limit=1000&after=" + ID + "&state=failed&route=a%20b%26%C3%A4"))
        .isEqualTo(
            new Page(Optional.of(State.FAILED), Optional.of("a b&\u00e4"), 1000, Optional.of(ID)));
  }

  @ParameterizedTest
  @EnumSource(State.class)
  void eachStateCanBeAskedFor(State state) {
    assertThat(OperationQuery.parse("state=" + state.word()))
        .isEqualTo(new Page(Optional.of(state), Optional.empty(), 100, Optional.empty()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "limit=0",
        "limit=1001",
        "limit=-1",
        "limit=+1",
        "limit=1e2",
        "limit=99999",
        "limit=\u0661",
        "limit=",
        "limit",
        "limit=1&limit=1",
        "state=Failed",
        "state=failed,running",
        "state=failed&state=",
        "route=&route=",
        "route=%",
        "route=%0g",
        "route=a%00",
        "after=",
        "after=x",
        "after=0123456789abcdefghijklmnow"
      })
  void whatCannotBeMeantIsMalformed(String query) {
    assertThat(OperationQuery.parse(query)).isInstanceOf(Malformed.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "state=failed&limit=3", "route=a%20b%26c%3D%25&limit=1000"})
  void theNextPageHasTheSameFilters(String query) {
    var page = (Page) OperationQuery.parse(query);
    assertThat(OperationQuery.parse(page.next(ID)))
        .isEqualTo(new Page(page.state(), page.route(), page.limit(), Optional.of(ID)));
  }
}
