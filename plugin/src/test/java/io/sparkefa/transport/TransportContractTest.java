package io.sparkefa.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkefa.transport.TestPeer.Read;
import io.sparkefa.transport.TestPeer.Reader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every transport does when nothing goes wrong, through its interface alone. */
public abstract class TransportContractTest {

    @TempDir
    private Path folder;

    private TwoPeers peers;

    /** A transport of the kind under test, not started. */
    protected abstract Transport newTransport();

    /** Whether gigabytes take seconds only. */
    protected boolean isFast() {
        return true;
    }

    @BeforeEach
    void start() throws IOException {
        peers = new TwoPeers(this::newTransport);
    }

    @AfterEach
    void stop() throws IOException {
        peers.close();
    }

    private ExposedWindow expose(Reader reader, Window window) {
        return peers.server.expose(reader.atServer(), window);
    }

    @Test
    void saysWhereItIsFoundAsLongAsItServes() {
        TransportAddress address = peers.server.transport.address().orElseThrow();
        assertThat(address.transport()).isEqualTo(peers.server.address.transport());
        assertThat(address.encoded()).isEqualTo(peers.server.address.encoded());

        peers.server.transport.close();
        assertThat(peers.server.transport.address()).isEmpty();
    }

    // ---- messages

    @Test
    void messagesOfAllLengthsArriveBothWays() {
        Reader reader = peers.connect();
        int longest = peers.client.transport.maxMessageBytes();
        int[] lengths = IntStream.of(0, 1, 15, 16, 17, 1000, 65_535, 65_536, longest - 1, longest)
                .filter(length -> length <= longest)
                .toArray();
        for (int lengthBytes : lengths) {
            String text = "x".repeat(lengthBytes);
            int before = reader.received.size();
            reader.connection().send(Reader.bytes(text));
            Await.until("the server has it", () -> peers.server.received.size() > before);
            assertThat(peers.server.received.get(before)).isEqualTo(text);
            reader.atServer().send(Reader.bytes(text));
            Await.until("the reader has it", () -> reader.received.size() > before);
            assertThat(reader.received.get(before)).isEqualTo(text);
        }
    }

    @Test
    void aMessageThatIsTooLongIsRefusedAtOnce() {
        Reader reader = peers.connect();
        ByteBuffer tooLong = ByteBuffer.allocate(peers.client.transport.maxMessageBytes() + 1);
        assertThatThrownBy(() -> reader.connection().send(tooLong)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> reader.atServer().send(tooLong)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aMessageIsTheCallersAgainWhenSendReturns() {
        Reader reader = peers.connect();
        ByteBuffer message = ByteBuffer.allocateDirect(4);
        List<String> expected = new ArrayList<>();
        for (int i = 1000; i < 2000; i++) {
            message.clear().put(Reader.bytes(Integer.toString(i))).flip();
            expected.add(Integer.toString(i));
            reader.connection().send(message);
            reader.atServer().send(message);
        }
        Await.until("all have arrived", () -> reader.received.size() + peers.server.received.size() == 2000);
        assertThat(reader.received).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(peers.server.received).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void messagesAndReadsMayBeSentBeforeTheConnectionIsOpen() {
        Reader first = peers.connect();
        ExposedWindow notOurs = expose(first, TestWindow.ofMemory(10));
        Reader reader = peers.client.open(peers.server, peers.server.issue());
        reader.connection().send(Reader.bytes("early"));
        Read early = reader.read(notOurs, 0, 10);
        Await.until("the message has arrived", () -> peers.server.received.contains("early"));
        early.assertFailed();
        assertThat(reader.opened).hasValue(1);
    }

    // ---- reads

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4095, 4096, 65_537, 1 << 20, (1 << 20) + 1, 64 << 20})
    void readsMemory(int lengthBytes) {
        Reader reader = peers.connect();
        ExposedWindow window = expose(reader, TestWindow.ofMemory(lengthBytes));
        reader.read(window, 0, lengthBytes).assertRead();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4095, 65_537, (1 << 20) + 1, 64 << 20})
    void readsAFile(int lengthBytes) throws IOException {
        Reader reader = peers.connect();
        FileChannel file = peers.file(folder, -100, lengthBytes + 200);
        ExposedWindow window = expose(reader, TestWindow.ofFile(file, 100, lengthBytes));
        reader.read(window, 0, lengthBytes).assertRead();
        ExposedWindow mapped = expose(reader, TestWindow.ofMappedFile(file, 100, lengthBytes));
        reader.read(mapped, 0, lengthBytes).assertRead();
    }

    @Test
    void readsRangesOfAWindowOfManyPieces() throws IOException {
        SplittableRandom random = seeded();
        FileChannel file = peers.file(folder, 0, 8 << 20);
        ByteBuffer mapped = file.map(FileChannel.MapMode.READ_ONLY, 0, 8 << 20);
        List<WindowPiece> pieces = new ArrayList<>();
        long lengthBytes = 0;
        while (lengthBytes < 7 << 20) {
            int pieceBytes = random.nextInt(10) == 0 ? 0 : random.nextInt(1, random.nextBoolean() ? 200 : 100_000);
            pieces.add(
                    switch (random.nextInt(3)) {
                        case 0 -> new WindowPiece.Memory(TestWindow.content(lengthBytes, pieceBytes));
                        case 1 -> new WindowPiece.File(file, lengthBytes, pieceBytes);
                        default ->
                            new WindowPiece.File(
                                    file, lengthBytes, pieceBytes, mapped.slice((int) lengthBytes, pieceBytes));
                    });
            lengthBytes += pieceBytes;
        }
        Reader reader = peers.connect();
        ExposedWindow window = expose(reader, new TestWindow(pieces));
        List<Read> reads = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            int readBytes = random.nextInt(1, random.nextBoolean() ? 100 : 1 << 20);
            reads.add(reader.read(window, random.nextLong(lengthBytes - readBytes), readBytes));
        }
        reads.add(reader.read(window, 0, (int) lengthBytes));
        reads.add(reader.read(window, lengthBytes - 1, 1));
        reads.forEach(Read::assertRead);
    }

    @Test
    void readsBeyondTwoGigabytesOfAFile() throws IOException {
        long lengthBytes = (3L << 30) + 17;
        FileChannel file = peers.file(folder);
        for (long offset : new long[] {0, (2L << 30) - 500, lengthBytes - 1000}) {
            file.write(TestWindow.content(offset, 1000), offset);
        }
        Reader reader = peers.connect();
        ExposedWindow window = expose(reader, TestWindow.ofFile(file, 0, lengthBytes));
        reader.read(window, lengthBytes - 1000, 1000).assertRead();
        reader.read(window, (2L << 30) - 500, 1000).assertRead();
        reader.read(window, 0, 1000).assertRead();
        reader.read(window, lengthBytes - 1, 2).assertFailed();
    }

    @Test
    void readsAWindowAboveTwoGigabytesWhole() throws IOException {
        assumeTrue(isFast(), "this transport takes minutes for two gigabytes");
        int pieceBytes = 64 << 20;
        FileChannel file = peers.file(folder, 0, pieceBytes);
        int pieceCount = 33;
        Reader reader = peers.connect();
        ExposedWindow window = expose(
                reader, new TestWindow(Collections.nCopies(pieceCount, new WindowPiece.File(file, 0, pieceBytes))));
        ByteBuffer expected = TestWindow.content(0, pieceBytes);
        ByteBuffer destination = ByteBuffer.allocateDirect(pieceBytes);
        for (int i = 0; i < pieceCount; i++) {
            long offset = (long) i * pieceBytes;
            assertThat(reader.read(window, offset, destination).await().failure).isNull();
            assertThat(destination.mismatch(expected)).isEqualTo(-1);
            destination.put(0, new byte[pieceBytes / 100]);
        }
    }

    @Test
    void aReadTouchesNothingButItsRange() {
        Reader reader = peers.connect();
        ExposedWindow window = expose(reader, TestWindow.ofMemory(1 << 20));
        ByteBuffer destination = ByteBuffer.allocateDirect(1 << 20);
        destination.position(1000).limit(700_000);
        reader.read(window, 5, destination).assertRead();
        assertThat(destination.position()).isEqualTo(1000);
        assertThat(destination.limit()).isEqualTo(700_000);
        ByteBuffer zeros = ByteBuffer.allocate(1 << 20);
        assertThat(destination.slice(0, 1000).mismatch(zeros.slice(0, 1000))).isEqualTo(-1);
        destination.clear();
        assertThat(destination.position(700_000).mismatch(zeros.slice(0, destination.remaining())))
                .isEqualTo(-1);
    }

    @Test
    void thousandsOfReadsInFlight() throws IOException {
        SplittableRandom random = seeded();
        Reader reader = peers.connect();
        int lengthBytes = 4 << 20;
        ExposedWindow inMemory = expose(reader, TestWindow.ofMemory(lengthBytes));
        ExposedWindow inFile = expose(reader, TestWindow.ofFile(peers.file(folder, 0, lengthBytes), 0, lengthBytes));
        List<Read> reads = IntStream.range(0, 5000)
                .mapToObj(i -> {
                    int readBytes = random.nextInt(1, 8000);
                    return reader.read(
                            random.nextBoolean() ? inMemory : inFile,
                            random.nextInt(lengthBytes - readBytes),
                            readBytes);
                })
                .toList();
        reads.forEach(Read::assertRead);
    }

    @Test
    void twoPeersReadAtOnce() throws IOException {
        TestPeer other = peers.another();
        Reader reader = peers.connect();
        Reader otherReader = other.connect(peers.server);
        Reader wayBack = peers.server.connect(other);
        int lengthBytes = 16 << 20;
        FileChannel file = peers.file(folder, 0, lengthBytes);
        ExposedWindow window = expose(reader, TestWindow.ofFile(file, 0, lengthBytes));
        ExposedWindow otherWindow = expose(otherReader, TestWindow.ofFile(file, 0, lengthBytes));
        ExposedWindow windowBack = other.expose(wayBack.atServer(), TestWindow.ofMemory(lengthBytes));
        List<Read> reads = new ArrayList<>(reader.readAll(window, lengthBytes, 1 << 20));
        reads.addAll(otherReader.readAll(otherWindow, lengthBytes, 1_000_000));
        reads.addAll(wayBack.readAll(windowBack, lengthBytes, 3_000_000));
        reads.forEach(Read::assertRead);
    }

    // ---- what a reader must not have

    @Test
    void aRangeOutsideOfTheWindowFailsAlone() {
        Reader reader = peers.connect();
        ExposedWindow window = expose(reader, TestWindow.ofMemory(100));
        reader.read(window, 100, 1).assertFailed();
        reader.read(window, 99, 2).assertFailed();
        reader.read(window, 0, 101).assertFailed();
        reader.read(window, Long.MAX_VALUE, 1).assertFailed();
        reader.read(window, Long.MAX_VALUE - 10, 100).assertFailed();
        reader.read(window, 0, 100).assertRead();
        assertThat(reader.closed).hasValue(0);
    }

    @Test
    void anotherSessionsWindowCannotBeRead() throws IOException {
        Reader owner = peers.connect();
        ExposedWindow window = expose(owner, TestWindow.ofMemory(100));
        Reader sameProcess = peers.connect();
        Reader otherProcess = peers.another().connect(peers.server);
        sameProcess.read(window, 0, 100).assertFailed();
        otherProcess.read(window, 0, 100).assertFailed();
        owner.read(window, 0, 100).assertRead();
    }

    @Test
    void aDescriptorOfAnythingElseFailsTheRead() {
        Reader reader = peers.connect();
        for (int lengthBytes : new int[] {0, 1, 8, WindowDescriptor.MAX_ENCODED_BYTES}) {
            Read read = new Read(0, 10);
            WindowDescriptor wrong = new WindowDescriptor(new byte[lengthBytes]);
            reader.connection().read(wrong, 0, read.destination, read);
            read.assertFailed();
        }
    }

    @Test
    void aReadThatMakesNoSenseIsRefusedAtOnce() {
        Reader reader = peers.connect();
        ExposedWindow window = expose(reader, TestWindow.ofMemory(100));
        assertThatThrownBy(() -> reader.read(window, 0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> reader.read(window, -1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> reader.read(window, 0, ByteBuffer.allocate(1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aFileThatIsTooShortFailsTheRead() throws IOException {
        Reader reader = peers.connect();
        FileChannel file = peers.file(folder, 0, 1000);
        ExposedWindow window = expose(reader, TestWindow.ofFile(file, 0, 2000));
        reader.read(window, 0, 2000).assertFailed();
        reader.read(window, 1500, 10).assertFailed();
        reader.read(window, 0, 1000).assertRead();
    }

    private static SplittableRandom seeded() {
        long seed = ThreadLocalRandom.current().nextLong();
        System.out.println("seed " + seed);
        return new SplittableRandom(seed);
    }
}
