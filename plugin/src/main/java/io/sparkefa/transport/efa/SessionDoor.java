package io.sparkefa.transport.efa;

import io.sparkefa.transport.ServerHandler;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.SessionDirectory;
import io.sparkefa.transport.TransportException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets readers in that prove that they were given a session. Thread-safe. */
final class SessionDoor {

    private static final Logger LOG = LoggerFactory.getLogger(SessionDoor.class);

    private static final int MAX_REFUSED = 1024;

    private static final SecureRandom RANDOM = new SecureRandom();

    /** A reader that is not told finds out by itself. */
    private static final Rail.Operation UNNOTICED = new Rail.Operation() {
        @Override
        public void onDone() {}

        @Override
        public void onFailed(RailFailure failure) {
            LOG.debug("A refusal was not delivered", failure.cause());
        }
    };

    private final String provider;
    private final boolean encrypted;
    private final SessionDirectory directory;
    private final ServerHandler handler;
    private final ChunkStager stager;
    private final List<Acceptance.RemoteRegion> regions;
    private final Executor serverThreads;
    private final Map<UUID, ServingSession> serving = new ConcurrentHashMap<>();
    /** The last that were refused, and why: an OPEN that was overheard is not answered again. */
    private final Map<UUID, String> refused = Collections.synchronizedMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<UUID, String> eldest) {
            return size() > MAX_REFUSED;
        }
    });

    /** Asked for and not done with, and windows that can be read unasked, over all sessions. */
    private final AtomicInteger chunksBeingRead = new AtomicInteger();

    /**
     * @param encrypted whether sessions must be
     * @param regions what readers may read from, as they have to name it
     */
    SessionDoor(
            String provider,
            boolean encrypted,
            SessionDirectory directory,
            ServerHandler handler,
            ChunkStager stager,
            List<Acceptance.RemoteRegion> regions,
            Executor serverThreads) {
        this.provider = provider;
        this.encrypted = encrypted;
        this.directory = directory;
        this.handler = handler;
        this.stager = stager;
        this.regions = regions;
        this.serverThreads = serverThreads;
    }

    /** Whether readers know of memory here that they have not let go of. */
    boolean isBeingRead() {
        return chunksBeingRead.get() > 0;
    }

    void addChunksBeingRead(int count) {
        chunksBeingRead.addAndGet(count);
    }

    static byte[] newChallenge() {
        byte[] challenge = new byte[Opening.CHALLENGE_BYTES];
        RANDOM.nextBytes(challenge);
        return challenge;
    }

    /** Hard to guess, never 0. */
    static long newId() {
        long id = 0;
        while (id == 0) {
            id = RANDOM.nextLong();
        }
        return id;
    }

    /**
     * Somebody asks for a session, on the rail that is to be its control rail. Who does not prove to have been given it is not
     * answered, and its address not touched. Nor is a session opened twice, so an OPEN that was overheard is of no use.
     *
     * @param body of OPEN
     * @param closing whether no session is to be opened any more
     * @throws RecordException when it is nobody's who may ask
     */
    void onOpening(RailSessions at, ByteBuffer body, boolean closing) throws RecordException {
        UUID sessionId = Opening.sessionIdOf(body);
        if (serving.containsKey(sessionId) || refused.containsKey(sessionId)) {
            throw new RecordException("its session has had its answer");
        }
        SessionCredentials credentials =
                directory.find(sessionId).orElseThrow(() -> new RecordException("it is not known here"));
        Opening opening = Opening.decode(body, credentials);
        if (closing) {
            // Whoever came in now would not be told that the end has come.
            refuse(at, opening, credentials, "the executor is stopping");
        } else if (!opening.address().provider().equals(provider)) {
            refuse(
                    at,
                    opening,
                    credentials,
                    "its provider is " + opening.address().provider() + ", here it is " + provider);
        } else if (opening.encrypted() != encrypted) {
            refuse(
                    at,
                    opening,
                    credentials,
                    "this executor " + mode(encrypted) + ", and the one that asks " + mode(opening.encrypted())
                            + ": their Spark settings for encryption differ");
        } else {
            accept(at, opening, credentials);
        }
    }

    private static String mode(boolean encrypted) {
        return encrypted ? "encrypts" : "does not encrypt";
    }

    private void accept(RailSessions at, Opening opening, SessionCredentials credentials) {
        long peer;
        try {
            peer = at.rail().insertPeer(opening.replyTo());
        } catch (TransportException e) {
            LOG.warn("EFA: a reader has an address that cannot be used: {}", e.getMessage());
            return;
        }
        Acceptance acceptance = new Acceptance(newId(), newChallenge(), regions);
        SessionSecrets secrets = SessionSecrets.of(opening, acceptance, credentials);
        ServingSession session = new ServingSession(
                at,
                acceptance.serverId(),
                opening.sessionId(),
                handler,
                stager,
                encrypted ? new ChunkSealer(secrets) : null,
                new SerialTasks(serverThreads),
                over -> serving.remove(over.sessionId(), over));
        // The directory is asked once more, since the session may have ended meanwhile: an id must not begin to live
        // again.
        ServingSession begun = serving.computeIfAbsent(
                opening.sessionId(), id -> directory.open(id).isPresent() ? session : null);
        if (begun != session) {
            at.rail().releasePeer(peer);
            return;
        }
        session.setPeer(peer);
        session.join();
        session.sendHandshake(opening.readerId(), RecordType.ACCEPT, acceptance.encode(credentials.key(), opening));
        session.introduce(opening.readerId(), secrets.serverMessages());
    }

    /** Lets the reader know that there will be no session. */
    private void refuse(RailSessions at, Opening opening, SessionCredentials credentials, String why) {
        refused.put(opening.sessionId(), why);
        try {
            long peer = at.rail().insertPeer(opening.replyTo());
            ByteBuffer refusal = new Refusal(why).encode(credentials.key(), opening);
            at.sendHandshake(peer, opening.readerId(), RecordType.REFUSE, refusal, UNNOTICED);
            at.rail().releasePeer(peer);
        } catch (TransportException e) {
            LOG.debug("A reader could not be refused", e);
        }
    }
}
