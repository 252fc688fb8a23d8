package io.sparkefa.transfer;

import io.sparkefa.buffer.BufferLease;
import io.sparkefa.transport.Window;
import io.sparkefa.transport.WindowPiece;
import java.util.List;

/** The bytes of an answer, with the staging memory and the open files that hold them. */
final class AnswerWindow implements Window {

    private final List<WindowPiece> pieces;
    private final List<BufferLease> leases;
    private final List<MapOutput> files;
    private final long lengthBytes;

    /** Takes over the leases and the files. */
    AnswerWindow(List<WindowPiece> pieces, List<BufferLease> leases, List<MapOutput> files) {
        this.pieces = List.copyOf(pieces);
        this.leases = leases;
        this.files = files;
        this.lengthBytes = pieces.stream().mapToLong(WindowPiece::lengthBytes).sum();
    }

    @Override
    public List<WindowPiece> pieces() {
        return pieces;
    }

    @Override
    public long lengthBytes() {
        return lengthBytes;
    }

    @Override
    public void close() {
        leases.forEach(BufferLease::close);
        files.forEach(MapOutput::close);
    }
}
