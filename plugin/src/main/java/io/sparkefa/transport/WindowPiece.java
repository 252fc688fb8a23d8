package io.sparkefa.transport;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;

/** A run of bytes of a {@link Window}: in memory, or in a file from where it can be sent without being touched. */
public sealed interface WindowPiece {

    long lengthBytes();

    /**
     * Whoever exposes it gives the reader a checksum: the reader may come when the memory has another use already.
     *
     * @param bytes direct memory from position 0 to its limit; never written, and read through duplicates only
     */
    record Memory(ByteBuffer bytes) implements WindowPiece {
        @Override
        public long lengthBytes() {
            return bytes.limit();
        }
    }

    /**
     * @param file open for reading as long as the window is
     * @param position first byte of the piece in the file
     * @param mapped the piece's bytes in the address space, from position 0 to its limit, if the file is mapped as long as the
     *     window is: to be handed to the operating system, or copied as {@link MappedReads} says
     */
    record File(
            FileChannel file,
            long position,
            long lengthBytes,
            @Nullable ByteBuffer mapped) implements WindowPiece {

        public File(FileChannel file, long position, long lengthBytes) {
            this(file, position, lengthBytes, null);
        }
    }
}
