package io.sparkefa.transfer.protocol;

import java.util.Objects;
import java.util.OptionalInt;

/** What a server says of one block. */
public sealed interface BlockLayout {

    /**
     * The block is there; its bytes follow those of the blocks before it.
     *
     * @param crc32c of its bytes, where the server has had them in memory
     */
    record Present(long lengthBytes, OptionalInt crc32c) implements BlockLayout {
        public Present {
            if (lengthBytes < 0) {
                throw new IllegalArgumentException("a block of " + lengthBytes + " bytes");
            }
        }
    }

    /**
     * The server does not have the block or cannot read it.
     *
     * @param reason for people; may be cut short on the wire
     */
    record Missing(String reason) implements BlockLayout {
        public Missing {
            Objects.requireNonNull(reason, "reason");
        }
    }
}
