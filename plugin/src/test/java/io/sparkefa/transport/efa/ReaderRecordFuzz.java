package io.sparkefa.transport.efa;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.fuzz.LoggedErrors;
import io.sparkefa.transport.Await;
import io.sparkefa.transport.ServerConnection;
import io.sparkefa.transport.ServerHandler;
import io.sparkefa.transport.TestPeer.Read;
import io.sparkefa.transport.TestPeer.Reader;
import io.sparkefa.transport.TransportException;
import io.sparkefa.transport.WindowDescriptor;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * What a server may say to a reader over EFA: its reads end, each once, and so does the session. An input is as for
 * {@link ServerRecordFuzz}. The reader waits for the reads 0 and 1, of 100 and of 3000 bytes; where nothing is encrypted it also
 * pulls 200 bytes unasked.
 */
public final class ReaderRecordFuzz {

    private static final ServerHandler NO_SERVER = new ServerHandler() {
        @Override
        public void onMessage(ServerConnection from, ByteBuffer message) {
            throw new AssertionError("nobody reads here");
        }

        @Override
        public void onClosed(ServerConnection connection) {
            throw new AssertionError("nobody reads here");
        }
    };

    private static final FuzzRail PLAIN = new FuzzRail(NO_SERVER, false);
    private static final FuzzRail ENCRYPTED = new FuzzRail(NO_SERVER, true);

    /** Memory that needs no copy, for one of the reads. */
    private static final ByteBuffer PLAIN_MEMORY =
            PLAIN.receive.allocate(1 << 20).slice(0, 3000);

    private static final ByteBuffer ENCRYPTED_MEMORY =
            ENCRYPTED.receive.allocate(1 << 20).slice(0, 3000);

    private ReaderRecordFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws Exception {
        if (input.length > 0) {
            boolean encrypted = (input[0] & 2) != 0;
            LoggedErrors.failOn(() -> read(
                    encrypted ? ENCRYPTED : PLAIN,
                    encrypted,
                    encrypted ? ENCRYPTED_MEMORY : PLAIN_MEMORY,
                    (input[0] & 1) == 0,
                    ByteBuffer.wrap(input).position(1)));
        }
    }

    private static void read(
            FuzzRail rail, boolean encrypted, ByteBuffer registered, boolean forged, ByteBuffer messages)
            throws RecordException {
        Reader reader = new Reader();
        ReaderSession session = new ReaderSession(
                rail.sessions,
                SessionDoor.newId(),
                "there",
                rail.peerAddress(),
                rail.nextCredentials(),
                reader,
                rail.pulls);
        rail.onRail(session::open);
        WindowDescriptor asked = new WindowName(0, List.of()).encode();
        WindowDescriptor inPlace = new WindowName(1, List.of(new StagedChunk.Extent(0, 0, 300))).encode();
        List<Read> reads = List.of(new Read(0, 100), new Read(0, registered.duplicate()), new Read(0, 200));
        for (int i = 0; i < reads.size(); i++) {
            Read read = reads.get(i);
            session.read(i == 2 && !encrypted ? inPlace : asked, read.offset, read.destination, read);
        }
        HandWrittenEnd server = rail.peerEnd(encrypted);
        rail.receive(server.acceptance());
        assertThat(reader.opened).hasValue(1);
        rail.deliver(server, forged, messages);
        if (forged) {
            assertThat(reader.closed).hasValue(0);
        }
        rail.onRail(() -> session.onPeerLost(new TransportException("the end")));
        Await.until("the session is over", () -> reader.closed.get() == 1);
        assertThat(reader.violations).isEmpty();
        assertThat(reads).allMatch(read -> read.ends.get() == 1);
        rail.checkNothingLeft();
    }
}
