/** What {@code dev/bench} says in the end: a table, files with comma-separated values, a plot, and which targets are met. */
package io.sparkefa.it.bench.report;
