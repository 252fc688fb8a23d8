package io.sparkefa.transfer;

import io.sparkefa.buffer.BufferPool;
import io.sparkefa.metrics.ShuffleCounters;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/** What all fetches of one client share. */
record FetchResources(
        BufferPool memory,
        Executor diskExecutor,
        TransferSettings settings,
        ShuffleCounters counters,
        LongSupplier nanoClock) {}
