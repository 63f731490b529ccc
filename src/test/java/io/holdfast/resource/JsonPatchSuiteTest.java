package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The cases of json-patch-test-suite 1.1.0, which many implementations share. */
class JsonPatchSuiteTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int BYTES_MAX = 10_000;
  private static final int DEPTH_MAX = 64;

  @TestFactory
  Stream<DynamicTest> tests() throws IOException {
    return cases("tests.json").stream().map(JsonPatchSuiteTest::test);
  }

  @TestFactory
  Stream<DynamicTest> specTests() throws IOException {
    return cases("spec_tests.json").stream().map(JsonPatchSuiteTest::test);
  }

  /** Each that the suite itself has not switched off runs; none contradicts what is held here. */
  @Test
  void allCasesAreThere() throws IOException {
    assertThat(cases("tests.json")).hasSize(75);
    assertThat(cases("spec_tests.json")).hasSize(16);
  }

  private static DynamicTest test(JsonNode suiteCase) {
    var name = suiteCase.path("comment").asText(suiteCase.get("patch").toString());
    return DynamicTest.dynamicTest(name, () -> check(suiteCase));
  }

  private static void check(JsonNode suiteCase) throws IOException {
    var patch = JSON.writeValueAsBytes(suiteCase.get("patch"));
    var document = JSON.writeValueAsBytes(suiteCase.get("doc"));
    var reading = Patch.read(Patch.Kind.JSON_PATCH, patch, DEPTH_MAX);
    if (reading instanceof Patch.Reading.Readable readable) {
      var outcome = readable.patch().apply(document, BYTES_MAX, DEPTH_MAX);
      if (suiteCase.has("error")) {
        assertThat(outcome).isInstanceOf(Patch.Outcome.Conflict.class);
      } else {
        assertThat(outcome).isInstanceOf(Patch.Outcome.Patched.class);
        var content = ((Patch.Outcome.Patched) outcome).content();
        assertThat(JSON.readTree(content))
            .isEqualTo(
                suiteCase.has("expected") ? suiteCase.get("expected") : suiteCase.get("doc"));
      }
    } else {
      assertThat(reading).isInstanceOf(Patch.Reading.NotAPatch.class);
      assertThat(suiteCase.has("error")).isTrue();
    }
  }

  private static List<JsonNode> cases(String file) throws IOException {
    try (var json =
        JsonPatchSuiteTest.class.getResourceAsStream("/json-patch-test-suite/" + file)) {
      var cases = new ArrayList<JsonNode>();
      StreamSupport.stream(JSON.readTree(json).spliterator(), false)
          .filter(each -> each.has("patch") && !each.path("disabled").asBoolean())
          .forEach(cases::add);
      return cases;
    }
  }
}
