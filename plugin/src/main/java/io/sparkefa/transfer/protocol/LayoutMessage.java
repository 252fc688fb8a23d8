package io.sparkefa.transfer.protocol;

import io.sparkefa.transport.WindowDescriptor;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The answer to a {@link FetchMessage}: what became of each block, and where the bytes are. Either they are here
 * ({@link #inline}), or in a window that the reader now reads and then releases.
 *
 * @param blocks in the order of the request
 * @param window where the bytes of all present blocks stand one after the other; empty when they are inline or there are none
 * @param inline the bytes of all present blocks when there is no window; a view of the message, good as long as that
 */
public record LayoutMessage(
        long requestId, List<BlockLayout> blocks, Optional<WindowDescriptor> window, ByteBuffer inline)
        implements Message {

    static final int TYPE = 2;

    /** A reason longer than this is cut; reasons are for people, and there may be thousands of them. */
    private static final int MAX_REASON_BYTES = 200;

    /** Room for some reasons in full, beyond what the entries of missing blocks leave unused. */
    private static final int REASONS_BYTES = 4096;

    private static final int HEADER_BYTES = 1 + Long.BYTES + Short.BYTES + Integer.BYTES;
    private static final int PRESENT = 0;
    private static final int PRESENT_WITH_CRC = 1;
    private static final int MISSING = 2;
    private static final int MIN_ENTRY_BYTES = 1 + Short.BYTES;
    private static final int MAX_ENTRY_BYTES = 1 + Long.BYTES + Integer.BYTES;

    /** How many blocks can be answered for certain in a message of this length, with so many bytes of them inline. */
    public static int maxBlocks(int messageBytes, int inlineMaxBytes) {
        int fixed = HEADER_BYTES + WindowDescriptor.MAX_ENCODED_BYTES + REASONS_BYTES + inlineMaxBytes;
        return Math.min(FetchMessage.MAX_BLOCKS, (messageBytes - fixed) / MAX_ENTRY_BYTES);
    }

    /** Bytes of all present blocks. */
    public long totalBytes() {
        long total = 0;
        for (BlockLayout block : blocks) {
            if (block instanceof BlockLayout.Present present) {
                total = Math.addExact(total, present.lengthBytes());
            }
        }
        return total;
    }

    @Override
    public ByteBuffer encode() {
        byte[] descriptor = window.map(WindowDescriptor::encoded).orElse(new byte[0]);
        List<byte[]> reasons = reasonsWithin(REASONS_BYTES);
        int length =
                HEADER_BYTES + descriptor.length + blocks.size() * MAX_ENTRY_BYTES + REASONS_BYTES + inline.remaining();
        ByteBuffer out = ByteBuffer.allocate(length);
        out.put((byte) TYPE)
                .putLong(requestId)
                .putShort((short) descriptor.length)
                .put(descriptor);
        out.putInt(blocks.size());
        int reasonIndex = 0;
        for (BlockLayout block : blocks) {
            if (block instanceof BlockLayout.Present present) {
                out.put((byte) (present.crc32c().isPresent() ? PRESENT_WITH_CRC : PRESENT));
                out.putLong(present.lengthBytes());
                present.crc32c().ifPresent(out::putInt);
            } else {
                byte[] reason = reasons.get(reasonIndex++);
                out.put((byte) MISSING).putShort((short) reason.length).put(reason);
            }
        }
        return out.put(inline.duplicate()).flip();
    }

    /** The reasons of the missing blocks as bytes, each cut so that all together stay within the budget. */
    private List<byte[]> reasonsWithin(int budgetBytes) {
        List<byte[]> reasons = new ArrayList<>();
        int left = budgetBytes;
        for (BlockLayout block : blocks) {
            if (block instanceof BlockLayout.Missing missing) {
                byte[] reason = cut(missing.reason(), Math.min(left, MAX_REASON_BYTES));
                left -= reason.length;
                reasons.add(reason);
            }
        }
        return reasons;
    }

    private static byte[] cut(String text, int maxBytes) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return utf8.length <= maxBytes ? utf8 : Arrays.copyOf(utf8, maxBytes);
    }

    static LayoutMessage decodeBody(WireReader in) throws ProtocolException {
        long requestId = in.i64("request id");
        byte[] descriptor = in.bytes("window descriptor", WindowDescriptor.MAX_ENCODED_BYTES);
        int blockCount = in.i32("block count", 1, FetchMessage.MAX_BLOCKS);
        if (in.remaining() < blockCount * MIN_ENTRY_BYTES) {
            throw new ProtocolException(blockCount + " blocks need at least " + blockCount * MIN_ENTRY_BYTES
                    + " bytes, not " + in.remaining());
        }
        List<BlockLayout> blocks = new ArrayList<>(blockCount);
        long total = 0;
        for (int i = 0; i < blockCount; i++) {
            int status = in.u8("block status");
            switch (status) {
                case PRESENT, PRESENT_WITH_CRC -> {
                    long length = in.nonNegativeI64("block length");
                    total += length;
                    if (total < 0) {
                        throw new ProtocolException("the blocks together are longer than 2^63 bytes");
                    }
                    OptionalInt crc =
                            status == PRESENT ? OptionalInt.empty() : OptionalInt.of(in.i32("block checksum"));
                    blocks.add(new BlockLayout.Present(length, crc));
                }
                case MISSING -> blocks.add(new BlockLayout.Missing(in.text("reason", MAX_REASON_BYTES)));
                default -> throw new ProtocolException("unknown block status " + status);
            }
        }
        ByteBuffer inline = in.rest();
        boolean windowed = descriptor.length > 0;
        if (windowed ? inline.hasRemaining() : inline.remaining() != total) {
            throw new ProtocolException("blocks of " + total + " bytes with " + inline.remaining()
                    + " bytes inline and " + (windowed ? "a" : "no") + " window");
        }
        return new LayoutMessage(
                requestId, blocks, windowed ? Optional.of(new WindowDescriptor(descriptor)) : Optional.empty(), inline);
    }
}
