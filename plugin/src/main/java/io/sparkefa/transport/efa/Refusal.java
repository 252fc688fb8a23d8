package io.sparkefa.transport.efa;

import java.nio.ByteBuffer;

/**
 * The body of REFUSE: why (text), proof (32) that the server holds the session's key, over the OPEN that this answers and the
 * text. Who cannot prove its OPEN is not answered, so this comes from no stranger and goes to none.
 */
record Refusal(String why) {

    ByteBuffer encode(byte[] key, Opening to) {
        byte[] text = Wire.text(why);
        return ByteBuffer.allocate(Short.BYTES + text.length + RecordProof.BYTES)
                .putShort((short) text.length)
                .put(text)
                .put(RecordProof.of(key, RecordType.REFUSE, ByteBuffer.wrap(to.said()), ByteBuffer.wrap(text)))
                .flip();
    }

    /** @throws RecordException also when the server does not hold the key, or this answers another OPEN */
    static Refusal decode(ByteBuffer from, byte[] key, Opening to) throws RecordException {
        int begin = from.position() + Short.BYTES;
        String why = Wire.getText(from);
        ByteBuffer text = from.duplicate().limit(from.position()).position(begin);
        byte[] proof = Wire.getBytes(from, RecordProof.BYTES);
        RecordProof.check(proof, key, RecordType.REFUSE, ByteBuffer.wrap(to.said()), text);
        return new Refusal(why);
    }
}
