package io.sparkefa.transport.efa;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.transport.ExposedWindow;
import io.sparkefa.transport.TestPeer.Read;
import io.sparkefa.transport.TestPeer.Reader;
import io.sparkefa.transport.TestWindow;
import io.sparkefa.transport.TransportException;
import io.sparkefa.transport.TwoPeers;
import io.sparkefa.transport.WindowDescriptor;
import io.sparkefa.transport.WindowPiece;
import io.sparkefa.transport.efa.StagedChunk.Extent;
import io.sparkefa.transport.efa.fake.FakeFabric;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Windows that lie in memory that peers may read: the reader knows where, and does not ask. Over a libfabric in memory. */
@Timeout(60)
class InPlaceWindowTest {

    private static final int STAGING_BYTES = 8 << 20;

    private final long seed = ThreadLocalRandom.current().nextLong();
    private final SplittableRandom random = new SplittableRandom(seed);
    private final FakeFabric fabric = new FakeFabric(seed);
    private final List<EfaTestTransport> transports = new ArrayList<>();
    private TwoPeers peers;
    private Reader reader;

    private void connect(EfaSettings settings) throws IOException {
        System.out.println("seed " + seed);
        peers = new TwoPeers(() -> {
            EfaTestTransport transport =
                    new EfaTestTransport(fabric.host("host " + transports.size(), 2), settings, 1 << 20, STAGING_BYTES);
            transports.add(transport);
            return transport;
        });
        reader = peers.connect();
    }

    private void connect() throws IOException {
        connect(EfaSettings.defaults());
    }

    @AfterEach
    void closeAll() throws IOException {
        peers.close();
        transports.forEach(EfaTestTransport::closeDevices);
        fabric.verifyAllClosed();
    }

    private TestWindow inStaging(int... pieceBytes) {
        return new TestWindow(piecesInStaging(pieceBytes));
    }

    /** Pieces of a window of the server, in memory that its NICs have registered, of so many bytes; they do not touch. */
    private List<WindowPiece> piecesInStaging(int... pieceBytes) {
        ByteBuffer staging = transports.get(0).staging.allocate(STAGING_BYTES);
        List<WindowPiece> pieces = new ArrayList<>();
        int at = 0;
        long offset = 0;
        for (int lengthBytes : pieceBytes) {
            at++;
            ByteBuffer piece = staging.slice(at, lengthBytes);
            piece.put(0, TestWindow.content(offset, lengthBytes), 0, lengthBytes);
            pieces.add(new WindowPiece.Memory(piece));
            at += lengthBytes;
            offset += lengthBytes;
        }
        transports.get(0).staging.free(staging);
        return pieces;
    }

    private ExposedWindow expose(TestWindow window) {
        return peers.server.expose(reader.atServer(), window);
    }

    private static int[] lengths(int count, int each) {
        int[] lengths = new int[count];
        Arrays.fill(lengths, each);
        return lengths;
    }

    @Test
    void isReadWithoutAsking() throws IOException {
        connect();
        int[] pieceBytes = random.ints(WindowName.MAX_EXTENTS, 1, 200_000).toArray();
        TestWindow window = inStaging(pieceBytes);
        ExposedWindow exposed = expose(window);
        assertThat(exposed.descriptor().encoded()).hasSizeGreaterThan(Long.BYTES);
        long sendsBefore = fabric.sends();
        long readsBefore = fabric.reads();
        List<Read> reads = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            int lengthBytes = random.nextInt(1, (int) window.lengthBytes());
            reads.add(reader.read(exposed, random.nextLong(window.lengthBytes() - lengthBytes + 1), lengthBytes));
        }
        reads.add(reader.read(exposed, 0, (int) window.lengthBytes()));
        reads.add(reader.read(exposed, 123, transports.get(1).receive.allocate(1 << 20)));
        reads.forEach(Read::assertRead);
        assertThat(fabric.reads() - readsBefore).isGreaterThan(60);
        // Somebody may have asked whether the other is there.
        assertThat(fabric.sends() - sendsBefore).isLessThan(30);
        exposed.close();
        assertThat(window.closeCount()).isEqualTo(1);
    }

    @Test
    void isAskedForWhenItLiesInTooManyPlaces() throws IOException {
        connect();
        ExposedWindow exposed = expose(inStaging(lengths(WindowName.MAX_EXTENTS + 1, 5000)));
        assertThat(exposed.descriptor().encoded()).hasSize(Long.BYTES);
        reader.read(exposed, 0, 5000 * (WindowName.MAX_EXTENTS + 1)).assertRead();
        reader.read(exposed, 12_000, 3000).assertRead();
    }

    @Test
    void isAskedForWhenOnePieceLiesElsewhere() throws IOException {
        connect();
        List<WindowPiece> pieces = new ArrayList<>(piecesInStaging(5000));
        pieces.add(new WindowPiece.Memory(TestWindow.content(5000, 5000)));
        ExposedWindow exposed = expose(new TestWindow(pieces));
        assertThat(exposed.descriptor().encoded()).hasSize(Long.BYTES);
        reader.read(exposed, 0, 10_000).assertRead();
        reader.read(exposed, 100, 3000).assertRead();
    }

    @Test
    void isNeverInPlaceWhereBlocksAreEncrypted() throws IOException {
        connect(EfaSettings.defaults().withEncryption(2));
        ExposedWindow exposed = expose(inStaging(5000));
        assertThat(exposed.descriptor().encoded()).hasSize(Long.BYTES);
        reader.read(exposed, 0, 5000).assertRead();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 5000, 1L << 40, Long.MAX_VALUE})
    void whatIsBeyondItsEndIsNotRead(long offset) throws IOException {
        connect();
        ExposedWindow exposed = expose(inStaging(3000, 2000));
        assertThat(reader.read(exposed, offset, 5000).assertFailed()).hasMessageContaining("the window has 5000 bytes");
        reader.read(exposed, 0, 5000).assertRead();
        assertThat(reader.closed).hasValue(0);
    }

    @Test
    void whoComesLateFindsWhatIsThereThen() throws IOException {
        connect();
        TestWindow window = inStaging(5000);
        ExposedWindow exposed = expose(window);
        exposed.close();
        assertThat(window.closeCount()).isEqualTo(1);
        inStaging(1, 4999).close();
        Read late = reader.read(exposed, 0, 5000).await();
        assertThat(late.failure).isNull();
        assertThat(late.destination.mismatch(TestWindow.content(0, 5000))).isNotEqualTo(-1);
    }

    @Test
    void isNotReadInPlaceByWhoEncrypts() throws IOException {
        connect(EfaSettings.defaults().withEncryption(2));
        WindowName inPlace = new WindowName(1, List.of(new Extent(ChunkStager.CHUNK_REGION, 0, 100)));
        assertThat(read(inPlace.encode(), 100).assertFailed()).hasMessageContaining("a chunk is not sealed");
        reader.awaitClosed();
    }

    @Test
    void allRailsRead() throws IOException {
        connect();
        ExposedWindow exposed = expose(inStaging(lengths(7, 1 << 20)));
        reader.read(exposed, 0, 7 << 20).assertRead();
        for (byte[] rail : EfaAddress.decode(
                        transports.get(1).address().orElseThrow().encoded())
                .rails()) {
            assertThat(fabric.endpoint(rail).reads()).isGreaterThanOrEqualTo(2);
        }
    }

    private Read read(WindowDescriptor window, int lengthBytes) {
        Read read = new Read(0, lengthBytes);
        reader.connection().read(window, 0, read.destination, read);
        return read;
    }

    @Test
    void aDescriptorThatIsNoneFailsItsReadOnly() throws IOException {
        connect();
        assertThat(read(new WindowDescriptor(new byte[9]), 100).assertFailed())
                .hasMessageContaining("broke the protocol");
        reader.read(expose(inStaging(100)), 0, 100).assertRead();
        assertThat(reader.closed).hasValue(0);
    }

    @Test
    void whereThePeerHasNothingFailsItsReadOnly() throws IOException {
        connect();
        WindowName beyond = new WindowName(1, List.of(new Extent(ChunkStager.STAGING_REGION, STAGING_BYTES - 10, 100)));
        read(beyond.encode(), 100).assertFailed();
        reader.read(expose(inStaging(100)), 0, 100).assertRead();
        assertThat(reader.closed).hasValue(0);
    }

    @Test
    void aRegionThatThePeerHasNotEndsTheSession() throws IOException {
        connect();
        WindowName elsewhere = new WindowName(1, List.of(new Extent(2, 0, 100)));
        Read wrong = read(elsewhere.encode(), 100);
        Read next = reader.read(expose(inStaging(100)), 0, 100);
        assertThat(wrong.assertFailed()).hasMessageContaining("broke the protocol");
        next.await();
        reader.awaitClosed();
        assertThat(reader.causes)
                .singleElement()
                .extracting(TransportException::getMessage)
                .asString()
                .contains("broke the protocol: a chunk lies at");
    }

    @Test
    void whatIsBeingReadWhenTheSessionEndsHasItsEnd() throws IOException {
        connect();
        ExposedWindow exposed = expose(inStaging(lengths(20, 100_000)));
        List<Read> reads = reader.readAll(exposed, 2_000_000, 10_000);
        reader.connection().close();
        reads.forEach(Read::await);
        reader.awaitClosed();
        for (Read read : reads) {
            assertThat(read.ends).hasValue(1);
            if (read.failure == null) {
                read.assertRead();
            }
        }
    }
}
