/**
 * Pure state machines for calls to services that fail: no clock, no chance, no threads of their
 * own. Times come in as those of {@link System#nanoTime}, chance as a number from 0 up to 1. What
 * changes a lot and often ({@link io.holdfast.resilience.SlidingWindow}, {@link
 * io.holdfast.resilience.Bulkhead}, {@link io.holdfast.resilience.RetryBudget}) is changed in place
 * by one thread at a time; everything else is a value.
 *
 * <pre>
 *                 rate of failures or of slow calls
 *        +--------------------------------------------------+
 *        |                                                  v     time over
 *     CLOSED                                              OPEN --------------> one call: HALF-OPEN
 *        ^                                                  ^                        |     |
 *        |  climbed                    the rates again      |      it failed         |     |
 *        +----------- RAMP ---------------------------------+------------------------+     |
 *                      ^                                      it succeeded                 |
 *                      +-------------------------------------------------------------------+
 * </pre>
 *
 * <p><b>Decisions.</b>
 *
 * <ul>
 *   <li><i>A call in flight counts as slow as soon as it is</i> ({@link
 *       io.holdfast.resilience.SlidingWindow#becameSlow}): calls that hang open the breaker while
 *       they hang. At its end it is not counted a second time.
 *   <li><i>A ramp instead of a door.</i> After a successful probe a tenth of the calls is let
 *       through, and within an eighth of {@code open-max} all: a service that has just come back is
 *       not knocked over. On the ramp the same rates count as when closed.
 *   <li><i>The limit follows the lowest latency</i> ({@link
 *       io.holdfast.resilience.ConcurrencyLimit}), as TCP Vegas does, and not an average of the
 *       past (Gradient2 of Netflix's concurrency-limits): an average follows a service into its
 *       slowness, and then takes that for normal within seconds.
 *   <li><i>A queue serves by priority alone.</i> No part of a limit is kept free for critical
 *       calls: while others wait, a permit that becomes free goes to them first, which takes as
 *       long as a permit is in use divided by their number.
 * </ul>
 */
package io.holdfast.resilience;
