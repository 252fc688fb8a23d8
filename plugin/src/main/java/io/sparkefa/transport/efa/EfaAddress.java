package io.sparkefa.transport.efa;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Where an executor's rails can be reached, as it goes into the card: version (1), provider (length 1, ASCII), number of rails
 * (1), and for each the endpoint's name (length 2, bytes). Immutable.
 *
 * @param provider libfabric's provider; endpoints of different ones do not understand each other
 * @param rails endpoint names by index; empty for a rail that is down
 */
record EfaAddress(String provider, List<byte[]> rails) {

    static final byte VERSION = 2;

    EfaAddress {
        rails = List.copyOf(rails);
    }

    byte[] encode() {
        byte[] name = provider.getBytes(StandardCharsets.US_ASCII);
        int lengthBytes = 3
                + name.length
                + rails.stream().mapToInt(rail -> 2 + rail.length).sum();
        ByteBuffer encoded = ByteBuffer.allocate(lengthBytes);
        encoded.put(VERSION).put((byte) name.length).put(name).put((byte) rails.size());
        for (byte[] rail : rails) {
            encoded.putShort((short) rail.length).put(rail);
        }
        return encoded.array();
    }

    /** @throws IOException when it is no such address, or of a version that this executor does not know */
    static EfaAddress decode(byte[] bytes) throws IOException {
        ByteBuffer encoded = ByteBuffer.wrap(bytes);
        try {
            Wire.need(encoded, 2);
            byte version = encoded.get();
            if (version != VERSION) {
                throw new IOException(
                        "the peer speaks version " + version + " of the EFA protocol; here is " + VERSION);
            }
            String provider =
                    new String(Wire.getBytes(encoded, Byte.toUnsignedInt(encoded.get())), StandardCharsets.US_ASCII);
            Wire.need(encoded, 1);
            int count = Byte.toUnsignedInt(encoded.get());
            List<byte[]> rails = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                Wire.need(encoded, Short.BYTES);
                rails.add(Wire.getBytes(encoded, Short.toUnsignedInt(encoded.getShort())));
            }
            if (encoded.hasRemaining()) {
                throw new RecordException(encoded.remaining() + " bytes too many");
            }
            return new EfaAddress(provider, rails);
        } catch (RecordException e) {
            throw new IOException("not an address of the EFA transport: " + e.getMessage(), e);
        }
    }

    /** The peer's rail for one of ours: the one with the same number, or the next that is up. -1 when none is. */
    int railFor(int localRail) {
        for (int i = 0; i < rails.size(); i++) {
            int candidate = (localRail + i) % rails.size();
            if (rails.get(candidate).length > 0) {
                return candidate;
            }
        }
        return -1;
    }
}
