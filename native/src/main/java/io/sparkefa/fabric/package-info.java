/**
 * libfabric for Java: its nouns (fabric, domain, endpoint, completion queue, memory region) as interfaces and records, with
 * reliable connectionless endpoints, messages, tagged messages, and remote reads and writes. No C has to be compiled, and
 * nothing here knows of Spark.
 *
 * <p>Start with {@link io.sparkefa.fabric.FabricSupport}: it says whether libfabric can be used, and why not. From there the way
 * is as in C: {@link io.sparkefa.fabric.Libfabric#openFabric}, {@link io.sparkefa.fabric.Fabric#openDomain}, then a completion
 * queue, an address vector, an event queue and an {@link io.sparkefa.fabric.Endpoint} of that domain; memory from
 * {@link io.sparkefa.fabric.Libfabric#allocate}, registered with it; endpoints' names exchanged by other means, and inserted.
 * Everything is closed by whoever opened it, in the reverse order; what is closed too early says so. The example
 * {@code PingPong} among the tests does all that.
 *
 * <p>The interfaces are compiled for Java 17, so that they load everywhere and can say why libfabric is missing. The
 * implementation is {@code io.sparkefa.fabric.ffm} (Java 22), loaded by name and never imported.
 *
 * <p>Threading: an endpoint and its queues belong to the one thread that drives them; memory is registered, and
 * {@link io.sparkefa.fabric.CompletionQueue#signal} called, from any thread. May import the JDK only; may be imported by the
 * plugin's EFA transport and its command line.
 */
@NullMarked
package io.sparkefa.fabric;

import org.jspecify.annotations.NullMarked;
