package io.sparkefa.it.bench.work;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkEnv;
import org.apache.spark.network.shuffle.DownloadFile;
import org.apache.spark.network.shuffle.DownloadFileManager;
import org.apache.spark.network.shuffle.SimpleDownloadFile;
import org.apache.spark.network.util.TransportConf;

/**
 * Temporary files for blocks that go to disk, as Spark's block iterator gives them. Thread-safe. {@link #close} deletes them; those that
 * are handed over later, which happens since clients do it after they have told of the block, are left to the client to delete, as by
 * Spark's iterator.
 */
final class DownloadFiles implements DownloadFileManager, AutoCloseable {

    // @GuardedBy("this")
    private final List<DownloadFile> files = new ArrayList<>();

    // @GuardedBy("this")
    private boolean closed;

    @Override
    public DownloadFile createTempFile(TransportConf conf) {
        return new SimpleDownloadFile(
                SparkEnv.get()
                        .blockManager()
                        .diskBlockManager()
                        .createTempLocalBlock()
                        ._2(),
                conf);
    }

    @Override
    public synchronized boolean registerTempFileToClean(DownloadFile file) {
        return !closed && files.add(file);
    }

    @Override
    public synchronized void close() {
        closed = true;
        files.forEach(DownloadFile::delete);
    }
}
