package io.sparkefa.it.bench.work;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.spark.SparkEnv;
import org.apache.spark.network.shuffle.DownloadFile;
import org.apache.spark.network.shuffle.DownloadFileManager;
import org.apache.spark.network.shuffle.SimpleDownloadFile;
import org.apache.spark.network.util.TransportConf;

/** Temporary files for blocks that go to disk, as Spark's block iterator gives them. Thread-safe; {@link #close} deletes them. */
final class DownloadFiles implements DownloadFileManager, AutoCloseable {

    private final Queue<DownloadFile> files = new ConcurrentLinkedQueue<>();

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
    public boolean registerTempFileToClean(DownloadFile file) {
        return files.add(file);
    }

    @Override
    public void close() {
        for (DownloadFile file = files.poll(); file != null; file = files.poll()) {
            file.delete();
        }
    }
}
