package io.holdfast.database;

import org.apache.pekko.actor.setup.Setup;

/** Hands the database to the journal and the snapshot store, which Pekko makes by class name. */
public final class DatabaseSetup extends Setup {
  private final Database database;
  private final JournalDao journal;
  private final SnapshotDao snapshots;
  private final Recoveries recoveries;

  public DatabaseSetup(Database database, JournalDao journal, SnapshotDao snapshots) {
    this.database = database;
    this.journal = journal;
    this.snapshots = snapshots;
    this.recoveries = new Recoveries(journal);
  }

  public Database database() {
    return database;
  }

  public JournalDao journal() {
    return journal;
  }

  public SnapshotDao snapshots() {
    return snapshots;
  }

  /** What the two have in common: an entity is read as a whole. */
  Recoveries recoveries() {
    return recoveries;
  }
}
