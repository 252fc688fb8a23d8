package io.sparkefa.transfer.protocol;

import java.nio.ByteBuffer;

/**
 * A control message between the reader and the server of a session. All numbers are big-endian; the first byte is the type.
 * Immutable.
 */
public sealed interface Message permits FetchMessage, LayoutMessage, RefusedMessage, ReleaseMessage {

    /** Version of the messages and of the card; executors with different versions use Spark's own client. */
    int PROTOCOL_VERSION = 1;

    /** The message as bytes from position 0 to the limit of a new heap buffer. */
    ByteBuffer encode();

    /**
     * Reads one message that fills {@code bytes} exactly. What the message keeps is copied, except
     * {@link LayoutMessage#inline}.
     */
    static Message decode(ByteBuffer bytes) throws ProtocolException {
        WireReader in = new WireReader(bytes);
        int type = in.u8("message type");
        Message message = switch (type) {
            case FetchMessage.TYPE -> FetchMessage.decodeBody(in);
            case LayoutMessage.TYPE -> LayoutMessage.decodeBody(in);
            case RefusedMessage.TYPE -> RefusedMessage.decodeBody(in);
            case ReleaseMessage.TYPE_RELEASE -> ReleaseMessage.decodeBody(in, false);
            case ReleaseMessage.TYPE_CANCEL -> ReleaseMessage.decodeBody(in, true);
            default -> throw new ProtocolException("unknown message type " + type);
        };
        in.expectEnd();
        return message;
    }
}
