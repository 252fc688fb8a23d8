/**
 * What runs in the drivers and executors of the applications that are compared: Spark 4.2 only. A driver gets {@link
 * io.sparkefa.it.bench.work.Work} from {@code dev/bench}, does it with tasks on its executors, and answers.
 */
package io.sparkefa.it.bench.work;
