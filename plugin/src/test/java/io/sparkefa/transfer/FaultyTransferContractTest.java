package io.sparkefa.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.transfer.protocol.BlockKey;
import io.sparkefa.transport.faulty.Fault;
import io.sparkefa.transport.faulty.FaultPlan;
import io.sparkefa.transport.faulty.FaultyNetwork;
import io.sparkefa.transport.faulty.FaultySlabs;
import io.sparkefa.transport.faulty.FaultyTransport;
import io.sparkefa.transport.faulty.TimelineThread;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Fetches over a transport with faults, on real threads and in real time: each block is right or has failed, whichever fault it
 * is, and nothing stays open. The simulation tries far more, on one thread.
 */
@Timeout(120)
abstract class FaultyTransferContractTest {

    private static final long MS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final int ROUNDS = 25;

    /** Memory is asked for a few times in each, so that now and then none is refused. */
    private static final int MAX_TRIES = 20;

    private static final int FETCHES_AT_ONCE = 6;
    private static final long[] BLOCK_BYTES = {0, 1, 5_000, 70_000, 300_000, 1_200_000};
    private static final long RECEIVE_BYTES = 32 << 20;
    private static final long STAGING_BYTES = 4 << 20;

    /** So that wrong bytes are noticed, and what never comes is not waited for long. */
    private static final TransferSettings SETTINGS =
            new TransferSettings(4 << 10, 4, 5_000 * MS, 5_000 * MS, 64 << 10, true, 64);

    /** Which faults are tried together. */
    enum Weather {
        FLOWS_THAT_BREAK(Fault.MESSAGE_DROPPED, Fault.CONNECTION_LOST, Fault.READ_FAILED, Fault.CONNECT_REFUSED),
        DISORDER(Fault.MESSAGE_DELAYED, Fault.MESSAGE_REORDERED, Fault.READ_DELAYED, Fault.CONNECT_LATE),
        SILENCE(Fault.MESSAGE_STALLED, Fault.READ_STALLED, Fault.CONNECT_STALLED),
        WRONG_BYTES(Fault.READ_CORRUPTED, Fault.READ_TRUNCATED, Fault.MESSAGE_TRUNCATED, Fault.MESSAGE_DUPLICATED),
        NO_MEMORY(Fault.SLAB_REFUSED);

        private final Fault[] faults;

        Weather(Fault... faults) {
            this.faults = faults;
        }

        FaultPlan plan() {
            Map<Fault, Double> odds = new EnumMap<>(Fault.class);
            for (Fault fault : faults) {
                odds.put(fault, fault == Fault.SLAB_REFUSED ? 0.5 : 0.02);
            }
            return new FaultPlan(odds, 10 * MS, 200 * MS, false);
        }
    }

    @TempDir
    private Path folder;

    /** An executor over the transport under test, without faults. */
    abstract TestExecutor newExecutor(long receiveBytes, long stagingBytes);

    @ParameterizedTest
    @EnumSource
    void eachBlockIsRightOrFails(Weather weather) throws IOException, InterruptedException {
        long seed = ThreadLocalRandom.current().nextLong();
        System.out.println(getClass().getSimpleName() + " " + weather + ": seed " + seed);
        int arrived = 0;
        int failed = 0;
        Map<Fault, Long> injected;
        try (TimelineThread timeline = new TimelineThread()) {
            FaultyNetwork network =
                    new FaultyNetwork(timeline, weather.plan(), new SplittableRandom(seed), fault -> {});
            for (int tries = 0; tries == 0 || (network.injected().isEmpty() && tries < MAX_TRIES); tries++) {
                try (TransferFixture fixture = new TransferFixture(
                        Files.createDirectories(folder.resolve("try-" + tries)),
                        (receive, staging) -> faulty(network, newExecutor(receive, staging)),
                        SETTINGS,
                        RECEIVE_BYTES,
                        STAGING_BYTES)) {
                    for (int mapId = 0; mapId < 4; mapId++) {
                        fixture.outputs.write(mapId, BLOCK_BYTES);
                    }
                    TransferFixture.Session session = fixture.connect();
                    for (int round = 0; round < ROUNDS; round++) {
                        fixture.memory.trim();
                        fixture.staging.trim();
                        int right = fetchSome(fixture, session.peer);
                        int missed = FETCHES_AT_ONCE * BLOCK_BYTES.length - right;
                        arrived += right;
                        failed += missed;
                        if (missed > 0) {
                            session.peer.close();
                            session = fixture.connect();
                        }
                    }
                }
            }
            injected = network.injected();
        }
        System.out.println(weather + ": " + arrived + " blocks arrived, " + failed + " failed; faults " + injected);
        assertThat(injected).isNotEmpty();
        assertThat(arrived).isPositive();
    }

    private static TestExecutor faulty(FaultyNetwork network, TestExecutor sound) {
        return new TestExecutor(
                new FaultyTransport(network, sound.transport()),
                new FaultySlabs(network, sound.receive()),
                new FaultySlabs(network, sound.staging()),
                sound.closeMemory());
    }

    /** How many blocks arrived; none of them may be wrong. */
    private static int fetchSome(TransferFixture fixture, PeerSession peer) throws InterruptedException {
        List<CollectingSink> sinks = new ArrayList<>();
        for (int i = 0; i < FETCHES_AT_ONCE; i++) {
            CollectingSink sink = new CollectingSink(BLOCK_BYTES.length);
            sinks.add(sink);
            peer.fetch(TransferFixture.blocks(i % 4, BLOCK_BYTES.length), sink);
        }
        int arrived = 0;
        for (int i = 0; i < FETCHES_AT_ONCE; i++) {
            CollectingSink sink = sinks.get(i).await();
            List<BlockKey> blocks = TransferFixture.blocks(i % 4, BLOCK_BYTES.length);
            for (int index = 0; index < blocks.size(); index++) {
                if (sink.outcome(index) instanceof FetchedBlock) {
                    fixture.assertBytes(blocks.get(index), sink.bytes(index));
                    arrived++;
                } else {
                    sink.failure(index);
                }
            }
            sink.assertNoViolations();
        }
        return arrived;
    }
}
