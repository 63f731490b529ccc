package io.holdfast.testing;

import io.holdfast.database.DatabaseSettings;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Logger;

/**
 * A JDBC driver in front of H2's, for one database: a test is told of each call of a connection,
 * before it is made, and can make it fail in the ways in which the database cannot.
 */
public final class WatchedDriver implements Driver, AutoCloseable {
  private static final String PREFIX = "jdbc:watched-";
  private static final AtomicLong COUNT = new AtomicLong();

  private final String prefix = PREFIX + COUNT.incrementAndGet() + ":";
  private final Map<String, Watch> watches = new ConcurrentHashMap<>();

  /** Told of a call. What it throws, the call throws. */
  @FunctionalInterface
  public interface Watch {
    /**
     * @param argument the first one as text, the SQL if the call prepares a statement; else empty
     */
    void called(String argument) throws SQLException;
  }

  public WatchedDriver() throws SQLException {
    DriverManager.registerDriver(this);
  }

  /** The same database, by way of this driver. */
  public DatabaseSettings watched(DatabaseSettings settings) {
    return new DatabaseSettings(
        prefix + settings.url(), settings.user(), settings.password(), settings.connectionsMax());
  }

  /** From now on the watch is told of each call of this method of {@link Connection}. */
  public void watch(String method, Watch watch) {
    watches.put(method, watch);
  }

  @Override
  public boolean acceptsURL(String url) {
    return url.startsWith(prefix);
  }

  @Override
  public Connection connect(String url, Properties properties) throws SQLException {
    if (!acceptsURL(url)) {
      return null;
    }
    var connection = DriverManager.getConnection(url.substring(prefix.length()), properties);
    return (Connection)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, arguments) -> {
              var watch = watches.get(method.getName());
              if (watch != null) {
                watch.called(arguments == null ? "" : String.valueOf(arguments[0]));
              }
              try {
                return method.invoke(connection, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Override
  public DriverPropertyInfo[] getPropertyInfo(String url, Properties properties) {
    return new DriverPropertyInfo[0];
  }

  @Override
  public int getMajorVersion() {
    return 1;
  }

  @Override
  public int getMinorVersion() {
    return 0;
  }

  @Override
  public boolean jdbcCompliant() {
    return false;
  }

  @Override
  public Logger getParentLogger() {
    return Logger.getGlobal();
  }

  @Override
  public void close() throws SQLException {
    DriverManager.deregisterDriver(this);
  }
}
