package io.sparkefa.transport.efa;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.buffer.BufferPool;
import io.sparkefa.fabric.Access;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transport.Await;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.ServerHandler;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.TransportException;
import io.sparkefa.transport.efa.Acceptance.RemoteRegion;
import io.sparkefa.transport.efa.fake.FakeFabric;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A rail with the parts of the transport around it, over a libfabric in memory, and a peer that listens and says nothing. */
final class FuzzRail {

    /** Input that stands here for what is another number each time. */
    static final long PLACEHOLDER = 0x5749_4e44_4f57_4944L; // "WINDOWID"

    /** What fits into a message of {@link HandWrittenEnd}. */
    private static final int MAX_RECORDS_BYTES = 2000;

    private static final int MEMORY_BYTES = 4 << 20;
    private static final long PATIENCE_SECONDS = 20;

    private final FakeFabric network = new FakeFabric(1);
    private final TestRail peer;
    private final BufferPool chunkPool;
    final RegisteredMemory receive;
    /** Readable by peers, also where blocks are encrypted, which no executor has. */
    final RegisteredMemory staging;

    final RailSessions sessions;
    final RailPulls pulls;
    private SessionCredentials credentials = newCredentials();

    FuzzRail(ServerHandler handler, boolean encrypted) {
        EfaSettings plain = TestRail.settings("efa");
        EfaSettings settings = encrypted ? plain.withEncryption(1) : plain;
        RegisteredMemory chunkMemory;
        try {
            peer = new TestRail(network.host("there", 1), settings);
            EfaDevices devices = EfaDevices.open(network.host("here", 1), settings);
            receive = devices.allocate("receive", MEMORY_BYTES, Set.of(Access.READ));
            staging = devices.allocate("staging", MEMORY_BYTES, Set.of(Access.REMOTE_READ));
            chunkMemory = devices.allocate("chunks", MEMORY_BYTES, Set.of(Access.READ, Access.REMOTE_READ));
            chunkPool = new BufferPool("chunks", MEMORY_BYTES, chunkMemory);
            ChunkStager stager = new ChunkStager(chunkPool, chunkMemory, Optional.of(staging), Runnable::run);
            List<RemoteRegion> regions = List.of(region(chunkMemory), region(staging));
            SessionDoor door = new SessionDoor(
                    "efa",
                    encrypted,
                    id -> Optional.of(credentials)
                            .filter(known -> known.sessionId().equals(id)),
                    handler,
                    stager,
                    regions,
                    Runnable::run);
            sessions = new RailSessions(0, devices.device(0), settings, door, new ShuffleCounters(), System::nanoTime);
            sessions.rail().start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        EfaAddress own = new EfaAddress("efa", List.of(address()));
        pulls = new RailPulls(
                List.of(sessions),
                receive,
                chunkPool,
                chunkMemory,
                Runnable::run,
                new ShuffleCounters(),
                ExecutorIdentity.newborn("here"),
                () -> own);
    }

    private static RemoteRegion region(RegisteredMemory memory) {
        return new RemoteRegion(new long[] {memory.remoteAddress(0, 0)}, new long[] {memory.key(0)});
    }

    private static SessionCredentials newCredentials() {
        return new SessionCredentials(
                UUID.randomUUID(), new byte[SessionCredentials.KEY_BYTES], ExecutorIdentity.newborn("s"));
    }

    byte[] address() {
        return sessions.rail().address().orElseThrow();
    }

    EfaAddress peerAddress() {
        return new EfaAddress("efa", List.of(peer.address()));
    }

    /** What the next session is opened with. */
    SessionCredentials nextCredentials() {
        credentials = newCredentials();
        return credentials;
    }

    /** The peer's end of that session. */
    HandWrittenEnd peerEnd(boolean encrypted) {
        return new HandWrittenEnd(peer, credentials, encrypted);
    }

    interface Step {
        void run() throws TransportException;
    }

    /** Runs something on the rail's thread, and fails as it does, or when the thread does not come to it. */
    void onRail(Step step) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        sessions.rail().execute(() -> {
            try {
                step.run();
                done.complete(true);
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        });
        done.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }

    /**
     * Has the session receive messages from its peer, each of which has its length (2 bytes) before it; or from somebody else, who
     * knows the session's id and has no keys.
     */
    void deliver(HandWrittenEnd from, boolean forged, ByteBuffer messages) {
        while (messages.remaining() >= Short.BYTES) {
            int lengthBytes = Math.min(Short.toUnsignedInt(messages.getShort()), messages.remaining());
            ByteBuffer records = messages.slice(messages.position(), Math.min(lengthBytes, MAX_RECORDS_BYTES));
            messages.position(messages.position() + lengthBytes);
            if (forged) {
                receive(ByteBuffer.allocate(Long.BYTES + records.remaining())
                        .putLong(from.othersId())
                        .put(records)
                        .array());
            } else {
                receive(from.sealed(to -> to.put(records)));
            }
        }
    }

    /** Has the rail receive a message. */
    void receive(byte[] message) {
        ByteBuffer received =
                ByteBuffer.allocateDirect(message.length).put(message).flip();
        onRail(() -> {
            sessions.onMessage(received);
            sessions.onTurnEnd();
        });
    }

    /** A copy of the input with another number for the placeholder. */
    static ByteBuffer with(byte[] input, long number) {
        ByteBuffer copy = ByteBuffer.wrap(input.clone());
        for (int i = 0; i + Long.BYTES <= input.length; i++) {
            if (copy.getLong(i) == PLACEHOLDER) {
                copy.putLong(i, number);
            }
        }
        return copy;
    }

    /** No session is left, nor anything of one. */
    void checkNothingLeft() {
        // What the end has begun.
        onRail(() -> {});
        assertThat(sessions.count()).isZero();
        assertThat(sessions.isBeingRead()).isFalse();
        assertThat(chunkPool.leasedBytes()).isZero();
        awaitLastMessage();
        network.verify();
    }

    /** Messages to one peer come in order, so that behind the last one there is nothing of this session left to come. */
    private void awaitLastMessage() {
        byte[] last = new byte[Wire.HEADER_BYTES - 1];
        onRail(() -> {
            long handle = sessions.rail().insertPeer(peer.address());
            sessions.rail().send(handle, ByteBuffer.wrap(last), new Ending(sessions.rail()));
            sessions.rail().releasePeer(handle);
        });
        Await.until("the last message to arrive", () -> {
            byte[] next = peer.messages.poll();
            return next != null && next.length == last.length;
        });
    }
}
