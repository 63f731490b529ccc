package io.holdfast.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.holdfast.tools.chaos.ClusterView.Node;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class VictimsTest {
  private static final String STATUS =
      """
      {"nodes":[
        {"node":1,"name":"n1","pid":11,"state":"up","oldest":false,"http":"http://127.0.0.1:81",
         "admin":"http://127.0.0.1:91","shards":22,"documents":5,"uptimeSeconds":3},
        {"node":2,"name":"n2","pid":12,"state":"up","oldest":true,"http":"http://127.0.0.1:82",
         "admin":"http://127.0.0.1:92","shards":21,"documents":5,"uptimeSeconds":3},
        {"node":3,"name":"n3","pid":null,"state":"down","oldest":false,"http":"http://127.0.0.1:83",
         "admin":"http://127.0.0.1:93","shards":null,"documents":null,"uptimeSeconds":0}],
       "database":{"kind":"h2","pid":9,"state":"up","url":"jdbc:h2:x"}}
      """;

  private final ClusterView view = view();

  private static ClusterView view() {
    try {
      return ClusterView.parse(STATUS);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void readsWhatTheClusterSaysOfItself() {
    assertThat(view.numbers()).containsExactly(1, 2, 3);
    assertThat(view.nodes().get(0).http()).hasToString("http://127.0.0.1:81");
    assertThat(view.nodes().get(2).pid()).isZero();
    assertThat(view.isAllUp()).isFalse();
    assertThat(view.isSpread()).isFalse();
    assertThat(new ClusterView(view.nodes().subList(0, 2)).isAllUp()).isTrue();
    assertThat(new ClusterView(view.nodes().subList(0, 2)).isSpread()).isTrue();
  }

  @Test
  void areTheNodesThatTheirNameSays() {
    for (int seed = 0; seed < 20; seed++) {
      assertThat(of(Victims.NONE, seed)).isEmpty();
      assertThat(of(Victims.YOUNG, seed)).hasSize(1).doesNotContain(2);
      assertThat(of(Victims.OLDEST, seed)).containsExactly(2);
      assertThat(of(Victims.OLDEST_THEN_YOUNG, seed))
          .hasSize(2)
          .startsWith(2)
          .doesNotHaveDuplicates();
      assertThat(of(Victims.ALL_BUT_ONE, seed)).hasSize(2).doesNotHaveDuplicates();
      assertThat(of(Victims.ALL, seed)).containsExactly(1, 2, 3);
    }
  }

  @ParameterizedTest
  @EnumSource
  void areAsManyAsTheySay(Victims victims) {
    assertThat(of(victims, 1)).hasSize(victims.count(3));
  }

  @Test
  void areTheSameWithTheSameSeed() {
    assertThat(of(Victims.YOUNG, 5)).isEqualTo(of(Victims.YOUNG, 5));
  }

  @Test
  void cannotBeChosenWhereNobodySaysThatItIsTheOldest() {
    var young = view.nodes().stream().filter(it -> !it.oldest()).toList();

    assertThatThrownBy(() -> Victims.OLDEST.of(young, new Random(1)))
        .isInstanceOf(ChaosFailure.class)
        .hasMessageContaining("oldest");
  }

  private List<Integer> of(Victims victims, long seed) {
    return victims.of(view.nodes(), new Random(seed)).stream().map(Node::number).toList();
  }
}
