package io.sparkefa.transfer;

import static io.sparkefa.transfer.TransferFixture.SETTINGS;
import static io.sparkefa.transfer.TransferFixture.blocks;
import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.buffer.BufferPool;
import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.transfer.FetchException.Reason;
import io.sparkefa.transfer.protocol.BlockKey;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.Transport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What fetching and serving promise, over whichever transport. */
abstract class TransferContractTest {

    private static final long MIB = 1 << 20;

    @TempDir
    Path folder;

    /** A new transport, not started. */
    abstract Transport newTransport();

    final TransferFixture fixture() throws IOException {
        return fixture(SETTINGS, 256 * MIB, 16 * MIB);
    }

    /** A transport of the kind under test, not started, and memory that suits it. */
    TestExecutor newExecutor(long receiveBytes, long stagingBytes) {
        return TestExecutor.plain(newTransport());
    }

    final TransferFixture fixture(TransferSettings settings, long memoryBytes, long stagingBytes) throws IOException {
        return new TransferFixture(folder, this::newExecutor, settings, memoryBytes, stagingBytes);
    }

    // ---- right bytes

    @Test
    void everySizeArrivesToTheByte() throws Exception {
        long[] sizes = {
            0,
            1,
            7,
            4095,
            4096,
            16 << 10,
            (16 << 10) + 1,
            (64 << 10) - 1,
            64 << 10,
            MIB - 1,
            MIB,
            MIB + 1,
            3 * MIB + 17,
            64 * MIB
        };
        try (TransferFixture fixture = fixture()) {
            fixture.outputs.write(1, sizes);
            PeerSession peer = fixture.connect().peer;
            for (int reduceId = 0; reduceId < sizes.length; reduceId++) {
                fixture.fetchAndCheck(peer, List.of(new BlockKey(0, 1, reduceId, reduceId + 1)));
            }
            assertThat(fixture.readerCounters.get(ShuffleCounter.FETCH_BLOCKS)).isEqualTo(sizes.length);
            assertThat(fixture.readerCounters.get(ShuffleCounter.FETCH_BYTES))
                    .isEqualTo(Arrays.stream(sizes).sum())
                    .isEqualTo(fixture.serverCounters.get(ShuffleCounter.SERVE_BYTES));
        }
    }

    @Test
    void blocksOfAllSizesInOneRequest() throws Exception {
        long[] sizes = {0, 100_000, 0, 1, 2 * MIB, 63 << 10, 0, 65 << 10, 500, MIB};
        try (TransferFixture fixture = fixture()) {
            fixture.outputs.write(1, sizes);
            fixture.outputs.write(2, sizes);
            List<BlockKey> wanted = new ArrayList<>(blocks(2, sizes.length));
            wanted.addAll(blocks(1, sizes.length));
            wanted.add(new BlockKey(0, 1, 2, 9));
            fixture.fetchAndCheck(fixture.connect().peer, wanted);
        }
    }

    @Test
    void manySmallBlocksOfManyMaps() throws Exception {
        try (TransferFixture fixture = fixture()) {
            List<BlockKey> wanted = new ArrayList<>();
            for (int mapId = 0; mapId < 400; mapId++) {
                fixture.outputs.write(mapId, 300, 5000, 12, 0, 999);
                wanted.addAll(blocks(mapId, 5));
            }
            PeerSession peer = fixture.connect().peer;
            fixture.fetchAndCheck(peer, wanted);
            // Of 16, 48, 144, 432, 1296 and the last 64 blocks: a task begins with the first while the others are on
            // their way.
            assertThat(fixture.readerCounters.get(ShuffleCounter.FETCH_REQUESTS))
                    .isEqualTo(6);
            assertThat(fixture.serverCounters.get(ShuffleCounter.SERVE_BYTES_STAGED))
                    .isPositive();
            assertThat(fixture.readerCounters.get(ShuffleCounter.FETCH_CHECKSUM_FAILURES))
                    .isZero();
        }
    }

    @Test
    void moreBlocksThanOneRequestMayName() throws Exception {
        TransferSettings few = new TransferSettings(
                16 << 10, 7, SETTINGS.requestTimeoutNs(), SETTINGS.memoryWaitNs(), 64 << 10, false, 1024);
        try (TransferFixture fixture = fixture(few, 64 * MIB, 4 * MIB)) {
            long[] sizes = new long[100];
            Arrays.fill(sizes, 3000);
            fixture.outputs.write(1, sizes);
            fixture.fetchAndCheck(fixture.connect().peer, blocks(1, 100));
            assertThat(fixture.readerCounters.get(ShuffleCounter.FETCH_REQUESTS))
                    .isEqualTo(15);
        }
    }

    @Test
    void aBlockAboveTwoGibibytesGoesToItsChannelThroughAFewBuffers() throws Exception {
        long length = (2L << 30) + 12_345;
        try (TransferFixture fixture = fixture(SETTINGS, 8 * MIB, 4 * MIB)) {
            fixture.outputs.writeSparse(1, length);
            CollectingSink sink = new CollectingSink(1);
            fixture.connect().peer.fetchToChannels(List.of(new BlockKey(0, 1, 0, 1)), sink);
            CollectingSink.CountingChannel channel = sink.await().written(0);
            assertThat(channel.writtenBytes).isEqualTo(length);
            assertThat(channel.nonZeroBytes).isEqualTo(1);
            assertThat(channel.lastByte).isEqualTo((byte) 1);
            assertThat(fixture.memory.peakLeasedBytes()).isLessThanOrEqualTo(8 * MIB);
        }
    }

    @Test
    void severalBlocksToChannelsAmongThemEmptyAndMissingOnes() throws Exception {
        try (TransferFixture fixture = fixture()) {
            fixture.outputs.writeSparse(1, 5 * MIB + 3);
            fixture.outputs.write(2, 0, 0);
            fixture.outputs.writeSparse(3, 100);
            List<BlockKey> wanted = List.of(
                    new BlockKey(0, 2, 0, 1),
                    new BlockKey(0, 1, 0, 1),
                    new BlockKey(0, 77, 0, 1),
                    new BlockKey(0, 3, 0, 1),
                    new BlockKey(0, 2, 0, 2));
            CollectingSink sink = new CollectingSink(wanted.size());
            fixture.connect().peer.fetchToChannels(wanted, sink);
            sink.await().assertNoViolations();
            assertThat(sink.written(0).writtenBytes).isZero();
            assertThat(sink.written(1).writtenBytes).isEqualTo(5 * MIB + 3);
            assertThat(sink.missing(2)).contains("map 77");
            assertThat(sink.written(3).writtenBytes).isEqualTo(100);
            assertThat(sink.written(4).writtenBytes).isZero();
        }
    }

    @Test
    void checksumsOfLongRangesWhenAskedFor() throws Exception {
        TransferSettings always = new TransferSettings(
                16 << 10, 4096, SETTINGS.requestTimeoutNs(), SETTINGS.memoryWaitNs(), 64 << 10, true, 1024);
        try (TransferFixture fixture = fixture(always, 64 * MIB, 4 * MIB)) {
            fixture.outputs.write(1, 3 * MIB, 5, 10 * MIB);
            fixture.fetchAndCheck(fixture.connect().peer, blocks(1, 3));
        }
    }

    @Test
    void withoutStagingMemoryBlocksComeFromTheirFiles() throws Exception {
        try (TransferFixture fixture = fixture(SETTINGS, 64 * MIB, MIB)) {
            for (int mapId = 0; mapId < 100; mapId++) {
                fixture.outputs.write(mapId, 50_000);
            }
            List<BlockKey> wanted = new ArrayList<>();
            for (int mapId = 0; mapId < 100; mapId++) {
                wanted.addAll(blocks(mapId, 1));
            }
            fixture.fetchAndCheck(fixture.connect().peer, wanted);
            assertThat(fixture.serverCounters.get(ShuffleCounter.SERVE_STAGING_FULL))
                    .isPositive();
        }
    }

    // ---- what is not there

    @Test
    void aMissingBlockFailsThatBlockAlone() throws Exception {
        try (TransferFixture fixture = fixture()) {
            fixture.outputs.write(1, 100, 200 << 10, 300);
            fixture.outputs.write(2, 10);
            List<BlockKey> wanted = List.of(
                    new BlockKey(0, 1, 0, 1),
                    new BlockKey(0, 99, 0, 1),
                    new BlockKey(0, 1, 1, 2),
                    new BlockKey(0, 2, 1, 2),
                    new BlockKey(5, 1, 0, 1),
                    new BlockKey(0, 1, 2, 3));
            CollectingSink sink = fixture.fetch(fixture.connect().peer, wanted);
            for (int there : new int[] {0, 2, 5}) {
                fixture.assertBytes(wanted.get(there), sink.bytes(there));
            }
            assertThat(sink.missing(1)).contains("map 99").contains("shuffle 0");
            assertThat(sink.missing(3)).contains("1 reduce partitions");
            assertThat(sink.missing(4)).contains("shuffle 5");
            assertThat(fixture.readerCounters.get(ShuffleCounter.FETCH_BLOCKS_MISSING))
                    .isEqualTo(3);
        }
    }

    @Test
    void blocksThatCannotBeOpenedNowAreNotCalledMissing() throws Exception {
        try (TransferFixture fixture = fixture()) {
            fixture.outputs.write(0, 3000);
            fixture.outputs.write(1, 100_000);
            List<BlockKey> blocks = List.of(new BlockKey(0, 0, 0, 1), new BlockKey(0, 1, 0, 1));
            PeerSession peer = fixture.connect().peer;

            fixture.outputs.outOfDescriptors(true);
            CollectingSink refused = fixture.fetch(peer, blocks);
            assertThat(refused.failure(0).reason()).isEqualTo(Reason.REFUSED);
            assertThat(refused.failure(1)).hasMessageContaining("Too many open files");

            fixture.outputs.outOfDescriptors(false);
            fixture.fetchAndCheck(peer, blocks);
        }
    }

    @Test
    void nothingButMissingBlocks() throws Exception {
        try (TransferFixture fixture = fixture()) {
            CollectingSink sink = fixture.fetch(fixture.connect().peer, blocks(7, 3000));
            for (int i = 0; i < 3000; i++) {
                assertThat(sink.outcome(i)).isInstanceOf(String.class);
            }
        }
    }

    @Test
    void aDataFileThatEndsEarlyIsNeverServedAsFullLength() throws Exception {
        try (TransferFixture fixture = fixture()) {
            fixture.outputs.write(1, 100, 100, 3 * MIB);
            fixture.outputs.truncate(1, 150);
            CollectingSink sink = fixture.fetch(fixture.connect().peer, blocks(1, 3));
            for (int i = 0; i < 3; i++) {
                assertThat(sink.outcome(i)).isInstanceOfAny(String.class, FetchException.class);
            }
        }
    }

    @Test
    void aMappedFileThatWasCutShortIsServedAsFarAsItGoes() throws Exception {
        try (TransferFixture fixture = fixture()) {
            fixture.outputs.write(2, 50_000, 50_000, 50_000);
            fixture.outputs.write(4, 50_000);
            fixture.outputs.truncate(2, 60_000);
            List<BlockKey> blocks =
                    List.of(new BlockKey(0, 2, 0, 1), new BlockKey(0, 4, 0, 1), new BlockKey(0, 2, 2, 3));
            CollectingSink sink = fixture.fetch(fixture.connect().peer, blocks);
            fixture.assertBytes(blocks.get(0), sink.bytes(0));
            fixture.assertBytes(blocks.get(1), sink.bytes(1));
            assertThat(sink.outcome(2))
                    .isInstanceOfSatisfying(
                            String.class, reason -> assertThat(reason).contains("ends"));
        }
    }

    // ---- the end of a session

    @Test
    void aSessionThatWasNeverIssuedIsRefusedAndItsFetchesFail() throws Exception {
        try (TransferFixture fixture = fixture()) {
            TransferFixture.Session session = fixture.connect(
                    new SessionCredentials(UUID.randomUUID(), new byte[SessionCredentials.KEY_BYTES], fixture.self));
            CollectingSink sink = fixture.fetch(session.peer, blocks(1, 2));
            assertThat(sink.failure(0).reason()).isEqualTo(Reason.SESSION_LOST);
            assertThat(session.open.get(10, TimeUnit.SECONDS)).isFalse();
        }
    }

    @Test
    void aSessionIsOpenedOnlyWithItsKey() throws Exception {
        try (TransferFixture fixture = fixture()) {
            UUID issued = fixture.sessions.issue().orElseThrow().sessionId();
            TransferFixture.Session session = fixture.connect(
                    new SessionCredentials(issued, new byte[SessionCredentials.KEY_BYTES], fixture.self));
            assertThat(session.open.get(10, TimeUnit.SECONDS)).isFalse();
        }
    }

    @Test
    void theServerGoneInMidTransferFailsWhatHasNotArrived() throws Exception {
        try (TransferFixture fixture = fixture()) {
            fixture.outputs.write(1, 32 * MIB, 32 * MIB);
            PeerSession peer = fixture.connect().peer;
            fixture.fetchAndCheck(peer, List.of(new BlockKey(0, 1, 0, 1)));
            CollectingSink sink = new CollectingSink(2);
            peer.fetch(blocks(1, 2), sink);
            fixture.serverTransport.close();
            sink.await().assertNoViolations();
            sink.releaseAll();
            CollectingSink late = fixture.fetch(peer, blocks(1, 1));
            assertThat(late.failure(0).reason()).isEqualTo(Reason.SESSION_LOST);
        }
    }

    @Test
    void theReaderGoneInMidTransferLeavesNothingAtTheServer() throws Exception {
        try (TransferFixture fixture = fixture()) {
            fixture.outputs.write(1, 32 * MIB, 100, 32 * MIB);
            PeerSession peer = fixture.connect().peer;
            CollectingSink sink = new CollectingSink(3);
            peer.fetch(blocks(1, 3), sink);
            CollectingSink.awaitThat(
                    "no request arrived", () -> fixture.serverCounters.get(ShuffleCounter.SERVE_REQUESTS) > 0);
            peer.close();
            sink.await().assertNoViolations();
            sink.releaseAll();
            fixture.assertNothingLeft();
            // Another reader is served all the same.
            fixture.fetchAndCheck(fixture.connect().peer, blocks(1, 3));
        }
    }

    @Test
    void cancelEndsAFetchAtAnyPoint() throws Exception {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        try (TransferFixture fixture = fixture()) {
            fixture.outputs.write(1, 8 * MIB, 100, 8 * MIB);
            PeerSession peer = fixture.connect().peer;
            for (int round = 0; round < 60; round++) {
                CollectingSink sink = new CollectingSink(3);
                FetchHandle handle =
                        round % 2 == 0 ? peer.fetch(blocks(1, 3), sink) : peer.fetchToChannels(blocks(1, 3), sink);
                long untilNs = System.nanoTime() + random.nextLong(3_000_000);
                CollectingSink.awaitThat("time passes", () -> System.nanoTime() - untilNs > 0);
                handle.cancel();
                handle.cancel();
                sink.await().assertNoViolations();
                sink.releaseAll();
            }
            fixture.assertNothingLeft();
            fixture.fetchAndCheck(peer, blocks(1, 3));
        } catch (AssertionError e) {
            throw new AssertionError("seed " + seed, e);
        }
    }

    // ---- bounds

    @Test
    void oneBufferIsEnoughForEverybody() throws Exception {
        try (TransferFixture fixture = fixture(SETTINGS, BufferPool.SLAB_BYTES, BufferPool.SLAB_BYTES)) {
            for (int mapId = 0; mapId < 20; mapId++) {
                fixture.outputs.write(mapId, 900_000, 700_000);
            }
            PeerSession peer = fixture.connect().peer;
            Map<CollectingSink, Integer> sinks = new HashMap<>();
            // Who waits for memory must not depend on the order in which the test looks at the answers.
            Queue<CollectingSink> arrived = new ConcurrentLinkedQueue<>();
            for (int mapId = 0; mapId < 20; mapId++) {
                CollectingSink sink = new CollectingSink(2);
                sink.whenComplete(() -> arrived.add(sink));
                sinks.put(sink, mapId);
                peer.fetch(blocks(mapId, 2), sink);
            }
            for (int k = 0; k < 20; k++) {
                CollectingSink.awaitThat("no more answers arrive", () -> !arrived.isEmpty());
                CollectingSink sink = arrived.remove();
                int mapId = sinks.get(sink);
                fixture.assertBytes(new BlockKey(0, mapId, 0, 1), sink.bytes(0));
                fixture.assertBytes(new BlockKey(0, mapId, 1, 2), sink.bytes(1));
            }
            assertThat(fixture.memory.peakLeasedBytes()).isLessThanOrEqualTo(BufferPool.SLAB_BYTES);
            assertThat(fixture.readerCounters.get(ShuffleCounter.MEMORY_WAITS)).isPositive();
        }
    }

    @Test
    void whatCanNeverFitFailsAtOnce() throws Exception {
        try (TransferFixture fixture = fixture(SETTINGS, BufferPool.SLAB_BYTES, BufferPool.SLAB_BYTES)) {
            fixture.outputs.write(1, 9 * MIB);
            CollectingSink sink = fixture.fetch(fixture.connect().peer, blocks(1, 1));
            assertThat(sink.failure(0).reason()).isEqualTo(Reason.NO_MEMORY);
            assertThat(sink.failure(0)).hasMessageContaining("9437184");
        }
    }

    @Test
    void waitingForMemoryEndsInTime() throws Exception {
        TransferSettings impatient = new TransferSettings(
                16 << 10, 4096, SETTINGS.requestTimeoutNs(), TimeUnit.MILLISECONDS.toNanos(50), 64 << 10, false, 1024);
        try (TransferFixture fixture = fixture(impatient, BufferPool.SLAB_BYTES, BufferPool.SLAB_BYTES)) {
            fixture.outputs.write(1, 3 * MIB);
            PeerSession peer = fixture.connect().peer;
            CollectingSink holder = fixture.fetch(peer, blocks(1, 1));
            CollectingSink waiting = fixture.fetch(peer, blocks(1, 1));
            assertThat(waiting.failure(0).reason()).isEqualTo(Reason.NO_MEMORY);
            CollectingSink toChannel = new CollectingSink(1);
            fixture.assertBytes(new BlockKey(0, 1, 0, 1), holder.bytes(0));
            peer.fetchToChannels(blocks(1, 1), toChannel);
            assertThat(toChannel.await().written(0).writtenBytes).isEqualTo(3 * MIB);
        }
    }

    @Test
    void aSessionWithTooManyOpenAnswersIsRefusedMore() throws Exception {
        TransferSettings one = new TransferSettings(
                0, 4096, SETTINGS.requestTimeoutNs(), TimeUnit.SECONDS.toNanos(20), 64 << 10, false, 1);
        try (TransferFixture fixture = fixture(one, BufferPool.SLAB_BYTES, BufferPool.SLAB_BYTES)) {
            fixture.outputs.write(1, 3 * MIB);
            PeerSession peer = fixture.connect().peer;
            CollectingSink holder = fixture.fetch(peer, blocks(1, 1));
            CollectingSink.awaitThat("the first window is released", () -> fixture.server.openWindowCount() == 0);
            CollectingSink waiting = new CollectingSink(1);
            peer.fetch(blocks(1, 1), waiting);
            CollectingSink.awaitThat("it waits for memory", () -> fixture.memory.waiterCount() == 1);
            CollectingSink refused = fixture.fetch(peer, blocks(1, 1));
            assertThat(refused.failure(0).reason()).isEqualTo(Reason.REFUSED);
            holder.releaseAll();
            fixture.assertBytes(new BlockKey(0, 1, 0, 1), waiting.await().bytes(0));
        }
    }

    @Test
    void thousandsOfRequestsAtOnce() throws Exception {
        try (TransferFixture fixture = fixture(
                new TransferSettings(
                        1000, 4096, SETTINGS.requestTimeoutNs(), SETTINGS.memoryWaitNs(), 64 << 10, false, 5000),
                256 * MIB,
                16 * MIB)) {
            // Each takes a piece of 64 KiB at most, so that all answers together have room.
            fixture.outputs.write(1, 500, 20_000, 60_000);
            PeerSession peer = fixture.connect().peer;
            int requests = 3000;
            List<CollectingSink> sinks = new ArrayList<>();
            for (int i = 0; i < requests; i++) {
                CollectingSink sink = new CollectingSink(1);
                sinks.add(sink);
                peer.fetch(List.of(new BlockKey(0, 1, i % 3, i % 3 + 1)), sink);
            }
            for (int i = 0; i < requests; i++) {
                fixture.assertBytes(
                        new BlockKey(0, 1, i % 3, i % 3 + 1),
                        sinks.get(i).await().bytes(0));
            }
        }
    }

    @Test
    void twoReadersOfOneServer() throws Exception {
        try (TransferFixture fixture = fixture()) {
            fixture.outputs.write(1, 5 * MIB, 100, 5 * MIB);
            PeerSession one = fixture.connect().peer;
            PeerSession other = fixture.connect().peer;
            CollectingSink first = new CollectingSink(3);
            CollectingSink second = new CollectingSink(3);
            one.fetch(blocks(1, 3), first);
            other.fetch(blocks(1, 3), second);
            for (int i = 0; i < 3; i++) {
                fixture.assertBytes(blocks(1, 3).get(i), first.await().bytes(i));
                fixture.assertBytes(blocks(1, 3).get(i), second.await().bytes(i));
            }
        }
    }

    @Test
    void anAnswerOutlivesItsSession() throws Exception {
        try (TransferFixture fixture = fixture()) {
            fixture.outputs.write(1, 2 * MIB);
            TransferFixture.Session session = fixture.connect();
            CollectingSink sink = fixture.fetch(session.peer, blocks(1, 1));
            session.peer.close();
            session.closed.get(10, TimeUnit.SECONDS);
            fixture.assertBytes(new BlockKey(0, 1, 0, 1), sink.bytes(0));
        }
    }
}
