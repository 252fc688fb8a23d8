package io.sparkefa.transport.efa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkefa.seal.SealException;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.TestWindow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SealedChunkTest {

    private static final int MEGABYTE = 1 << 20;
    private static final int SEGMENT_BYTES = ChunkSeals.SEGMENT_BYTES;

    private final SessionCredentials credentials = new SessionCredentials(
            UUID.randomUUID(), new byte[SessionCredentials.KEY_BYTES], ExecutorIdentity.newborn("server"));
    private final SessionSecrets secrets = secrets(1);
    private final ChunkSealer sealer = new ChunkSealer(secrets);
    private final ChunkOpener opener = new ChunkOpener(secrets);

    private SessionSecrets secrets(int challenge) {
        byte[] challenges = new byte[Opening.CHALLENGE_BYTES];
        Arrays.fill(challenges, (byte) challenge);
        Opening opening = Opening.of(
                credentials,
                ExecutorIdentity.newborn("reader"),
                1,
                challenges,
                true,
                0,
                new EfaAddress("efa", List.of(new byte[32])));
        return SessionSecrets.of(opening, new Acceptance(2, challenges, List.of()), credentials);
    }

    private static ChunkSeals.Name name(int readId, int lengthBytes) {
        return new ChunkSeals.Name(readId, 5, 1000, lengthBytes);
    }

    private static ChunkSeals seal(ChunkSealer with, ChunkSeals.Name name, ByteBuffer target) throws IOException {
        return with.seal(name, (from, to) -> to.put(TestWindow.content(from, to.remaining())), target);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 17, 4096, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, MEGABYTE})
    void opensToWhatWasSealed(int lengthBytes) throws IOException {
        for (ByteBuffer memory :
                List.of(ByteBuffer.allocate(lengthBytes + 100), ByteBuffer.allocateDirect(lengthBytes + 100))) {
            ByteBuffer target = memory.slice(50, lengthBytes);
            ChunkSeals seals = seal(sealer, name(1, lengthBytes), target);
            assertThat(seals.areFor(lengthBytes)).isTrue();
            assertThat(lengthBytes < 16 || !target.equals(TestWindow.content(0, lengthBytes)))
                    .isTrue();
            ByteBuffer elsewhere = ByteBuffer.allocateDirect(lengthBytes);
            opener.open(name(1, lengthBytes), seals, target, elsewhere);
            assertThat(elsewhere).isEqualTo(TestWindow.content(0, lengthBytes));
            opener.open(name(1, lengthBytes), seals, target, target);
            assertThat(target).isEqualTo(TestWindow.content(0, lengthBytes));
            assertThat(memory.slice(0, 50)).isEqualTo(ByteBuffer.allocate(50));
            assertThat(memory.slice(50 + lengthBytes, 50)).isEqualTo(ByteBuffer.allocate(50));
        }
    }

    @Test
    void whatWasChangedDoesNotOpen() throws IOException {
        int lengthBytes = 2 * SEGMENT_BYTES + 1000;
        ByteBuffer chunk = ByteBuffer.allocate(lengthBytes);
        ChunkSeals.Name name = name(1, lengthBytes);
        ChunkSeals seals = seal(sealer, name, chunk);
        for (int at : new int[] {0, 77, SEGMENT_BYTES - 1, SEGMENT_BYTES, 2 * SEGMENT_BYTES + 1, lengthBytes - 1}) {
            ByteBuffer changed = ByteBuffer.wrap(chunk.array().clone());
            changed.put(at, (byte) (changed.get(at) ^ 0x10));
            assertDoesNotOpen(name, seals, changed);
        }
        ByteBuffer swapped = ByteBuffer.wrap(chunk.array().clone());
        swapped.put(0, chunk, SEGMENT_BYTES, SEGMENT_BYTES);
        swapped.put(SEGMENT_BYTES, chunk, 0, SEGMENT_BYTES);
        assertDoesNotOpen(name, seals, swapped);
        for (int at = 0; at < seals.tags().length; at++) {
            byte[] tags = seals.tags().clone();
            tags[at] ^= 1;
            assertDoesNotOpen(name, new ChunkSeals(seals.lane(), seals.firstNumber(), tags), chunk);
        }
        assertDoesNotOpen(name, new ChunkSeals(seals.lane(), seals.firstNumber() + 1, seals.tags()), chunk);
        assertDoesNotOpen(name, new ChunkSeals(seals.lane() + 1, seals.firstNumber(), seals.tags()), chunk);
        opener.open(name, seals, chunk, chunk);
    }

    @Test
    void aChunkAnswersOneReadOfOneSessionOnly() throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate(1000);
        ChunkSeals.Name name = name(1, 1000);
        ChunkSeals seals = seal(sealer, name, chunk);
        assertDoesNotOpen(name(2, 1000), seals, chunk);
        assertDoesNotOpen(new ChunkSeals.Name(1, 6, 1000, 1000), seals, chunk);
        assertDoesNotOpen(new ChunkSeals.Name(1, 5, 1001, 1000), seals, chunk);
        assertDoesNotOpen(new ChunkSeals.Name(1, 5, 1000, 1001), seals, chunk);
        ChunkOpener ofAnother = new ChunkOpener(secrets(2));
        assertThatThrownBy(() -> ofAnother.open(name, seals, chunk, ByteBuffer.allocate(1000)))
                .isInstanceOf(SealException.class);
    }

    private void assertDoesNotOpen(ChunkSeals.Name name, ChunkSeals seals, ByteBuffer chunk) {
        assertThatThrownBy(() -> opener.open(name, seals, chunk, ByteBuffer.allocate(chunk.remaining())))
                .isInstanceOf(SealException.class);
    }

    @Test
    void manyThreadsNeverUseANumberTwice() throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<Future<ChunkSeals>> sealing = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            int readId = i;
            sealing.add(threads.submit(() -> {
                ByteBuffer chunk = ByteBuffer.allocate(SEGMENT_BYTES + 1);
                ChunkSeals.Name name = name(readId, chunk.remaining());
                ChunkSeals seals = seal(sealer, name, chunk);
                opener.open(name, seals, chunk, chunk);
                assertThat(chunk).isEqualTo(TestWindow.content(0, chunk.remaining()));
                return seals;
            }));
        }
        Set<List<Long>> used = new HashSet<>();
        for (Future<ChunkSeals> each : sealing) {
            ChunkSeals seals = each.get();
            assertThat(seals.lane()).isBetween(1, 4);
            assertThat(used.add(List.of((long) seals.lane(), seals.firstNumber())))
                    .isTrue();
            assertThat(used.add(List.of((long) seals.lane(), seals.firstNumber() + 1)))
                    .isTrue();
        }
        threads.shutdown();
    }
}
