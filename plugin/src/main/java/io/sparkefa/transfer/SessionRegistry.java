package io.sparkefa.transfer;

import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.SessionDirectory;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;

/**
 * The sessions that this executor's server accepts: each issued once, in a card, to one reader. Thread-safe.
 *
 * <p>A session that was never opened is forgotten after a while; one that was opened lasts until its connection closes. When
 * there are too many, no more are issued, and readers go to Spark's own client.
 */
public final class SessionRegistry implements SessionDirectory {

    private final SecureRandom random = new SecureRandom();
    private final ExecutorIdentity self;
    private final int maxSessions;
    private final long unopenedNs;
    private final LongSupplier nanoClock;

    // @GuardedBy("this")
    private final Map<UUID, Issued> sessions = new HashMap<>();

    private static final class Issued {
        final SessionCredentials credentials;
        final long issuedNs;
        boolean opened;

        Issued(SessionCredentials credentials, long issuedNs) {
            this.credentials = credentials;
            this.issuedNs = issuedNs;
        }
    }

    /**
     * @param self who issues the sessions
     * @param maxSessions how many sessions there may be, opened or not
     * @param unopenedNs how long a reader has to open the session it was issued
     */
    public SessionRegistry(ExecutorIdentity self, int maxSessions, long unopenedNs, LongSupplier nanoClock) {
        this.self = self;
        this.maxSessions = maxSessions;
        this.unopenedNs = unopenedNs;
        this.nanoClock = nanoClock;
    }

    /** A new session, or nothing when there are too many. */
    public synchronized Optional<SessionCredentials> issue() {
        if (sessions.size() >= maxSessions) {
            forgetUnopened();
            if (sessions.size() >= maxSessions) {
                return Optional.empty();
            }
        }
        byte[] key = new byte[SessionCredentials.KEY_BYTES];
        random.nextBytes(key);
        UUID sessionId = new UUID(random.nextLong(), random.nextLong());
        SessionCredentials credentials = new SessionCredentials(sessionId, key, self);
        sessions.put(credentials.sessionId(), new Issued(credentials, nanoClock.getAsLong()));
        return Optional.of(credentials);
    }

    @Override
    public synchronized Optional<SessionCredentials> find(UUID sessionId) {
        return Optional.ofNullable(sessions.get(sessionId)).map(issued -> issued.credentials);
    }

    @Override
    public synchronized Optional<SessionCredentials> open(UUID sessionId) {
        Issued issued = sessions.get(sessionId);
        if (issued == null) {
            return Optional.empty();
        }
        issued.opened = true;
        return Optional.of(issued.credentials);
    }

    /** The session's connection has closed; it cannot be opened again. */
    synchronized void onClosed(UUID sessionId) {
        sessions.remove(sessionId);
    }

    /** Forgets sessions that nobody opened in time; to be called now and then. */
    public synchronized void forgetUnopened() {
        long nowNs = nanoClock.getAsLong();
        for (Iterator<Issued> all = sessions.values().iterator(); all.hasNext(); ) {
            Issued issued = all.next();
            if (!issued.opened && nowNs - issued.issuedNs > unopenedNs) {
                all.remove();
            }
        }
    }

    public synchronized int size() {
        return sessions.size();
    }
}
