package io.sparkefa.transport.efa;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The body of ACCEPT: the server's id for the session (8), its challenge (16), number of regions (1), number of rails (1), for
 * each region and rail the remote address of its first byte (8) and its key (8), proof (32) that the server holds the session's
 * key, over the OPEN that this answers and all before it.
 *
 * @param serverId what the reader's messages have to begin with
 * @param challenge random, so that the keys of no two openings are the same
 * @param regions the memory from which the server lets chunks be read
 */
record Acceptance(long serverId, byte[] challenge, List<RemoteRegion> regions) {

    private static final int FIXED_BYTES = Long.BYTES + Opening.CHALLENGE_BYTES + 2;
    private static final int REGION_ON_RAIL_BYTES = 2 * Long.BYTES;

    /** One region by the server's rails: what {@code fi_read} needs to name it. */
    record RemoteRegion(long[] addresses, long[] keys) {}

    /** @param to the OPEN that is answered */
    ByteBuffer encode(byte[] key, Opening to) {
        int rails = regions.get(0).keys().length;
        ByteBuffer body =
                ByteBuffer.allocate(FIXED_BYTES + regions.size() * rails * REGION_ON_RAIL_BYTES + RecordProof.BYTES);
        body.putLong(serverId).put(challenge).put((byte) regions.size()).put((byte) rails);
        for (RemoteRegion region : regions) {
            for (int rail = 0; rail < rails; rail++) {
                body.putLong(region.addresses()[rail]).putLong(region.keys()[rail]);
            }
        }
        ByteBuffer before = body.duplicate().flip();
        return body.put(RecordProof.of(key, RecordType.ACCEPT, ByteBuffer.wrap(to.said()), before))
                .flip();
    }

    /**
     * @param to the OPEN that is answered
     * @throws RecordException also when the server does not hold the key, or this answers another OPEN
     */
    static Acceptance decode(ByteBuffer from, byte[] key, Opening to) throws RecordException {
        int begin = from.position();
        Wire.need(from, FIXED_BYTES);
        long serverId = from.getLong();
        byte[] challenge = Wire.getBytes(from, Opening.CHALLENGE_BYTES);
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
        byte[] proof = Wire.getBytes(from, RecordProof.BYTES);
        RecordProof.check(proof, key, RecordType.ACCEPT, ByteBuffer.wrap(to.said()), body);
        return new Acceptance(serverId, challenge, regions);
    }
}
