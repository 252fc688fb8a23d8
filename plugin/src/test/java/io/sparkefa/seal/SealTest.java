package io.sparkefa.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What one side seals, the other opens, once and only as it was sealed. */
class SealTest {

    private static final byte[] SECRET = new byte[32];
    private static final byte[] SALT = bytes("drawn by both");
    private static final byte[] INFO = bytes("session 1 of 1 and 2");
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    static {
        Arrays.fill(SECRET, (byte) 0x5a);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static SessionKeys keys() {
        return SessionKeys.derive(SECRET, SALT, INFO);
    }

    private static ByteBuffer random(int lengthBytes, boolean direct) {
        byte[] content = new byte[lengthBytes];
        ThreadLocalRandom.current().nextBytes(content);
        ByteBuffer buffer = direct ? ByteBuffer.allocateDirect(lengthBytes) : ByteBuffer.allocate(lengthBytes);
        return buffer.put(content).flip();
    }

    private static ByteBuffer sealed(Sealer sealer, ByteBuffer associated, ByteBuffer content) {
        ByteBuffer out = ByteBuffer.allocate(content.remaining() + Sealer.TAG_BYTES);
        sealer.seal(associated.duplicate(), content.duplicate(), out);
        assertThat(out.hasRemaining()).isFalse();
        return out.flip();
    }

    private static ByteBuffer opened(Opener opener, long number, ByteBuffer associated, ByteBuffer sealed)
            throws SealException {
        ByteBuffer out = ByteBuffer.allocate(sealed.remaining());
        opener.open(number, associated.duplicate(), sealed.duplicate(), out);
        return out.flip();
    }

    private static void assertDoesNotOpen(Opener opener, long number, ByteBuffer associated, ByteBuffer sealed) {
        assertThatThrownBy(() -> opened(opener, number, associated, sealed)).isInstanceOf(SealException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 16, 17, 1000, 64 << 10, (64 << 10) + 1, 1 << 20})
    void everyKindOfMemoryAndInPlace(int lengthBytes) throws SealException {
        Sealer sealer = keys().sealer(SealPurpose.SERVER_PAYLOAD);
        Opener opener = keys().opener(SealPurpose.SERVER_PAYLOAD);
        ByteBuffer associated = ByteBuffer.wrap(bytes("header"));
        for (boolean fromDirect : new boolean[] {false, true}) {
            for (boolean toDirect : new boolean[] {false, true}) {
                ByteBuffer content = random(lengthBytes, fromDirect);
                ByteBuffer sealed = toDirect
                        ? ByteBuffer.allocateDirect(lengthBytes + Sealer.TAG_BYTES)
                        : ByteBuffer.allocate(lengthBytes + Sealer.TAG_BYTES);
                long number = sealer.seal(associated.duplicate(), content.duplicate(), sealed);
                sealed.flip();
                ByteBuffer out = fromDirect ? ByteBuffer.allocateDirect(lengthBytes) : ByteBuffer.allocate(lengthBytes);
                opener.open(number, associated.duplicate(), sealed.duplicate(), out);
                assertThat(out.flip()).isEqualTo(content);
                ByteBuffer inPlace = sealed.duplicate();
                opener.open(number, associated.duplicate(), sealed, inPlace);
                assertThat(inPlace.flip()).isEqualTo(content);
                ByteBuffer memory = toDirect
                        ? ByteBuffer.allocateDirect(lengthBytes + Sealer.TAG_BYTES)
                        : ByteBuffer.allocate(lengthBytes + Sealer.TAG_BYTES);
                memory.put(content.duplicate()).flip();
                long next = sealer.seal(
                        associated.duplicate(), memory, memory.duplicate().limit(memory.capacity()));
                assertThat(opened(opener, next, associated, memory.clear())).isEqualTo(content);
            }
        }
    }

    @Test
    void aTagAloneVouchesForWhatIsAssociated() throws SealException {
        ByteBuffer message = random(1000, false);
        ByteBuffer tag = sealed(keys().sealer(SealPurpose.READER_MESSAGES), message, NOTHING);
        assertThat(tag.remaining()).isEqualTo(Sealer.TAG_BYTES);
        Opener opener = keys().opener(SealPurpose.READER_MESSAGES);
        assertThat(opened(opener, 0, message, tag).hasRemaining()).isFalse();
        for (int i = 0; i < 1000; i++) {
            message.put(i, (byte) (message.get(i) ^ 1));
            assertDoesNotOpen(opener, 0, message, tag);
            message.put(i, (byte) (message.get(i) ^ 1));
        }
    }

    @Test
    void whatWasChangedRepeatedOrMovedDoesNotOpen() throws SealException {
        long seed = ThreadLocalRandom.current().nextLong();
        System.out.println("seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        Sealer sealer = keys().sealer(SealPurpose.READER_MESSAGES);
        Opener opener = keys().opener(SealPurpose.READER_MESSAGES);
        ByteBuffer associated = random(16, false);
        ByteBuffer content = random(100, false);
        ByteBuffer first = sealed(sealer, associated, content);
        ByteBuffer second = sealed(sealer, associated, content);
        assertThat(first).isNotEqualTo(second);
        assertThat(opened(opener, 0, associated, first)).isEqualTo(content);
        assertDoesNotOpen(opener, 1, associated, first);
        assertDoesNotOpen(opener, 0, associated, second);
        assertDoesNotOpen(opener, -1, associated, second);
        for (int i = 0; i < 500; i++) {
            int bit = random.nextInt(first.capacity() * 8);
            first.put(bit / 8, (byte) (first.get(bit / 8) ^ (1 << bit % 8)));
            assertDoesNotOpen(opener, 0, associated, first);
            first.put(bit / 8, (byte) (first.get(bit / 8) ^ (1 << bit % 8)));
            assertDoesNotOpen(opener, 0, associated, first.slice(0, random.nextInt(first.capacity())));
        }
        assertThat(opened(opener, 0, associated, first)).isEqualTo(content);
    }

    @Test
    void otherKeysOpenNothing() {
        ByteBuffer content = random(100, false);
        ByteBuffer sealed = sealed(keys().sealer(SealPurpose.READER_MESSAGES), NOTHING, content);
        byte[] otherSecret = SECRET.clone();
        otherSecret[31] ^= 1;
        for (SessionKeys other : new SessionKeys[] {
            SessionKeys.derive(otherSecret, SALT, INFO),
            SessionKeys.derive(SECRET, bytes("drawn by botH"), INFO),
            SessionKeys.derive(SECRET, SALT, bytes("session 1 of 1 and 3")),
        }) {
            assertDoesNotOpen(other.opener(SealPurpose.READER_MESSAGES), 0, NOTHING, sealed);
        }
        for (SealPurpose other : new SealPurpose[] {SealPurpose.SERVER_MESSAGES, SealPurpose.SERVER_PAYLOAD}) {
            assertDoesNotOpen(keys().opener(other), 0, NOTHING, sealed);
        }
    }

    @Test
    void noNumberIsUsedTwice() {
        SessionKeys keys = keys();
        Sealer sealer = keys.sealer(SealPurpose.SERVER_MESSAGES);
        assertThatThrownBy(() -> keys.sealer(SealPurpose.SERVER_MESSAGES)).isInstanceOf(IllegalStateException.class);
        for (int i = 0; i < 100; i++) {
            assertThat(sealer.nextNumber()).isEqualTo(i);
            assertThat(sealer.seal(NOTHING, NOTHING, ByteBuffer.allocate(Sealer.TAG_BYTES)))
                    .isEqualTo(i);
        }
        assertThatThrownBy(() -> sealer.seal(NOTHING, NOTHING, ByteBuffer.allocate(Sealer.TAG_BYTES - 1)))
                .isInstanceOf(IllegalStateException.class);
        assertThat(sealer.nextNumber()).isEqualTo(101);
    }

    @Test
    void theLastNumberIsTheLast() {
        Sealer sealer = new Sealer(new GcmCipher(new byte[32], 1), Sealer.MAX_COUNT - 1);
        sealer.seal(NOTHING, NOTHING, ByteBuffer.allocate(Sealer.TAG_BYTES));
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> sealer.seal(NOTHING, NOTHING, ByteBuffer.allocate(Sealer.TAG_BYTES)))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void closedKeysMakeNoMore() {
        SessionKeys keys = keys();
        keys.close();
        assertThatThrownBy(() -> keys.sealer(SealPurpose.SERVER_MESSAGES)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> keys.opener(SealPurpose.SERVER_MESSAGES)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void nothingShowsAKey() {
        SessionKeys keys = keys();
        String secret = HexFormat.of().formatHex(SECRET).substring(0, 8);
        for (Object shown :
                new Object[] {keys, keys.sealer(SealPurpose.SERVER_MESSAGES), keys.opener(SealPurpose.SERVER_MESSAGES)
                }) {
            assertThat(shown.toString())
                    .doesNotContain(secret)
                    .doesNotContain("5a")
                    .doesNotContain("90, 90");
        }
    }

    @Test
    void aProofHoldsForItsKeyAndWordsOnly() {
        ByteBuffer said = ByteBuffer.wrap(bytes("I am executor 1"));
        byte[] proof = SessionProof.of(SECRET, said);
        assertThat(proof).hasSize(SessionProof.BYTES);
        assertThat(SessionProof.holds(proof, SECRET, said)).isTrue();
        assertThat(said.position()).isZero();
        assertThat(SessionProof.holds(proof, SECRET, ByteBuffer.wrap(bytes("I am executor 2"))))
                .isFalse();
        assertThat(SessionProof.holds(proof, new byte[32], said)).isFalse();
        assertThat(SessionProof.holds(Arrays.copyOf(proof, 31), SECRET, said)).isFalse();
    }
}
