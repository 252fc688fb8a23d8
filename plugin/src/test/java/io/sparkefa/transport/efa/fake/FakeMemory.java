package io.sparkefa.transport.efa.fake;

import io.sparkefa.fabric.NativeMemory;
import java.lang.reflect.Method;
import java.nio.Buffer;
import java.nio.ByteBuffer;

/** Direct memory that is overwritten when it is closed, and that must have no registrations then. */
final class FakeMemory implements NativeMemory {

    private static final byte FREED = (byte) 0xEE;

    final FakeHost host;
    final ByteBuffer bytes;
    private final long address;
    private final boolean hugePages;
    int registrations;
    private boolean closed;

    FakeMemory(FakeHost host, long lengthBytes, boolean hugePages) {
        this.host = host;
        this.bytes = ByteBuffer.allocateDirect(Math.toIntExact(lengthBytes));
        this.address = addressOf(bytes);
        this.hugePages = hugePages;
        host.network.opened(this);
    }

    @Override
    public long address() {
        return address;
    }

    @Override
    public long lengthBytes() {
        return bytes.capacity();
    }

    @Override
    public boolean isHugePaged() {
        return hugePages;
    }

    @Override
    public ByteBuffer slice(long offset, int lengthBytes) {
        return bytes.slice(Math.toIntExact(offset), lengthBytes);
    }

    @Override
    public long offsetOf(ByteBuffer direct) {
        if (!direct.isDirect()) {
            return -1;
        }
        long offset = addressOf(direct) - address;
        return offset >= 0 && offset + direct.remaining() <= lengthBytes() ? offset : -1;
    }

    boolean contains(byte[] wanted) {
        ByteBuffer expected = ByteBuffer.wrap(wanted);
        for (int i = 0; i + wanted.length <= bytes.capacity(); i++) {
            if (bytes.get(i) == wanted[0] && bytes.slice(i, wanted.length).equals(expected)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void close() {
        synchronized (host.network) {
            if (closed) {
                return;
            }
            closed = true;
            if (registrations > 0) {
                host.network.violation(this + " was freed with " + registrations + " registrations");
            }
            host.network.closed(this);
            for (int i = 0; i < bytes.capacity(); i++) {
                bytes.put(i, FREED);
            }
        }
    }

    @Override
    public String toString() {
        return bytes.capacity() + " bytes of memory at " + host;
    }

    /** Of a direct buffer's position. Through reflection, since this is compiled for a Java without the foreign memory API. */
    private static long addressOf(ByteBuffer direct) {
        try {
            Class<?> segment = Class.forName("java.lang.foreign.MemorySegment");
            Method ofBuffer = segment.getMethod("ofBuffer", Buffer.class);
            Method addressOf = segment.getMethod("address");
            return (long) addressOf.invoke(ofBuffer.invoke(null, direct));
        } catch (ReflectiveOperationException e) {
            throw new AssertionError("no address of " + direct, e);
        }
    }
}
