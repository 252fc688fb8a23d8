/**
 * libfabric in memory, for tests of what is above it: several hosts in one process, faults on demand, and a watch on whoever
 * uses it. {@link io.sparkefa.transport.efa.fake.FakeFabric} is the wire and the watchman; the rest are libfabric's nouns.
 *
 * <p>Like EFA, it moves only when completion queues are read, delivers messages of a pair of endpoints in order and nothing
 * else, and reads a peer's memory without the peer's help unless told otherwise. One lock guards everything.
 */
@NullMarked
package io.sparkefa.transport.efa.fake;

import org.jspecify.annotations.NullMarked;
