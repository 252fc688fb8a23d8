package io.sparkefa.transport;

import java.util.Optional;
import java.util.UUID;

/** Which sessions the serving side accepts. Thread-safe; asked by transports whenever a peer presents itself. */
public interface SessionDirectory {

    /** The credentials that were issued under this id, or nothing when they never were or are no longer good. */
    Optional<SessionCredentials> find(UUID sessionId);

    /**
     * As {@link #find}, when its reader has proven the session and it begins: it stays good from now on, until {@link
     * ServerHandler#onClosed} is called for it, which the transport owes for each that it has found here.
     */
    default Optional<SessionCredentials> open(UUID sessionId) {
        return find(sessionId);
    }
}
