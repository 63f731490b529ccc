package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.ClusterView.Node;
import java.util.List;

/** A fault that does nothing but write down what it is asked to do. */
record RecordedFault(String word, Victims victims, Fault.Asked asked, List<String> done)
    implements Fault {

  @Override
  public String what() {
    return "nothing, in writing";
  }

  @Override
  public Limits limits() {
    return Limits.of();
  }

  @Override
  public void prepare(Preparation preparation) {
    done.add("prepare " + word);
    if (word.equals("broken")) {
      throw new ChaosFailure(ChaosFailure.UNUSABLE, "it cannot be prepared");
    }
  }

  @Override
  public long harm(Site site, List<Node> nodes) {
    done.add("harm " + word + numbers(nodes));
    return site.now();
  }

  @Override
  public Mended mend(Site site, List<Node> nodes) {
    done.add("mend " + word + numbers(nodes));
    return new Mended(site.now(), Mended.NEVER);
  }

  private static List<Integer> numbers(List<Node> nodes) {
    return nodes.stream().map(Node::number).toList();
  }

  @Override
  public void close() {
    done.add("close " + word);
    if (word.equals("stuck")) {
      throw new ChaosFailure(ChaosFailure.UNUSABLE, "it cannot be closed");
    }
  }
}
