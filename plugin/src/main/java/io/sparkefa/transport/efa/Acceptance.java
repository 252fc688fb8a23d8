package io.sparkefa.transport.efa;

import io.sparkefa.seal.SessionProof;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The body of ACCEPT: the server's id for the session (8), number of regions (1), number of rails (1), for each region and rail
 * the remote address of its first byte (8) and its key (8), proof (32) that the
 * server holds the session's key, over the reader's id and all before it.
 *
 * @param serverId what the reader's messages have to begin with
 * @param regions the memory from which the server lets chunks be read
 */
record Acceptance(long serverId, List<RemoteRegion> regions) {

    private static final int FIXED_BYTES = Long.BYTES + 2;
    private static final int REGION_ON_RAIL_BYTES = 2 * Long.BYTES;

    /** One region by the server's rails: what {@code fi_read} needs to name it. */
    record RemoteRegion(long[] addresses, long[] keys) {}

    static ByteBuffer encode(byte[] key, long readerId, long serverId, List<RemoteRegion> regions) {
        int rails = regions.get(0).keys().length;
        ByteBuffer body =
                ByteBuffer.allocate(FIXED_BYTES + regions.size() * rails * REGION_ON_RAIL_BYTES + SessionProof.BYTES);
        body.putLong(serverId).put((byte) regions.size()).put((byte) rails);
        for (RemoteRegion region : regions) {
            for (int rail = 0; rail < rails; rail++) {
                body.putLong(region.addresses()[rail]).putLong(region.keys()[rail]);
            }
        }
        byte[] proof = SessionProof.of(key, said(readerId, body.duplicate().flip()));
        return body.put(proof).flip();
    }

    /** @throws RecordException also when the server does not hold the key */
    static Acceptance decode(ByteBuffer from, byte[] key, long readerId) throws RecordException {
        int begin = from.position();
        Wire.need(from, FIXED_BYTES);
        long serverId = from.getLong();
        int regionCount = Byte.toUnsignedInt(from.get());
        int railCount = Byte.toUnsignedInt(from.get());
        Wire.need(from, regionCount * railCount * REGION_ON_RAIL_BYTES);
        List<RemoteRegion> regions = new ArrayList<>(regionCount);
        for (int i = 0; i < regionCount; i++) {
            RemoteRegion region = new RemoteRegion(new long[railCount], new long[railCount]);
            for (int rail = 0; rail < railCount; rail++) {
                region.addresses()[rail] = from.getLong();
                region.keys()[rail] = from.getLong();
            }
            regions.add(region);
        }
        ByteBuffer body = from.duplicate().limit(from.position()).position(begin);
        byte[] proof = Wire.getBytes(from, SessionProof.BYTES);
        if (!SessionProof.holds(proof, key, said(readerId, body))) {
            throw new RecordException("what answers there does not hold the session's key");
        }
        return new Acceptance(serverId, regions);
    }

    private static ByteBuffer said(long readerId, ByteBuffer body) {
        return ByteBuffer.allocate(Long.BYTES + body.remaining())
                .putLong(readerId)
                .put(body)
                .flip();
    }
}
