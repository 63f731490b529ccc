package io.holdfast.tools;

import com.typesafe.config.ConfigUtil;
import java.nio.file.Path;
import java.util.Optional;

/** The configuration of one node: the operator's file, and what makes this node this one. */
final class NodeFile {
  private NodeFile() {}

  /**
   * Where the embedded database is.
   *
   * @param password of the user {@code holdfast}
   */
  record Embedded(String url, String user, String password) {
    private String lines() {
      return "holdfast.database.url = %s\nholdfast.database.user = %s\nholdfast.database.password = %s\n"
          .formatted(quote(url), quote(user), quote(password));
    }

    @Override
    public String toString() {
      return "Embedded[" + url + "]";
    }
  }

  static void write(Path file, int number, Cluster cluster, Optional<Embedded> database) {
    var lines = new StringBuilder();
    lines.append("# Written by scripts/cluster at each start; edit the file that is included.\n");
    cluster.config().ifPresent(it -> lines.append("include required(file(" + quote(it) + "))\n"));
    lines.append("holdfast.node.name = n" + number + "\n");
    cluster
        .remembered()
        .ports()
        .of(number)
        .forEach((kind, port) -> lines.append("holdfast.node." + kind + "-port = " + port + "\n"));
    database.ifPresent(it -> lines.append(it.lines()));
    PrivateFiles.replace(file, out -> out.write(lines.toString()));
  }

  private static String quote(Object value) {
    return ConfigUtil.quoteString(value.toString());
  }
}
