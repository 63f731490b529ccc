package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** SQLSTATEs of PostgreSQL (its manual, appendix A) and of H2 ({@code org.h2.api.ErrorCode}). */
class FailureKindTest {
  @ParameterizedTest
  @CsvSource({
    // PostgreSQL
    "08001, UNREACHABLE", // cannot connect
    "08006, CONNECTION_LOST",
    "22001, REFUSED", // value too long
    "23505, DUPLICATE",
    "23503, REFUSED", // foreign key
    "25006, UNREACHABLE", // read-only: a standby
    "28P01, REFUSED", // wrong password
    "3D000, REFUSED", // no such database
    "40001, BUSY", // serialization failure
    "40P01, BUSY", // deadlock
    "42P01, REFUSED", // no such table
    "53000, TROUBLED", // insufficient resources
    "53100, TROUBLED", // disk full
    "53200, TROUBLED", // out of memory
    "53300, UNREACHABLE", // too many connections
    "53400, TROUBLED", // a limit of its configuration
    "54000, REFUSED", // statement too complex
    "55000, UNREACHABLE", // a standby, asked what only a primary knows
    "55P03, BUSY", // lock not available
    "57000, TROUBLED", // operator intervention
    "57014, BUSY", // statement timeout
    "57P01, CONNECTION_LOST", // shutdown
    "57P02, CONNECTION_LOST", // crash of another process
    "57P03, UNREACHABLE", // starting up
    "57P04, CONNECTION_LOST", // database dropped
    "58000, TROUBLED", // system error
    "58030, TROUBLED", // input or output
    "58P01, TROUBLED", // a file is missing
    "XX000, TROUBLED", // internal error
    "XX001, TROUBLED", // data corrupted
    "XX002, TROUBLED", // index corrupted
    // H2
    "HYT00, BUSY", // lock timeout
    "90131, BUSY", // concurrent update
    "90020, UNREACHABLE", // closed, and cannot be opened again
    "90067, CONNECTION_LOST",
    "90098, CONNECTION_LOST", // closed
    "HY000, TROUBLED", // general error
    "90028, TROUBLED", // input or output
    "90030, TROUBLED", // file corrupted
    "90031, TROUBLED", // input or output
    "90108, TROUBLED", // out of memory
    "42102, REFUSED", // no such table
  })
  void aStateHasOneMeaning(String state, FailureKind kind) {
    assertThat(FailureKind.of(new SQLException("", state))).isEqualTo(kind);
  }

  @Test
  void aCauseSaysMoreThanTheState() {
    assertThat(FailureKind.of(new SQLException("", "08006", new ConnectException())))
        .isEqualTo(FailureKind.UNREACHABLE);
    assertThat(FailureKind.of(new SQLException("", "08006", new SocketTimeoutException())))
        .isEqualTo(FailureKind.SILENT);
    assertThat(FailureKind.of(new SQLException("", "90028", new EOFException())))
        .isEqualTo(FailureKind.CONNECTION_LOST);
    assertThat(FailureKind.of(new SQLException("", "90031", new SocketException())))
        .isEqualTo(FailureKind.CONNECTION_LOST);
    assertThat(FailureKind.of(new SQLException("", "90028", new IOException("disk full"))))
        .isEqualTo(FailureKind.TROUBLED);
    assertThat(FailureKind.of(new SQLTimeoutException(""))).isEqualTo(FailureKind.BUSY);
    assertThat(FailureKind.of(new SQLException(""))).isEqualTo(FailureKind.REFUSED);
  }
}
