/**
 * Starts Spark applications in processes of their own, waits for them within bounds, keeps their logs, and ends what is left of them.
 * Runs in the tests' JVM; knows Spark only as a folder of jars.
 */
package io.sparkefa.it.harness;
