/**
 * Which bytes to serve: the map outputs on this executor's disks, their indexes and open files.
 *
 * <p>Thread-safe; reads the local disk on the calling thread. Knows neither the network nor Spark: Spark's side says where
 * the files are. Imports the transfer interface and leaves; imported by Spark's side only.
 */
package io.sparkefa.shuffle;
