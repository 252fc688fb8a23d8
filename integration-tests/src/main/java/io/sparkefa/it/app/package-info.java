/**
 * What runs inside a Spark application under test: the driver's main class, which runs {@link io.sparkefa.it.app.Job}s and writes down
 * what they returned, what Spark's listener bus said meanwhile, and what the plugin counted on each executor. Imports no sibling but
 * the jobs it is told to run.
 */
package io.sparkefa.it.app;
