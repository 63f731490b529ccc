package io.holdfast.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.route.PageQuery.Malformed;
import io.holdfast.route.PageQuery.Page;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PageQueryTest {
  @ParameterizedTest
  @CsvSource({
    "limit=1, 1, ''",
    "limit=1000, 1000, ''",
    "after=a, 100, a",
    "after=%61.b~c&limit=7, 7, a.b~c",
    "after=...&x=y&&limit=007, 7, ...",
    "Limit=0&AFTER=/, 100, ''"
  })
  void readsLimitAndAfter(String query, int limit, String after) {
    assertThat(PageQuery.parse(query)).isEqualTo(new Page(limit, after));
  }

  @Test
  void beginsAtTheBeginningWithAHundred() {
    assertThat(PageQuery.parse("")).isEqualTo(new Page(100, ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "limit",
        "limit=",
        "limit=0",
        "limit=1001",
        "limit=-1",
        "limit=+1",
        "limit=1e2",
        "limit=1.0",
        "limit=99999999999",
        "limit=\u0661",
        "limit=1&limit=1",
        "after=",
        "after=.",
        "after=..",
        "after=a%2Fb",
        "after=%00",
        "after=%",
        "after=a+b",
        "after=a&after=b"
      })
  void refusesWhatIsNoPage(String query) {
    assertThat(PageQuery.parse(query)).isInstanceOf(Malformed.class);
  }

  @Test
  void refusesAnIdThatIsTooLong() {
    assertThat(PageQuery.parse("after=" + "a".repeat(128))).isInstanceOf(Page.class);
    assertThat(PageQuery.parse("after=" + "a".repeat(129))).isInstanceOf(Malformed.class);
  }

  @Property
  void noTextMakesItFail(@ForAll String query) {
    assertThat(PageQuery.parse(query)).isNotNull();
  }
}
