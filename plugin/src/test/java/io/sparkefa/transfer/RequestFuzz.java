package io.sparkefa.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.buffer.BufferPool;
import io.sparkefa.buffer.SlabSource;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.ExposedWindow;
import io.sparkefa.transport.ServerConnection;
import io.sparkefa.transport.Window;
import io.sparkefa.transport.WindowDescriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * What a reader with a session may say to the server: each message is answered or ends the session, what is exposed stays
 * within its bound, and nothing stays open at the end. An input is messages, each with its length (2 bytes) before it.
 */
public final class RequestFuzz {

    private static final int MAX_WINDOWS = 8;

    private static final TransferSettings SETTINGS = new TransferSettings(
            1 << 10, 4096, TimeUnit.SECONDS.toNanos(30), TimeUnit.SECONDS.toNanos(30), 8 << 10, false, MAX_WINDOWS);

    private static final FakeMapOutputs OUTPUTS = newOutputs();
    private static final BufferPool STAGING = new BufferPool("staging", BufferPool.SLAB_BYTES, SlabSource.DIRECT);

    private RequestFuzz() {}

    private static FakeMapOutputs newOutputs() {
        try {
            Path folder = Files.createTempDirectory("fuzz");
            FakeMapOutputs outputs = new FakeMapOutputs(folder);
            outputs.write(0, 0, 100, 5_000, 0, 40_000, 1);
            outputs.write(1, 10, 20_000, 300);
            for (int mapId = 0; mapId < 2; mapId++) {
                folder.resolve("map-" + mapId).toFile().deleteOnExit();
            }
            return outputs;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static void fuzzerTestOneInput(byte[] input) {
        SessionRegistry sessions = new SessionRegistry(
                ExecutorIdentity.newborn("server"), 1, TimeUnit.MINUTES.toNanos(1), System::nanoTime);
        TransferServer server = new TransferServer(OUTPUTS, STAGING, sessions, SETTINGS, new ShuffleCounters());
        Reader reader = new Reader(sessions.issue().orElseThrow().sessionId());
        ByteBuffer in = ByteBuffer.wrap(input);
        while (in.remaining() >= Short.BYTES && !reader.closed) {
            int lengthBytes = Math.min(Short.toUnsignedInt(in.getShort()), in.remaining());
            ByteBuffer message = in.slice(in.position(), lengthBytes);
            in.position(in.position() + lengthBytes);
            boolean isFetch = lengthBytes > 0 && message.get(0) == 1;
            int answersBefore = reader.answers;
            server.isQuick(message);
            server.onMessage(reader, message);
            int expected = isFetch && !reader.closed ? 1 : 0;
            assertThat(reader.answers - answersBefore).isEqualTo(expected);
            assertThat(server.openWindowCount()).isEqualTo(reader.open.size()).isLessThanOrEqualTo(MAX_WINDOWS);
        }
        server.onClosed(reader);
        assertThat(reader.open).isEmpty();
        assertThat(server.openWindowCount()).isZero();
        assertThat(OUTPUTS.openCount()).isZero();
        assertThat(STAGING.leasedBytes()).isZero();
    }

    /** A session as the server sees it, which reads all of each window as soon as it is exposed. */
    private static final class Reader implements ServerConnection {

        private final UUID sessionId;
        private final List<Window> open = new ArrayList<>();
        private int answers;
        private boolean closed;

        Reader(UUID sessionId) {
            this.sessionId = sessionId;
        }

        @Override
        public UUID sessionId() {
            return sessionId;
        }

        @Override
        public void send(ByteBuffer message) {
            answers++;
        }

        @Override
        public ExposedWindow expose(Window window) {
            long lengthBytes = window.pieces().stream()
                    .mapToLong(piece -> piece.lengthBytes())
                    .sum();
            assertThat(window.lengthBytes()).isEqualTo(lengthBytes);
            open.add(window);
            return new ExposedWindow() {
                @Override
                public WindowDescriptor descriptor() {
                    return new WindowDescriptor(new byte[Long.BYTES]);
                }

                @Override
                public void close() {
                    assertThat(open.remove(window)).isTrue();
                    window.close();
                }
            };
        }

        @Override
        public void close(String reason) {
            closed = true;
        }
    }
}
