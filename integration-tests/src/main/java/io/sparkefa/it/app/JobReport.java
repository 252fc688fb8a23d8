package io.sparkefa.it.app;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One job's outcome.
 *
 * @param error the stack trace when the job failed; its rows are then empty
 * @param executors the state of the live executors after the job, by id
 */
public record JobReport(
        String name,
        List<String> rows,
        @Nullable String error,
        long elapsedMs,
        TaskTotals totals,
        Map<String, ExecutorState> executors)
        implements Serializable {}
