package io.sparkefa.transfer.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.fuzz.AllocationBound;
import io.sparkefa.transport.WindowDescriptor;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Control messages: what is read is within the documented bounds, and is written as it was read. */
public final class MessageFuzz {

    /** What stands in a text for bytes that are no UTF-8, and is written as other bytes. */
    private static final String REPLACEMENT = "\uFFFD";

    /** {@link LayoutMessage} cuts reasons that are longer, all together. */
    private static final int REASONS_BYTES = 4096;

    private MessageFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        AllocationBound.check(input.length, () -> decode(input));
        Optional<Message> decoded = decode(input);
        if (decoded.isEmpty()) {
            return;
        }
        Message message = decoded.get();
        checkBounds(message);
        if (isWrittenAsRead(message)) {
            assertThat(message.encode()).isEqualTo(ByteBuffer.wrap(input));
        } else {
            assertThat(decode(bytes(message.encode()))).isPresent();
        }
    }

    private static Optional<Message> decode(byte[] input) {
        try {
            return Optional.of(Message.decode(ByteBuffer.wrap(input)));
        } catch (ProtocolException e) {
            return Optional.empty();
        }
    }

    private static byte[] bytes(ByteBuffer encoded) {
        byte[] bytes = new byte[encoded.remaining()];
        encoded.get(bytes);
        return bytes;
    }

    private static void checkBounds(Message message) {
        if (message instanceof FetchMessage fetch) {
            assertThat(fetch.blocks()).hasSizeBetween(1, FetchMessage.MAX_BLOCKS);
            assertThat(fetch.inlineMaxBytes()).isBetween(0, FetchMessage.MAX_INLINE_BYTES);
            assertThat(fetch.blocks())
                    .allMatch(block -> block.shuffleId() >= 0
                            && block.mapId() >= 0
                            && block.startReduceId() >= 0
                            && block.startReduceId() < block.endReduceId());
        } else if (message instanceof LayoutMessage layout) {
            assertThat(layout.blocks()).hasSizeBetween(1, FetchMessage.MAX_BLOCKS);
            assertThat(layout.totalBytes()).isNotNegative();
            if (layout.window().isPresent()) {
                assertThat(layout.window().get().encoded()).hasSizeBetween(1, WindowDescriptor.MAX_ENCODED_BYTES);
                assertThat(layout.inline().remaining()).isZero();
            } else {
                assertThat(layout.inline().remaining()).isEqualTo((int) layout.totalBytes());
            }
        }
    }

    private static boolean isWrittenAsRead(Message message) {
        if (message instanceof RefusedMessage refused) {
            return !refused.reason().contains(REPLACEMENT);
        }
        if (!(message instanceof LayoutMessage layout)) {
            return true;
        }
        int reasonsBytes = 0;
        for (BlockLayout block : layout.blocks()) {
            if (block instanceof BlockLayout.Missing missing) {
                if (missing.reason().contains(REPLACEMENT)) {
                    return false;
                }
                reasonsBytes += missing.reason().getBytes(StandardCharsets.UTF_8).length;
            }
        }
        return reasonsBytes <= REASONS_BYTES;
    }
}
