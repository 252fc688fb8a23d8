package io.sparkefa.it.bench.work;

import io.sparkefa.it.bench.measure.Figures;
import io.sparkefa.it.bench.measure.Metric;
import io.sparkefa.it.bench.measure.ProcessCpu;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;

/** Streams of requests from the executor in which this runs to those that serve: to each as many as the shape has clients. */
record Streams(List<Executor> servers, DataSet data, StreamShape shape) implements Serializable {

    private interface Run {
        BlockStream.Outcome of(BlockStream stream) throws Exception;
    }

    /** Fetches each block once and compares each of its bytes. */
    void verify() throws Exception {
        try (FetchClient client = FetchClient.open()) {
            for (Executor server : servers) {
                new BlockStream(client, server, data, shape, 0)
                        .once((blockId, block) -> Contents.check(data, blockId, block));
            }
        }
    }

    /** Fetches each block once, timed. */
    Figures once() throws Exception {
        return measured(stream -> stream.once((blockId, block) -> {}));
    }

    /** Fetches for this long, timed. */
    Figures during(long limitMs) throws Exception {
        return measured(stream -> stream.during(limitMs));
    }

    private Figures measured(Run run) throws Exception {
        long fallbacksBefore = FallbackCount.ofThisExecutor();
        List<FetchClient> clients = new ArrayList<>();
        ExecutorService threads = Executors.newFixedThreadPool(servers.size() * shape.clients());
        try {
            List<BlockStream> streams = new ArrayList<>();
            for (int index = 0; index < shape.clients(); index++) {
                FetchClient client = FetchClient.open();
                clients.add(client);
                for (Executor server : servers) {
                    streams.add(new BlockStream(client, server, data, shape, (double) index / shape.clients()));
                }
            }
            long[] pids = pids();
            long cpuBeforeNs = ProcessCpu.ns(pids);
            List<BlockStream.Outcome> outcomes = inParallel(threads, streams, run);
            long cpuNs = ProcessCpu.ns(pids) - cpuBeforeNs;
            return figures(outcomes, cpuNs)
                    .with(Metric.FALLBACK_BLOCKS, (double) FallbackCount.ofThisExecutor() - fallbacksBefore);
        } finally {
            threads.shutdownNow();
            for (FetchClient client : clients) {
                client.close();
            }
        }
    }

    /** Of all processes that take part. */
    private long[] pids() {
        long self = ProcessHandle.current().pid();
        return LongStream.concat(LongStream.of(self), servers.stream().mapToLong(Executor::pid))
                .toArray();
    }

    private static List<BlockStream.Outcome> inParallel(ExecutorService threads, List<BlockStream> streams, Run run)
            throws Exception {
        List<Future<BlockStream.Outcome>> running = new ArrayList<>();
        for (BlockStream stream : streams) {
            running.add(threads.submit(() -> run.of(stream)));
        }
        List<BlockStream.Outcome> outcomes = new ArrayList<>();
        for (Future<BlockStream.Outcome> outcome : running) {
            outcomes.add(outcome.get());
        }
        return outcomes;
    }

    private Figures figures(List<BlockStream.Outcome> outcomes, long cpuNs) {
        long blocks = outcomes.stream().mapToLong(BlockStream.Outcome::blocks).sum();
        // nanoTime has no fixed origin, so that times are compared by their distance to one of them.
        long origin = outcomes.get(0).startNs();
        long startNs = outcomes.stream()
                .mapToLong(outcome -> outcome.startNs() - origin)
                .min()
                .orElseThrow();
        long endNs = outcomes.stream()
                .mapToLong(outcome -> outcome.endNs() - origin)
                .max()
                .orElseThrow();
        long[] requestTimesNs = outcomes.stream()
                .flatMapToLong(outcome -> LongStream.of(outcome.requestTimesNs()))
                .toArray();
        return Figures.ofTransfer(blocks * data.blockBytes(), blocks, endNs - startNs, cpuNs)
                .withTimes(requestTimesNs);
    }
}
