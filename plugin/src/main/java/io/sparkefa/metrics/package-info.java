/**
 * Counters: what happened, how often and how much. Thread-safe. A leaf: imports no sibling.
 */
package io.sparkefa.metrics;
