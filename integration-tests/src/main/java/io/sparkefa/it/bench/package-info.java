/**
 * What {@code dev/bench} runs: the plugin and stock Spark, measured in one run, taking turns. {@code fleet} has the applications, {@code
 * cases} what is measured, {@code work} what runs in drivers and executors, {@code measure} the figures, {@code report} what comes out.
 */
package io.sparkefa.it.bench;
