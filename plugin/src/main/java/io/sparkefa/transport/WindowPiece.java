package io.sparkefa.transport;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A run of bytes of a {@link Window}: in memory, or in a file from where it can be sent without being touched. */
public sealed interface WindowPiece {

    long lengthBytes();

    /**
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
     */
    record File(FileChannel file, long position, long lengthBytes) implements WindowPiece {}
}
