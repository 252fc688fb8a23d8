/**
 * Many executors in one thread: each has the plugin's own client, server, pools, sessions and peers, over loopback transports
 * with faults, a clock that only moves when everything due has been done, and dice from one seed. So a run takes
 * milliseconds, and the same seed gives the same run, event by event.
 *
 * <p>Not simulated: Spark, files on disk, and the transports over networks, which have tests of their own.
 */
package io.sparkefa.simulation;
