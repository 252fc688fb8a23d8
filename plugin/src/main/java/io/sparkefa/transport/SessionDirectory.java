package io.sparkefa.transport;

import java.util.Optional;
import java.util.UUID;

/** Which sessions the serving side accepts. Thread-safe; asked by transports whenever a peer presents itself. */
public interface SessionDirectory {

    /** The credentials that were issued under this id, or nothing when they never were or are no longer good. */
    Optional<SessionCredentials> find(UUID sessionId);
}
