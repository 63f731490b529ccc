package io.holdfast.resource;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.holdfast.database.ListingChange;
import java.time.Instant;

/**
 * What happened to a document. Each event carries the resulting content, so recovery needs no patch
 * engine of old, and the answer that was given, so the journal itself remembers the request key.
 * These records are in the journal for ever: add components, never rename or remove one.
 */
public sealed interface DocumentEvent extends Journaled {
  Answer answer();

  /** The document was created or its content replaced. */
  record Stored(DocumentVersion version, byte[] content, Instant modifiedAt, Answer answer)
      implements DocumentEvent, ListingChange {
    @Override
    @JsonIgnore
    public boolean deleted() {
      return false;
    }

    @Override
    @JsonIgnore
    public String etag() {
      return version.tag();
    }
  }

  /** The document was deleted. Its version goes on rising when it is created again. */
  record Deleted(DocumentVersion version, Instant modifiedAt, Answer answer)
      implements DocumentEvent, ListingChange {
    @Override
    @JsonIgnore
    public boolean deleted() {
      return true;
    }

    @Override
    @JsonIgnore
    public String etag() {
      return version.tag();
    }
  }

  /** A write changed nothing; its answer is kept under its key all the same. */
  record Answered(Answer answer) implements DocumentEvent {}
}
