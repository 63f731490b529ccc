package io.holdfast.conventions;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.holdfast.testing.Promtool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The alerts and the dashboard in {@code conf}: Prometheus understands them, and an alert says what
 * to do. That the meters exist is the matter of {@code EventsTest}.
 */
class MonitoringFilesTest {
  private static final Path ALERTS = Path.of("conf", "alerts.yml").toAbsolutePath();
  private static final Path DASHBOARD = Path.of("conf", "grafana-dashboard.json");

  /** In so few characters nobody says what to do. */
  private static final int DESCRIPTION_MIN = 60;

  @TempDir private Path directory;

  private static List<JsonNode> alerts() throws IOException {
    var alerts = new ArrayList<JsonNode>();
    new ObjectMapper(new YAMLFactory())
        .readTree(ALERTS.toFile())
        .findValues("rules")
        .forEach(rules -> rules.forEach(alerts::add));
    return alerts;
  }

  @Test
  void prometheusTakesTheAlerts() throws Exception {
    var said = Promtool.of("", "check", "rules", ALERTS.toString());
    assertThat(said.exitCode()).as(said.text()).isZero();
  }

  @Test
  void eachAlertSaysWhatItIsAndWhatToDoAndWhereReadmeSaysMore() throws Exception {
    var headings =
        Files.readString(Path.of("README.md"))
            .lines()
            .filter(it -> it.startsWith("##"))
            .map(it -> it.replaceAll("[#`*]+", "").strip())
            .toList();
    assertThat(alerts()).hasSizeGreaterThan(10);
    for (var alert : alerts()) {
      var name = alert.get("alert").asText();
      var said = alert.get("annotations");
      assertThat(said.path("summary").asText()).as(name).isNotBlank();
      assertThat(said.path("description").asText().strip())
          .as(name)
          .hasSizeGreaterThanOrEqualTo(DESCRIPTION_MIN);
      assertThat(said.path("readme").asText()).as(name).isIn(headings);
      assertThat(alert.at("/labels/severity").asText()).as(name).isIn("warning", "critical");
    }
  }

  private static List<String> expressions() throws IOException {
    return new ObjectMapper()
        .readTree(DASHBOARD.toFile()).findValues("expr").stream().map(JsonNode::asText).toList();
  }

  /** As recording rules, which are read by the same parser; a file of rules may be JSON. */
  private Promtool.Said parsed(List<String> expressions) throws Exception {
    var file = JsonNodeFactory.instance.objectNode();
    var group = file.putArray("groups").addObject().put("name", "dashboard");
    var rules = group.putArray("rules");
    for (var expression : expressions) {
      rules
          .addObject()
          .put("record", "dashboard:expression" + rules.size())
          .put("expr", expression.replace("$job", "holdfast"));
    }
    var path = Files.writeString(directory.resolve("rules.yml"), file.toString());
    return Promtool.of("", "check", "rules", path.toString());
  }

  @Test
  void prometheusUnderstandsEachExpressionOfTheDashboard() throws Exception {
    assertThat(expressions()).hasSizeGreaterThan(20);
    var said = parsed(expressions());
    assertThat(said.exitCode()).as(said.text()).isZero();
    assertThat(said.text()).contains(expressions().size() + " rules found");
  }

  /** So that it is known to look. */
  @Test
  void prometheusFindsAnExpressionThatIsNone() throws Exception {
    assertThat(parsed(List.of("sum by (rate(a[1m])")).exitCode()).isNotZero();
  }
}
