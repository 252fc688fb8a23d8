/**
 * Faults of processes, files, limits and networks, in real Spark applications, compared with stock Spark that goes through the same.
 */
package io.sparkefa.it.survival;
