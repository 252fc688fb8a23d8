package io.sparkefa.spark;

/**
 * Where Spark says that the blocks of an executor can be had.
 *
 * @param host as in Spark's map statuses
 * @param port of the executor's own block server or, with the external shuffle service, of that service
 */
public record PeerAddress(String executorId, String host, int port) {

    @Override
    public String toString() {
        return "executor " + executorId + " at " + host + ":" + port;
    }
}
