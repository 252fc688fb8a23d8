package org.apache.spark.shuffle.efa;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.spark.PeerAddress;
import io.sparkefa.spark.PeerUse;
import io.sparkefa.spark.ShuffleBlockNames;
import io.sparkefa.transfer.BlockSink;
import io.sparkefa.transfer.ChannelSink;
import io.sparkefa.transfer.FetchException;
import io.sparkefa.transfer.FetchException.Reason;
import io.sparkefa.transfer.FetchHandle;
import io.sparkefa.transfer.PeerSession;
import io.sparkefa.transfer.protocol.BlockKey;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.network.buffer.ManagedBuffer;
import org.apache.spark.network.shuffle.BlockFetchingListener;
import org.apache.spark.network.shuffle.BlockStoreClient;
import org.apache.spark.network.shuffle.DownloadFile;
import org.apache.spark.network.shuffle.DownloadFileManager;
import org.apache.spark.network.shuffle.SimpleDownloadFile;
import org.apache.spark.network.util.TransportConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RemoteFetchTest {

    private static final PeerAddress PEER = new PeerAddress("7", "host", 7337);
    private static final String[] IDS = {"shuffle_1_2_3", "shuffle_1_4_5_9", "shuffle_1_6_7"};

    private final ShuffleCounters counters = new ShuffleCounters();
    private final SparkClient spark = new SparkClient();
    private final Listener listener = new Listener();
    private final Session session = new Session();
    private final Use use = new Use();
    private int ends;

    @TempDir
    private Path folder;

    private RemoteFetch fetch(SparkConf conf, DownloadFileManager downloads) {
        return new RemoteFetch(
                new RemoteFetch.Surroundings(new SparkFallback(spark, counters), Runnable::run, FetchSettings.of(conf)),
                PEER,
                IDS,
                Arrays.stream(IDS)
                        .map(id -> ShuffleBlockNames.parse(id).orElseThrow())
                        .toList(),
                listener,
                downloads,
                ended -> ends++);
    }

    private RemoteFetch fetchToMemory() {
        return fetch(new SparkConf(false), null);
    }

    private void assertEnded() {
        assertThat(use.closes).isEqualTo(1);
        assertThat(ends).isEqualTo(1);
    }

    @Test
    void handsBlocksToSparkAndGivesUpItsOwnReference() {
        fetchToMemory().onSession(use);
        FakeBlock kept = new FakeBlock(new byte[] {1});
        FakeBlock ignored = new FakeBlock(new byte[] {2});
        listener.retains = true;
        session.sink.onBlock(2, kept);
        listener.retains = false;
        session.sink.onBlock(0, ignored);
        assertThat(use.closes).isZero();
        session.sink.onBlock(1, new FakeBlock());

        assertThat(session.blocks).containsExactly(key(1, 2, 3, 4), key(1, 4, 5, 9), key(1, 6, 7, 8));
        assertThat(listener.received).containsExactly("shuffle_1_6_7", "shuffle_1_2_3", "shuffle_1_4_5_9");
        assertThat(kept.holders).hasValue(1);
        assertThat(ignored.holders).hasValue(0);
        assertThat(spark.requests).isEmpty();
        assertEnded();
    }

    @Test
    void reportsAMissingBlockAtOnce() {
        fetchToMemory().onSession(use);
        session.sink.onBlockMissing(1, "no such file");

        assertThat(listener.failed.get("shuffle_1_4_5_9"))
                .isInstanceOf(IOException.class)
                .hasMessage("executor 7 at host:7337 does not have shuffle_1_4_5_9: no such file");
        session.sink.onBlock(0, new FakeBlock());
        session.sink.onBlock(2, new FakeBlock());
        assertThat(spark.requests).isEmpty();
        assertThat(use.failures).isEmpty();
        assertEnded();
    }

    @Test
    void asksSparkForAMissingBlockThatMayLieInItsFallbackStorage() {
        SparkConf conf = new SparkConf(false).set("spark.storage.decommission.fallbackStorage.path", "file:///far/");
        fetch(conf, null).onSession(use);
        session.sink.onBlockMissing(1, "no such file");
        session.sink.onBlock(0, new FakeBlock());
        session.sink.onBlock(2, new FakeBlock());

        assertThat(spark.requests).containsExactly(List.of("shuffle_1_4_5_9"));
        assertThat(listener.failed).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Reason.class)
    void whatFailsGoesThroughSparksOwnClientOnceAllIsReported(Reason reason) {
        fetchToMemory().onSession(use);
        session.sink.onBlockFailed(0, new FetchException(reason, "first"));
        session.sink.onBlockFailed(2, new FetchException(reason, "second"));
        assertThat(spark.requests).isEmpty();
        session.sink.onBlock(1, new FakeBlock());

        assertThat(spark.requests).containsExactly(List.of("shuffle_1_2_3", "shuffle_1_6_7"));
        assertThat(listener.received).containsExactly("shuffle_1_4_5_9");
        assertThat(listener.failed).isEmpty();
        assertThat(counters.get(ShuffleCounter.FALLBACK_REQUESTS)).isEqualTo(1);
        assertThat(counters.get(ShuffleCounter.FALLBACK_BLOCKS)).isEqualTo(2);
        boolean sessionAtFault =
                List.of(Reason.SESSION_LOST, Reason.TIMEOUT, Reason.CORRUPT).contains(reason);
        assertThat(use.failures).hasSize(sessionAtFault ? 1 : 0);
        assertEnded();
    }

    @Test
    void withoutASessionAllOfItGoesThroughSparksOwnClient() {
        fetchToMemory().onUnavailable("it gave no card");

        assertThat(spark.requests).containsExactly(List.of(IDS));
        assertThat(ends).isEqualTo(1);
    }

    @Test
    void givesUpSilently() {
        RemoteFetch fetch = fetchToMemory();
        fetch.onSession(use);
        fetch.cancel();
        assertThat(session.cancelled).isTrue();
        session.sink.onBlockMissing(0, "no such file");
        session.sink.onBlockFailed(1, new FetchException(Reason.CANCELLED, "cancelled"));
        session.sink.onBlockFailed(2, new FetchException(Reason.CANCELLED, "cancelled"));

        assertThat(listener.failed).isEmpty();
        assertThat(spark.requests).isEmpty();
        assertEnded();
    }

    @Test
    void neverBeginsWhenItWasGivenUpBefore() {
        RemoteFetch fetch = fetchToMemory();
        fetch.cancel();
        fetch.onSession(use);

        assertThat(session.blocks).isEmpty();
        assertEnded();

        RemoteFetch other = fetchToMemory();
        other.cancel();
        other.onUnavailable("it gave no card");
        assertThat(spark.requests).isEmpty();
    }

    @Test
    void downloadsToSparksFiles() throws IOException {
        Downloads downloads = new Downloads();
        fetch(new SparkConf(false), downloads).onSession(use);
        write(0, 5);
        session.channelSink.onBlockWritten(0);
        assertThat(listener.bytes.get("shuffle_1_2_3")).containsExactly(1, 1, 1, 1, 1);
        assertThat(downloads.registered).hasSize(1);
        assertThat(downloads.files()).hasSize(1);

        downloads.closed = true;
        write(1, 5);
        session.channelSink.onBlockWritten(1);
        assertThat(downloads.files()).as("of an iterator that was closed").hasSize(1);

        write(2, 3);
        session.channelSink.onBlockFailed(2, new FetchException(Reason.TIMEOUT, "nothing came"));
        assertThat(downloads.files()).as("of a block that failed").hasSize(1);
        assertThat(spark.requests).containsExactly(List.of("shuffle_1_6_7"));
        assertThat(spark.downloads).containsExactly(downloads);
        assertEnded();
    }

    private void write(int index, int length) throws IOException {
        WritableByteChannel channel = session.channelSink.open(index, length);
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) 1);
        assertThat(channel.write(ByteBuffer.wrap(bytes))).isEqualTo(length);
    }

    private static BlockKey key(int shuffleId, long mapId, int start, int end) {
        return new BlockKey(shuffleId, mapId, start, end);
    }

    private static final class Listener implements BlockFetchingListener {
        final List<String> received = new ArrayList<>();
        final Map<String, byte[]> bytes = new HashMap<>();
        final Map<String, Throwable> failed = new HashMap<>();
        boolean retains;

        @Override
        public void onBlockFetchSuccess(String blockId, ManagedBuffer data) {
            if (retains) {
                data.retain();
            }
            received.add(blockId);
            try {
                bytes.put(blockId, data.createInputStream().readAllBytes());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void onBlockFetchFailure(String blockId, Throwable cause) {
            failed.put(blockId, cause);
        }
    }

    private final class Downloads implements DownloadFileManager {
        final List<DownloadFile> registered = new ArrayList<>();
        boolean closed;
        int count;

        @Override
        public DownloadFile createTempFile(TransportConf conf) {
            return new SimpleDownloadFile(folder.resolve("download" + count++).toFile(), conf);
        }

        @Override
        public boolean registerTempFileToClean(DownloadFile file) {
            return !closed && registered.add(file);
        }

        List<File> files() {
            return List.of(folder.toFile().listFiles());
        }
    }

    private static final class SparkClient extends BlockStoreClient {
        final List<List<String>> requests = new ArrayList<>();
        final List<DownloadFileManager> downloads = new ArrayList<>();

        @Override
        public void fetchBlocks(
                String host,
                int port,
                String execId,
                String[] blockIds,
                BlockFetchingListener listener,
                DownloadFileManager files) {
            assertThat(new PeerAddress(execId, host, port)).isEqualTo(PEER);
            requests.add(List.of(blockIds));
            downloads.add(files);
        }

        @Override
        public void close() {}
    }

    private static final class Session implements PeerSession, FetchHandle {
        List<BlockKey> blocks = List.of();
        BlockSink sink;
        ChannelSink channelSink;
        boolean cancelled;

        @Override
        public FetchHandle fetch(List<BlockKey> asked, BlockSink to) {
            blocks = asked;
            sink = to;
            return this;
        }

        @Override
        public FetchHandle fetchToChannels(List<BlockKey> asked, ChannelSink to) {
            blocks = asked;
            channelSink = to;
            return this;
        }

        @Override
        public void cancel() {
            cancelled = true;
        }

        @Override
        public void close() {}
    }

    private final class Use implements PeerUse {
        final List<FetchException> failures = new ArrayList<>();
        int closes;

        @Override
        public PeerSession session() {
            return session;
        }

        @Override
        public void onSessionFailed(FetchException cause) {
            failures.add(cause);
        }

        @Override
        public void close() {
            closes++;
        }
    }
}
