package io.holdfast.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StageTest {
  private final List<String> done = new ArrayList<>();
  private final Preparation preparation = FaultsTest.preparation();

  @Test
  void preparesEachFaultAndClosesTheLastOneFirst() {
    var stage = Stage.of(List.of(fault("a"), fault("b")), preparation);
    assertThat(done).containsExactly("prepare a", "prepare b");
    assertThat(stage.fault("b").word()).isEqualTo("b");

    stage.close();
    stage.close();

    assertThat(done).endsWith("close b", "close a").hasSize(4);
  }

  @Test
  void closesAllThoughOneCannotBeClosed() {
    var stage = Stage.of(List.of(fault("a"), fault("stuck"), fault("c")), preparation);

    assertThatThrownBy(stage::close).isInstanceOf(ChaosFailure.class);

    assertThat(done).endsWith("close c", "close stuck", "close a");
  }

  @Test
  void leavesNothingBehindWhereOneCannotBePrepared() {
    var faults = List.of(fault("a"), fault("broken"), fault("c"));

    assertThatThrownBy(() -> Stage.of(faults, preparation)).isInstanceOf(ChaosFailure.class);

    assertThat(done).containsExactly("prepare a", "prepare broken", "close broken", "close a");
  }

  @Test
  void addsToTheOptionsOfNodesThatAreThere() {
    preparation.nodeOption("-Da=b");
    preparation.nodeOption("-Dc=d");
    preparation.variable("LD_PRELOAD", "x.so");

    assertThat(preparation.environment(Map.of("HOLDFAST_NODE_OPTIONS", "-Xmx2g")))
        .containsOnly(
            Map.entry("HOLDFAST_NODE_OPTIONS", "-Xmx2g -Da=b -Dc=d"),
            Map.entry("LD_PRELOAD", "x.so"));
    assertThat(FaultsTest.preparation().environment(Map.of("HOLDFAST_NODE_OPTIONS", "-X")))
        .isEmpty();
  }

  @Test
  void leadsNodesToTheDatabaseThroughTheLinkThatCanBeSlow() {
    var stage = Stage.of(List.of(Faults.of("slow-db")), preparation);
    try {
      assertThat(preparation.environment(Map.of()).get("HOLDFAST_NODE_OPTIONS"))
          .matches("-Dholdfast\\.database\\.url=jdbc:h2:tcp://127\\.0\\.0\\.1:\\d+/holdfast");
    } finally {
      stage.close();
    }
  }

  @Test
  void leavesNoDirectoryWhereOneCannotBePrepared(@TempDir Path parent) throws Exception {
    var data = Files.createDirectory(parent.resolve("data"));
    Files.createDirectory(data.resolve("n1"));
    var there = new Preparation(data, 3, preparation.database());

    assertThatThrownBy(
            () -> OwnCluster.of(List.of(fault("broken")), there, Optional.empty(), false))
        .isInstanceOf(ChaosFailure.class);

    assertThat(data).doesNotExist();
  }

  private Fault fault(String word) {
    return new RecordedFault(word, Victims.NONE, Fault.Asked.NEVER, done);
  }
}
