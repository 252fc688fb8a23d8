package org.apache.spark.shuffle.efa;

import io.sparkefa.transfer.ChannelSink;
import io.sparkefa.transfer.FetchException;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.network.buffer.ManagedBuffer;
import org.apache.spark.network.shuffle.DownloadFile;
import org.apache.spark.network.shuffle.DownloadFileManager;
import org.apache.spark.network.shuffle.DownloadFileWritableChannel;
import org.apache.spark.network.util.TransportConf;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes blocks into Spark's temporary files, as Spark's own client does, and deletes those of blocks that fail. Thread-safe. */
final class DownloadSink implements ChannelSink {

    private static final Logger LOG = LoggerFactory.getLogger(DownloadSink.class);

    private record Download(DownloadFile file, DownloadFileWritableChannel channel) {}

    private final RemoteFetch fetch;
    private final DownloadFileManager files;
    private final TransportConf conf;
    private final Map<Integer, Download> open = new ConcurrentHashMap<>();

    DownloadSink(RemoteFetch fetch, DownloadFileManager files, TransportConf conf) {
        this.fetch = fetch;
        this.files = files;
        this.conf = conf;
    }

    @Override
    public WritableByteChannel open(int index, long lengthBytes) throws IOException {
        DownloadFile file = files.createTempFile(conf);
        try {
            DownloadFileWritableChannel channel = file.openForWriting();
            open.put(index, new Download(file, channel));
            return channel;
        } catch (IOException | RuntimeException e) {
            file.delete();
            throw e;
        }
    }

    @Override
    public void onBlockWritten(int index) {
        Download written = open.get(index);
        if (written == null) {
            throw new IllegalStateException("block " + index + " was written without a file");
        }
        ManagedBuffer buffer;
        try {
            buffer = written.channel.closeAndRead();
        } catch (IOException e) {
            onBlockFailed(
                    index,
                    new FetchException(
                            FetchException.Reason.DESTINATION,
                            "the file of a fetched block, " + written.file.path() + ", could not be closed",
                            e));
            return;
        }
        open.remove(index);
        try {
            fetch.onFetchedAndRelease(index, buffer);
        } finally {
            // Only now, as in Spark: when its iterator has been closed, nobody else deletes the file.
            if (!files.registerTempFileToClean(written.file)) {
                written.file.delete();
            }
        }
    }

    @Override
    public void onBlockMissing(int index, String reason) {
        discard(index);
        fetch.onBlockMissing(index, reason);
    }

    @Override
    public void onBlockFailed(int index, FetchException cause) {
        discard(index);
        fetch.onBlockFailed(index, cause);
    }

    private void discard(int index) {
        Download unfinished = open.remove(index);
        if (unfinished == null) {
            return;
        }
        try {
            unfinished.channel.close();
        } catch (IOException e) {
            LOG.debug("The file of a block that was not fetched, {}, could not be closed", unfinished.file.path(), e);
        }
        if (!unfinished.file.delete()) {
            LOG.warn("The file of a block that was not fetched, {}, could not be deleted", unfinished.file.path());
        }
    }
}
