package io.holdfast.resource;

import io.holdfast.resource.JsonTree.Text;
import io.holdfast.resource.Patch.Outcome;
import io.holdfast.resource.Patch.Reading;
import io.holdfast.resource.Patch.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A JSON Patch (RFC 6902): operations, one after the other, and all of them or none. */
record JsonPatch(List<PatchOperation> operations) implements Patch.Change {
  static Reading read(JsonTree tree) {
    if (!(tree instanceof JsonArray array)) {
      return new Reading.NotAPatch("a JSON Patch is an array, and this is " + tree.kind());
    }
    var operations = new ArrayList<PatchOperation>(array.elements().count());
    for (var element : array.elements().toList()) {
      var fault = faultOf(element);
      if (fault.isPresent()) {
        return new Reading.NotAPatch(element(operations.size()) + ": " + fault.get());
      }
      operations.add(operation((JsonObject) element));
    }
    return Patch.readable(new JsonPatch(operations));
  }

  @Override
  public Step applyTo(JsonTree document, Patch.Bounds bounds) {
    var tree = document;
    for (int i = 0; i < operations.size(); i++) {
      var step = operations.get(i).applyTo(tree);
      if (step instanceof PatchOperation.Result.Failed failed) {
        return new Step.Stopped(new Outcome.Conflict(element(i) + ": " + failed.reason()));
      }
      tree = ((PatchOperation.Result.Done) step).tree();
      var exceeded = bounds.exceededBy(tree, element(i) + ": the document");
      if (exceeded.isPresent()) {
        return new Step.Stopped(exceeded.get());
      }
    }
    return new Step.Done(tree);
  }

  private static String element(int index) {
    return "element " + index;
  }

  private static Optional<String> faultOf(JsonTree element) {
    if (!(element instanceof JsonObject operation)) {
      return Optional.of("an operation is an object, and this is " + element.kind());
    }
    var op = operation.child("op");
    if (!(op.orElse(null) instanceof Text name)) {
      return Optional.of(notText("op", op));
    }
    return switch (name.text()) {
      case "add", "replace", "test" ->
          pointerFault(operation, "path").or(() -> valueFault(operation));
      case "remove" -> pointerFault(operation, "path");
      case "move", "copy" ->
          pointerFault(operation, "path").or(() -> pointerFault(operation, "from"));
      default -> Optional.of("there is no operation " + JsonPointer.quoted(name.text()));
    };
  }

  private static Optional<String> pointerFault(JsonObject operation, String member) {
    var pointer = operation.child(member);
    if (!(pointer.orElse(null) instanceof Text text)) {
      return Optional.of(notText(member, pointer));
    }
    return JsonPointer.parse(text.text()).isPresent()
        ? Optional.empty()
        : Optional.of(
            "\"" + member + "\" is not a JSON pointer: " + JsonPointer.quoted(text.text()));
  }

  private static Optional<String> valueFault(JsonObject operation) {
    return operation.child("value").isPresent()
        ? Optional.empty()
        : Optional.of("\"value\" is missing");
  }

  private static String notText(String member, Optional<JsonTree> value) {
    return '"'
        + member
        + value.map(v -> "\" is not a string but " + v.kind()).orElse("\" is missing");
  }

  /** Of an element that has no fault. Members that the operation does not have are ignored. */
  private static PatchOperation operation(JsonObject element) {
    var path = pointer(element, "path");
    return switch (text(element, "op")) {
      case "add" -> new PatchOperation.Add(path, value(element));
      case "remove" -> new PatchOperation.Remove(path);
      case "replace" -> new PatchOperation.Replace(path, value(element));
      case "move" -> new PatchOperation.Move(pointer(element, "from"), path);
      case "copy" -> new PatchOperation.Copy(pointer(element, "from"), path);
      default -> new PatchOperation.Test(path, value(element));
    };
  }

  private static JsonPointer pointer(JsonObject element, String member) {
    return JsonPointer.parse(text(element, member)).orElseThrow();
  }

  private static JsonTree value(JsonObject element) {
    return element.child("value").orElseThrow();
  }

  private static String text(JsonObject element, String member) {
    return ((Text) element.child(member).orElseThrow()).text();
  }
}
