package io.sparkefa.it.app;

import java.util.List;

/**
 * A deterministic computation that shuffles. On every Spark line, with every shuffle manager and in any configuration it returns the
 * same rows.
 */
public interface Job {

    /** Unique among all jobs. */
    String name();

    /** Runs on the driver. Rows come in an order of their own: sorted where Spark promises none. */
    List<String> run(JobContext context) throws Exception;
}
