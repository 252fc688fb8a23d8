/**
 * Off-heap memory with an owner: a bounded pool of large slabs, leased in pieces.
 *
 * <p>Every byte that a transport may touch while an operation is under way comes from here, so that its owner is visible in
 * the type and its amount has a bound. Thread-safe. A leaf: imports no sibling.
 */
package io.sparkefa.buffer;
