/**
 * Command-line programs beside the server. Here: {@code scripts/cluster}, which runs a cluster of
 * processes on one machine, and the process that holds the embedded database.
 *
 * <p><b>What it does.</b> A cluster is a directory ({@link io.holdfast.tools.DataDirectory}). It
 * remembers what was asked for ({@link io.holdfast.tools.Remembered}: number of nodes, base port,
 * configuration), and holds one directory per process with its log and its {@code pid} file. The
 * commands are short-lived: all state is in that directory and in the processes themselves, so any
 * number of terminals see the same.
 *
 * <p><b>What it never does.</b> It touches no process that it did not start: a pid file names a
 * process by number, start time and boot ({@link io.holdfast.tools.ProcessMark}), and is compared
 * before each signal. It sends SIGKILL only where that was asked for ({@code kill}) or to what it
 * started itself a moment ago and could not bring up. It puts no password on a command line.
 *
 * <pre>
 *   directory   (absent) --start--> remembered, processes run --stop--> remembered, none runs
 *   process     down --start--> starting --ready--> up --pause--> paused --resume--> up
 *                any --kill--> down           up --stop--> draining --> down
 * </pre>
 *
 * <p><b>Decisions.</b>
 *
 * <ul>
 *   <li>The database starts before the nodes and stops after them. The nodes start all at once:
 *       forming the cluster is theirs to get right, and it takes as long as the slowest instead of
 *       the sum. They stop one after another, the oldest last: so the shard coordinator moves once
 *       at most, and each hand-over has a steady cluster around it.
 *   <li>The lock on the directory is held while processes are started and stopped, not while a node
 *       becomes ready: a node that waits for a stopped database must not keep {@code db start} out.
 *   <li>Processes get a session of their own ({@code setsid}) and no input, so that they outlive
 *       the terminal and its Ctrl-C.
 *   <li>Start times are the kernel's ticks since boot, not a calendar time: a step of the clock
 *       must not make our own processes look foreign.
 *   <li>JDBC is spoken here too, beside {@code database}: the server that creates the embedded
 *       database, its backup, the question whether an external one answers, and a schema filled
 *       with documents for who measures ({@link io.holdfast.tools.FilledDatabase}).
 *   <li>The embedded database is in a process of its own, because a file that one node holds open
 *       would die with that node.
 * </ul>
 */
package io.holdfast.tools;
