package io.sparkefa.transport.faulty;

import io.sparkefa.buffer.SlabSource;
import java.nio.ByteBuffer;

/** Memory that cannot always be had, as where direct memory or registrations are short. Thread-safe if its source is. */
public final class FaultySlabs implements SlabSource {

    private final FaultyNetwork network;
    private final SlabSource source;

    public FaultySlabs(FaultyNetwork network, SlabSource source) {
        this.network = network;
        this.source = source;
    }

    @Override
    public ByteBuffer allocate(int lengthBytes) {
        if (network.strikes(Fault.SLAB_REFUSED)) {
            if (network.roll(2) == 0) {
                throw new OutOfMemoryError("no direct memory, as the fault plan has it");
            }
            throw new IllegalStateException("the memory could not be registered, as the fault plan has it");
        }
        return source.allocate(lengthBytes);
    }

    @Override
    public void free(ByteBuffer slab) {
        source.free(slab);
    }
}
