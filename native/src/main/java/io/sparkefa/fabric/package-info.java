/**
 * libfabric for Java: its nouns (fabric, domain, endpoint, completion queue, memory region) as interfaces and records.
 * Knows nothing of Spark; compiled for Java 17, so that it loads everywhere and can say why libfabric is missing.
 * The implementation is {@code io.sparkefa.fabric.ffm} (Java 22), loaded by name and never imported.
 * Threading: an endpoint and its queues belong to the one thread that drives them; nothing here locks.
 * May import the JDK only; may be imported by the plugin's EFA transport and its command line.
 */
@NullMarked
package io.sparkefa.fabric;

import org.jspecify.annotations.NullMarked;
