/**
 * What {@code dev/demo} runs: one job with the plugin and with stock Spark, compared, and a report about both. Uses {@code harness} and
 * {@code app}; the job's class is loaded in the driver and the executors, everything else in the demo's own process.
 */
package io.sparkefa.it.demo;
