package io.sparkefa.it.bench.fleet;

import java.util.Map;

/**
 * What applications a case runs in. Cases with the same cluster share their applications.
 *
 * @param name names the folders with the logs
 * @param executors each is a process with one core
 * @param settings of Spark's, beyond those that all have
 * @param environment of the executors
 */
public record Cluster(String name, int executors, Map<String, String> settings, Map<String, String> environment) {

    /** One executor serves, the other one fetches. What they move is not to be compressed: that is no part of the shuffle. */
    public static final Cluster PAIR = new Cluster("pair", 2, Map.of("spark.shuffle.compress", "false"), Map.of());
}
