/**
 * A network of its own for the processes of one cluster, in which ways can be cut and healed.
 *
 * <p><b>What it does.</b> Each process gets a network namespace of Linux, as a machine of its own
 * would: its own loopback, one interface, one address. A router in another namespace joins them; a
 * cut is a rule in the router by which packets from one to another vanish without a word, as in a
 * broken network: no reset, no refusal, and neither end is told.
 *
 * <pre>
 *   n1 198.18.1.2 ---\                      /--- 198.18.200.2 database
 *   n2 198.18.2.2 ----- router (forwards) -----
 *   n3 198.18.3.2 ---/                      \--- 198.18.201.2 clients
 * </pre>
 *
 * <p><b>What it never does.</b> Nothing is changed outside of the namespaces that it made: no
 * interface, route or rule of the machine itself. So nothing outside reaches what is inside either;
 * whoever wants to talk to the nodes has to run in the clients' place.
 *
 * <p><b>Decisions.</b>
 *
 * <ul>
 *   <li>A namespace has no name and no file. It lives as long as the processes in it, the first of
 *       which waits for the end of its input: the lab is gone when its maker is, whatever ended
 *       that.
 *   <li>Cuts are made in the router, not at the nodes: a route that a node itself lacks fails its
 *       system calls at once, which no broken network does.
 *   <li>Nothing is cut from the clients: what a node answers while it is cut off is what matters.
 *   <li>The addresses are of the block for measuring devices (RFC 2544): nobody's, and not
 *       loopback, so the nodes behave as they do on several machines.
 * </ul>
 */
package io.holdfast.tools.lab;
