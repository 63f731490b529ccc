/**
 * A service to play with: it answers as slowly and as badly as it is told, also while it runs, so
 * that one can watch what Holdfast makes of it.
 */
package io.holdfast.tools.demo;
