package io.sparkefa.it.bench.work;

import java.io.Serializable;
import org.apache.spark.SparkEnv;
import org.apache.spark.storage.BlockManagerId;

/**
 * An executor of an application.
 *
 * @param host and {@code port}: of its block manager, where Spark's own client asks for blocks
 */
public record Executor(String id, String host, int port, long pid) implements Serializable {

    /**
     * Spark's way to say that the executor itself, and not only its host, is preferred; {@code spark.locality.wait} does the rest.
     */
    String place() {
        return place(host, id);
    }

    static String place(String host, String id) {
        return "executor_" + host + "_" + id;
    }

    /** The executor in whose process this is called. */
    static Executor current() {
        BlockManagerId blockManager = SparkEnv.get().blockManager().blockManagerId();
        return new Executor(
                blockManager.executorId(),
                blockManager.host(),
                blockManager.port(),
                ProcessHandle.current().pid());
    }
}
