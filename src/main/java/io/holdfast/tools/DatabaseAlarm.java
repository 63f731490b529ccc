package io.holdfast.tools;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Set;
import org.h2.api.DatabaseEventListener;
import org.h2.mvstore.MVStoreException;

/** H2 makes one of these when it opens the database, and tells it of each failure. */
public final class DatabaseAlarm implements DatabaseEventListener {
  /** Input or output failed; the file is corrupted; the database was closed for such a reason. */
  private static final Set<String> ABOUT_THE_DISK = Set.of("90028", "90030", "90031", "90098");

  /** What a write that failed in the store comes as. */
  private static final String GENERAL_ERROR = "HY000";

  private Path directory = Path.of("");

  @Override
  public void init(String url) {
    directory = Path.of(url.replaceFirst("^jdbc:h2:file:", "").replaceFirst(";.*", "")).getParent();
  }

  /** Called before whoever asked hears of it. */
  @Override
  public void exceptionThrown(SQLException failure, String sql) {
    if (isAboutTheDisk(failure)) {
      DatabaseWatch.end(directory, failure.getMessage(), System.out);
    }
  }

  static boolean isAboutTheDisk(SQLException failure) {
    return ABOUT_THE_DISK.contains(failure.getSQLState())
        || GENERAL_ERROR.equals(failure.getSQLState()) && isOfTheStore(failure);
  }

  private static boolean isOfTheStore(Throwable failure) {
    for (var cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof MVStoreException) {
        return true;
      }
    }
    return false;
  }
}
