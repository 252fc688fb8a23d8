/**
 * Shuffle over EFA: libfabric's reliable datagram endpoints, one rail per NIC, readers that pull with remote reads.
 *
 * <p>From below: {@code EfaDevices} and {@code RegisteredMemory} own what lives as long as the executor; a {@code Rail} owns an
 * endpoint and the thread that drives it; sessions live on the thread of one rail, their control rail. Requests are answered
 * and file ranges staged by a few server threads, so that no rail waits for a disk. Imports {@code io.sparkefa.fabric}, the
 * transport interface and leaves only.
 */
package io.sparkefa.transport.efa;
