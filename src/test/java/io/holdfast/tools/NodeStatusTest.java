package io.holdfast.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With this process in the place of a node's. */
class NodeStatusTest {
  private static final NodeStatus.Addresses ADDRESSES =
      new NodeStatus.Addresses(URI.create("http://127.0.0.1:1"), URI.create("http://127.0.0.1:2"));

  @TempDir Path directory;

  @Test
  void takesANegativeNumberForUnknown() throws IOException {
    var status = status(Map.of("state", "up", "documents", "-1", "shards", "22"));

    assertThat(status.documents()).isEmpty();
    assertThat(status.shards()).contains(22L);
    assertThat(json(status)).contains("\"documents\":null", "\"shards\":22");
  }

  @Test
  void tellsThatThereAreNoDocuments() throws IOException {
    assertThat(status(Map.of("state", "up", "documents", "0")).documents()).contains(0L);
  }

  private NodeStatus status(Map<String, String> answer) throws IOException {
    var process = new OwnProcess("n1", directory);
    var mark = ProcessMark.of(ProcessHandle.current().pid()).orElseThrow();
    Files.writeString(process.pidFile(), mark.text());
    return NodeStatus.of(1, process, ADDRESSES, Optional.of(answer));
  }

  private static String json(NodeStatus status) {
    var database = new DatabaseStatus("h2", Optional.empty(), true, "jdbc:h2:x");
    return new ClusterStatus(List.of(status), database, Optional.empty()).json();
  }
}
