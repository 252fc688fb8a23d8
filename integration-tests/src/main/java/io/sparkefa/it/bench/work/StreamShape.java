package io.sparkefa.it.bench.work;

import java.io.Serializable;

/**
 * How a stream of requests looks.
 *
 * @param requestBytes the most that one request asks for, unless it is for one block
 * @param requestBlocks the same in blocks
 * @param clients how many readers fetch at the same time, each with its own requests under way
 * @param servers from how many executors blocks are fetched at the same time, the same from each
 * @param toDisk whether blocks go into files, as Spark has it for blocks above {@code spark.network.maxRemoteBlockSizeFetchToMem}
 */
public record StreamShape(
        BlockOrder order, long requestBytes, int requestBlocks, int clients, int servers, boolean toDisk)
        implements Serializable {

    /** {@code spark.reducer.maxSizeInFlight}, and the share of it that Spark's iterator puts into one request. */
    private static final long IN_FLIGHT_BYTES = 48 << 20;

    private static final int REQUESTS_IN_FLIGHT = 5;

    /** As Spark's block iterator makes requests with its default settings. */
    public static StreamShape ofSpark(BlockOrder order) {
        return new StreamShape(order, IN_FLIGHT_BYTES / REQUESTS_IN_FLIGHT, Integer.MAX_VALUE, 1, 1, false);
    }

    public StreamShape withRequestsUpTo(long bytes, int blocks) {
        return new StreamShape(order, Math.min(bytes, requestBytes), blocks, clients, servers, toDisk);
    }

    public StreamShape withClients(int count) {
        return new StreamShape(order, requestBytes, requestBlocks, count, servers, toDisk);
    }

    /** All requests together have as much in flight as those to one server would. */
    public StreamShape withServers(int count) {
        return new StreamShape(order, requestBytes / count, requestBlocks, clients, count, toDisk);
    }

    public StreamShape intoFiles() {
        return new StreamShape(order, requestBytes, requestBlocks, clients, servers, true);
    }

    /**
     * How many blocks one request asks for. As Spark's iterator, which closes a request with the block that makes it as long as it may
     * be, or longer.
     */
    int blocksPerRequest(DataSet data) {
        long byBytes = (requestBytes + data.blockBytes() - 1) / data.blockBytes();
        return (int) Math.max(1, Math.min(Math.min(byBytes, requestBlocks), data.blocks()));
    }

    /**
     * How many requests are under way at a time to one server: five, or fewer when they are for single blocks that are longer than a
     * fifth of what may be in flight.
     */
    int requestsUnderWay(DataSet data) {
        long share = IN_FLIGHT_BYTES / servers;
        long fitting = Math.round((double) share / (blocksPerRequest(data) * data.blockBytes()));
        return (int) Math.max(1, Math.min(REQUESTS_IN_FLIGHT, fitting));
    }
}
