/**
 * HOCON to checked values.
 *
 * <p>What it does: reads a section of the configuration key by key ({@link
 * io.holdfast.config.ConfigReader}), with a type, a range and a unit for each, and collects every
 * fault with file, line, path and remedy ({@link io.holdfast.config.ConfigFaults}). A key that
 * nobody read is a fault that names the nearest key that somebody did. Each package owns its {@code
 * XxxSettings} record with a {@code read} factory; nothing else reads a {@code Config}.
 *
 * <p>What it never does: throw at the first fault, start anything, ask a name server, print a
 * secret.
 *
 * <p>Decisions: a faulty value reads as a stand-in from within its range, so that reading goes on
 * and finds the next fault; settings made of stand-ins never leave {@code HoldfastSettings.load}. A
 * check between two values is made only where both were good ({@link
 * io.holdfast.config.ConfigReader#good}), so that one mistake is not reported twice. Units are
 * parsed here and not by the library, because a number without a unit, and a unit of two meanings
 * ({@code 64K}), are refused instead of guessed.
 */
package io.holdfast.config;
