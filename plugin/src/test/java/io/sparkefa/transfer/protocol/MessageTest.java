package io.sparkefa.transfer.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkefa.transport.WindowDescriptor;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is written is read again, and nothing else is. */
final class MessageTest {

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private static final FetchMessage FETCH = new FetchMessage(
            7, 16 << 10, List.of(new BlockKey(3, 1L << 40, 0, 1), new BlockKey(3, 5, 12, Integer.MAX_VALUE)));

    private static final LayoutMessage WINDOWED = new LayoutMessage(
            -1,
            List.of(
                    new BlockLayout.Present(5L << 30, OptionalInt.empty()),
                    new BlockLayout.Missing("no output of map 5"),
                    new BlockLayout.Present(0, OptionalInt.of(-3))),
            Optional.of(new WindowDescriptor(new byte[] {1, 2, 3})),
            NOTHING);

    private static final LayoutMessage INLINE = new LayoutMessage(
            9, List.of(new BlockLayout.Present(3, OptionalInt.of(4711))), Optional.empty(), ByteBuffer.wrap(new byte[] {
                10, 20, 30
            }));

    private static final List<Message> ALL = List.of(
            FETCH,
            WINDOWED,
            INLINE,
            new RefusedMessage(11, "too much to do"),
            new ReleaseMessage(12, false),
            new ReleaseMessage(13, true));

    @Test
    void whatIsWrittenIsReadAgain() throws ProtocolException {
        for (Message message : ALL) {
            Message read = Message.decode(message.encode());
            if (message instanceof LayoutMessage layout && read instanceof LayoutMessage readLayout) {
                // Byte arrays inside records are not compared by content.
                assertThat(readLayout.blocks()).isEqualTo(layout.blocks());
                assertThat(readLayout.inline()).isEqualTo(layout.inline());
                assertThat(readLayout.requestId()).isEqualTo(layout.requestId());
                assertThat(readLayout.window().isPresent())
                        .isEqualTo(layout.window().isPresent());
                layout.window()
                        .ifPresent(window -> assertThat(
                                        readLayout.window().orElseThrow().encoded())
                                .isEqualTo(window.encoded()));
            } else {
                assertThat(read).isEqualTo(message);
            }
        }
    }

    @Test
    void fetchHasTheWidthsOfTheDocument() {
        assertThat(FETCH.encode().remaining()).isEqualTo(17 + 2 * 20);
        assertThat(FetchMessage.maxBlocks(17 + 2 * 20)).isEqualTo(2);
        assertThat(new ReleaseMessage(1, false).encode().remaining()).isEqualTo(9);
    }

    @Test
    void everyTruncationIsAProtocolError() {
        for (Message message : ALL) {
            ByteBuffer whole = message.encode();
            for (int length = 0; length < whole.remaining(); length++) {
                ByteBuffer cut = whole.slice(0, length);
                assertThatThrownBy(() -> Message.decode(cut))
                        .describedAs("%s cut to %d bytes", message, length)
                        .isInstanceOf(ProtocolException.class);
            }
        }
    }

    @Test
    void bytesTooManyAreAProtocolError() {
        for (Message message : ALL) {
            ByteBuffer whole = message.encode();
            ByteBuffer longer =
                    ByteBuffer.allocate(whole.remaining() + 1).put(whole).rewind();
            assertThatThrownBy(() -> Message.decode(longer)).isInstanceOf(ProtocolException.class);
        }
    }

    @Test
    void damageEndsInAMessageOrAProtocolError() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 50_000; round++) {
            ByteBuffer bytes = ALL.get(random.nextInt(ALL.size())).encode();
            for (int hits = random.nextInt(4); hits >= 0; hits--) {
                bytes.put(random.nextInt(bytes.limit()), (byte) random.nextInt(256));
            }
            try {
                Message.decode(bytes);
            } catch (ProtocolException expected) {
                assertThat(expected).hasMessageNotContaining("null");
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", round " + round, e);
            }
        }
    }

    @Test
    void countsAreCheckedAgainstWhatIsThereBeforeAnythingIsAllocated() {
        ByteBuffer claimsTooMuch = FETCH.encode().putInt(13, FetchMessage.MAX_BLOCKS);
        assertThatThrownBy(() -> Message.decode(claimsTooMuch))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("16384 blocks need");
        ByteBuffer claimsNothing = FETCH.encode().putInt(13, 0);
        assertThatThrownBy(() -> Message.decode(claimsNothing)).hasMessageContaining("block count is 0");
    }

    @Test
    void fieldsOutOfRangeAreNamed() {
        assertThatThrownBy(() -> Message.decode(FETCH.encode().putInt(9, 1 << 20)))
                .hasMessageContaining("inline limit is 1048576");
        assertThatThrownBy(() -> Message.decode(FETCH.encode().putInt(17, -1)))
                .hasMessageContaining("shuffle id is -1");
        assertThatThrownBy(() -> Message.decode(FETCH.encode().putInt(17 + 16, 0)))
                .hasMessageContaining("end of the reduce partitions is 0");
        assertThatThrownBy(() -> Message.decode(ByteBuffer.wrap(new byte[] {99})))
                .hasMessageContaining("unknown message type 99");
    }

    @Test
    void lengthsThatOverflowTogetherAreRefused() {
        BlockLayout half = new BlockLayout.Present(Long.MAX_VALUE, OptionalInt.empty());
        LayoutMessage twice =
                new LayoutMessage(1, List.of(half, half), Optional.of(new WindowDescriptor(new byte[] {1})), NOTHING);
        assertThatThrownBy(() -> Message.decode(twice.encode())).hasMessageContaining("longer than 2^63");
    }

    @Test
    void inlineBytesMustBeExactlyTheBlocks() {
        LayoutMessage tooFew = new LayoutMessage(1, INLINE.blocks(), Optional.empty(), ByteBuffer.wrap(new byte[2]));
        assertThatThrownBy(() -> Message.decode(tooFew.encode())).isInstanceOf(ProtocolException.class);
        LayoutMessage both = new LayoutMessage(1, INLINE.blocks(), WINDOWED.window(), INLINE.inline());
        assertThatThrownBy(() -> Message.decode(both.encode())).isInstanceOf(ProtocolException.class);
    }

    @Test
    void anAnswerOfMissingBlocksOnlyStaysWithinItsBound() throws ProtocolException {
        int blocks = 1000;
        List<BlockLayout> missing = Collections.nCopies(blocks, new BlockLayout.Missing("ä".repeat(5000)));
        ByteBuffer encoded = new LayoutMessage(1, missing, Optional.empty(), NOTHING).encode();
        int messageBytes = IntStream.iterate(1 << 12, bytes -> bytes + 1)
                .filter(bytes -> LayoutMessage.maxBlocks(bytes, 0) >= blocks)
                .findFirst()
                .getAsInt();
        assertThat(encoded.remaining()).isLessThanOrEqualTo(messageBytes);
        LayoutMessage read = (LayoutMessage) Message.decode(encoded);
        assertThat(read.blocks()).hasSize(blocks).allMatch(block -> block instanceof BlockLayout.Missing);
    }
}
