package io.sparkefa.it.app;

import java.io.Serializable;

/**
 * What Spark's listener bus said while one job ran, summed over its tasks.
 *
 * @param stageRetries stage attempts beyond the first of each stage
 * @param fetchFailures tasks that ended with Spark's {@code FetchFailed}
 * @param fetchWaitMs how long tasks waited for blocks of other executors
 */
public record TaskTotals(
        long mapTasks,
        long failedTasks,
        long fetchFailures,
        long stageRetries,
        long remoteBlocks,
        long remoteBytes,
        long remoteBytesToDisk,
        long localBlocks,
        long localBytes,
        long recordsRead,
        long fetchWaitMs,
        long diskBytesSpilled)
        implements Serializable {}
