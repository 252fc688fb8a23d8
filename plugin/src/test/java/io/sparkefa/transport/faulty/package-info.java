/**
 * A fault layer around any transport, for tests: what can go wrong between two executors goes wrong here, as often as a plan
 * says and as a seed decides, and is counted.
 *
 * <p>It knows the transport interface only. All that it does happens on one {@link io.sparkefa.transport.faulty.Timeline}:
 * real time on a thread, or simulated.
 */
package io.sparkefa.transport.faulty;
