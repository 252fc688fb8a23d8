/**
 * Where the plugin meets Spark: how executors find each other through Spark's own block server, which of Spark's settings
 * bound the plugin, what one executor's side of it is made of, and what it reports to Spark's metrics system.
 *
 * <p>{@link io.sparkefa.spark.ShuffleRuntime} puts all parts together and owns them; it is the only class that makes
 * transports. Everything that may wait (for a connection, for the driver) runs on its background threads, never on the
 * caller's and never on a transport's. May import everything but {@code org.apache.spark.shuffle.efa}, which alone imports
 * it.
 */
@NullMarked
package io.sparkefa.spark;

import org.jspecify.annotations.NullMarked;
