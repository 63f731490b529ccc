/**
 * Operations: requests that were accepted to be carried out later, whatever dies meanwhile (promise
 * G10). Here is what is decided about them, pure: {@link io.holdfast.operation.AttemptPolicy} says
 * what becomes of one after an attempt. Their rows, and the right to change them, are in {@link
 * io.holdfast.database.OperationRows}.
 *
 * <p>Who accepts and who carries out is still to come; nothing uses this yet.
 */
package io.holdfast.operation;
