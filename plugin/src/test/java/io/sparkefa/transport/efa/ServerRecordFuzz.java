package io.sparkefa.transport.efa;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.fuzz.LoggedErrors;
import io.sparkefa.transport.ServerConnection;
import io.sparkefa.transport.ServerHandler;
import io.sparkefa.transport.TestWindow;
import io.sparkefa.transport.TransportException;
import io.sparkefa.transport.WindowDescriptor;
import io.sparkefa.transport.WindowPiece;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a reader with a session may say to the server over EFA: nothing that it says harms more than its session, of which nothing
 * is left when it ends. An input is a byte, of which the lowest bit says whether messages are sealed with the session's keys (others
 * change nothing at all) and the next whether the session is encrypted, and then messages, each with its length (2 bytes) before
 * it; the session has a window whose id is {@link FuzzRail#PLACEHOLDER}, and one that needs no asking unless it is encrypted.
 */
public final class ServerRecordFuzz {

    private static final AtomicInteger CLOSED = new AtomicInteger();

    private static final ServerHandler HANDLER = new ServerHandler() {
        @Override
        public void onMessage(ServerConnection from, ByteBuffer message) {
            from.send(message);
        }

        @Override
        public boolean isQuick(ByteBuffer message) {
            return message.remaining() % 2 == 0;
        }

        @Override
        public void onClosed(ServerConnection connection) {
            CLOSED.incrementAndGet();
        }
    };

    private static final FuzzRail PLAIN = new FuzzRail(HANDLER, false);
    private static final FuzzRail ENCRYPTED = new FuzzRail(HANDLER, true);

    private static final ByteBuffer PLAIN_STAGING = PLAIN.staging.allocate(1 << 20);
    private static final ByteBuffer ENCRYPTED_STAGING = ENCRYPTED.staging.allocate(1 << 20);

    private ServerRecordFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws Exception {
        if (input.length > 0) {
            boolean encrypted = (input[0] & 2) != 0;
            LoggedErrors.failOn(() -> serve(encrypted ? ENCRYPTED : PLAIN, encrypted, (input[0] & 1) == 0, input));
        }
    }

    private static void serve(FuzzRail rail, boolean encrypted, boolean forged, byte[] input) throws RecordException {
        CLOSED.set(0);
        rail.nextCredentials();
        HandWrittenEnd reader = rail.peerEnd(encrypted);
        reader.open(rail.address());
        ServingSession session = (ServingSession) rail.sessions.all().get(0);
        ByteBuffer descriptor = ByteBuffer.wrap(
                session.expose(TestWindow.ofMemory(100, 0, 3000)).descriptor().encoded());
        ByteBuffer registered = encrypted ? ENCRYPTED_STAGING : PLAIN_STAGING;
        WindowDescriptor inPlace = session.expose(new TestWindow(List.of(new WindowPiece.Memory(registered))))
                .descriptor();
        assertThat(inPlace.encoded().length > Long.BYTES).isEqualTo(!encrypted);
        assertThat(rail.sessions.isBeingRead()).isEqualTo(!encrypted);
        ByteBuffer messages = FuzzRail.with(input, descriptor.getLong()).position(1);
        rail.deliver(reader, forged, messages);
        if (forged) {
            assertThat(rail.sessions.count()).isEqualTo(1);
        }
        rail.onRail(() -> session.onPeerLost(new TransportException("the end")));
        rail.checkNothingLeft();
        assertThat(CLOSED).hasValue(1);
        assertThat(TestWindow.openCount()).isZero();
    }
}
