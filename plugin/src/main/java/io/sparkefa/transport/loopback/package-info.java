/**
 * A transport within one process, without sockets: the model of the transport interface, and what tests of the layers above
 * run on. Can deliver out of order and lose messages.
 *
 * <p>All that happens on one {@link io.sparkefa.transport.loopback.LoopbackNetwork} happens on one thread. Imports the
 * transport interface only.
 */
package io.sparkefa.transport.loopback;
