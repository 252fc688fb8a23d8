package io.sparkefa.simulation;

import io.sparkefa.spark.SimulatedPeers;
import io.sparkefa.transfer.TransferSettings;
import io.sparkefa.transport.faulty.FaultPlan;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * What one run is about: everything about it that does not happen by chance while it runs.
 *
 * @param executors how many there are
 * @param transports how many kinds of transport each has
 * @param shuffles how many are read, at the same time
 * @param maps how many map outputs each shuffle has
 * @param reduces how many blocks each map output has
 * @param receiveBytes bound of each executor's memory for fetched blocks
 * @param stagingBytes bound of each executor's memory to serve from
 * @param maxSessions how many sessions each server issues
 * @param latencyNs the longest that a delivery takes without a fault
 * @param holdNs the longest that a task keeps a block
 * @param disturbances how many executors are cut off or stopped meanwhile
 * @param inOrder whether each delivery comes before those that were sent later, without faults
 */
record Scenario(
        int executors,
        int transports,
        int shuffles,
        int maps,
        int reduces,
        long receiveBytes,
        long stagingBytes,
        int maxSessions,
        long latencyNs,
        long holdNs,
        int disturbances,
        boolean inOrder,
        TransferSettings transfer,
        SimulatedPeers.Patience patience,
        FaultPlan plan) {

    private static final long MS = TimeUnit.MILLISECONDS.toNanos(1);

    static Scenario random(RandomGenerator random, FaultPlan plan) {
        int executors = random.nextInt(3, 13);
        long connectTimeoutNs = random.nextLong(500, 5000) * MS;
        long minRetryNs = random.nextLong(100, 2000) * MS;
        TransferSettings transfer = new TransferSettings(
                oneOf(random, 0, 1 << 10, 16 << 10, 64 << 10),
                oneOf(random, 1, 3, 64, 4096),
                random.nextLong(1000, 20_000) * MS,
                random.nextLong(0, 15_000) * MS,
                oneOf(random, 0, 4 << 10, 64 << 10, 1 << 20),
                plan.changesReads() || random.nextInt(4) == 0,
                oneOf(random, 1, 4, 64, 1024));
        return new Scenario(
                executors,
                random.nextInt(1, 3),
                random.nextInt(1, 4),
                random.nextInt(1, 2 * executors + 1),
                random.nextInt(1, 25),
                (long) oneOf(random, 1, 3, 4, 9, 16) << 20,
                (long) oneOf(random, 1, 2, 5) << 20,
                oneOf(random, 2, 8, 1000, 1000, 1000, 1000),
                oneOf(random, 100, 1000, 20_000) * MS / 1000,
                oneOf(random, 0, 10, 1000, 5000) * MS,
                random.nextInt(3) == 0 ? random.nextInt(1, 4) : 0,
                random.nextBoolean(),
                transfer,
                new SimulatedPeers.Patience(
                        connectTimeoutNs,
                        connectTimeoutNs + random.nextLong(1, 5000) * MS,
                        random.nextLong(2000, 10_000) * MS,
                        minRetryNs,
                        minRetryNs * 8),
                plan);
    }

    /** The same, arranged so that the mistake must be found. */
    Scenario sabotaged(Sabotage sabotage) {
        if (sabotage != Sabotage.WRONG_BYTES) {
            return this;
        }
        TransferSettings unchecked = new TransferSettings(
                0,
                transfer.maxBlocksPerRequest(),
                transfer.requestTimeoutNs(),
                transfer.memoryWaitNs(),
                0,
                false,
                transfer.maxWindowsPerSession());
        return new Scenario(
                executors,
                transports,
                shuffles,
                maps,
                reduces,
                receiveBytes,
                stagingBytes,
                maxSessions,
                latencyNs,
                holdNs,
                disturbances,
                inOrder,
                unchecked,
                patience,
                plan);
    }

    /** In which any fetch must have moved on, one way or the other. */
    long stepNs() {
        return transfer.requestTimeoutNs() + transfer.memoryWaitNs() + TimeUnit.SECONDS.toNanos(1);
    }

    /** In which a peer must have been found, or not. */
    long findNs() {
        return 2 * patience.connectTimeoutNs() + TimeUnit.SECONDS.toNanos(1);
    }

    private static int oneOf(RandomGenerator random, int... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
