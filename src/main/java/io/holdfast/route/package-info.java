/**
 * Which route a target belongs to, and what the rest of its path names. Pure: paths are compared as
 * they were sent, on segment borders, the longest prefix first; only a document's id is decoded.
 */
package io.holdfast.route;
