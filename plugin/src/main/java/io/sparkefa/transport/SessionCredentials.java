package io.sparkefa.transport;

import java.util.Arrays;
import java.util.UUID;

/**
 * What proves to a server that a reader may open a session: the id and key that the server itself put into the card it
 * gave to that reader. {@link #toString} does not show the key.
 *
 * @param sessionId names the session at the server that issued it
 * @param key {@link #KEY_BYTES} random bytes; not copied, must not be changed
 * @param server who issued the session
 */
public record SessionCredentials(UUID sessionId, byte[] key, ExecutorIdentity server) {

    public static final int KEY_BYTES = 32;

    public SessionCredentials {
        if (key.length != KEY_BYTES) {
            throw new IllegalArgumentException("a session key of " + key.length + " bytes instead of " + KEY_BYTES);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SessionCredentials that
                && sessionId.equals(that.sessionId)
                && Arrays.equals(key, that.key)
                && server.equals(that.server);
    }

    @Override
    public int hashCode() {
        return sessionId.hashCode();
    }

    @Override
    public String toString() {
        return "session " + sessionId;
    }
}
