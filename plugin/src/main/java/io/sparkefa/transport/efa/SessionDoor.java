package io.sparkefa.transport.efa;

import io.sparkefa.transport.ServerHandler;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.SessionDirectory;
import io.sparkefa.transport.TransportException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets readers in that prove that they were given a session. Thread-safe. */
final class SessionDoor {

    private static final Logger LOG = LoggerFactory.getLogger(SessionDoor.class);

    private static final SecureRandom RANDOM = new SecureRandom();

    private final String provider;
    private final SessionDirectory directory;
    private final ServerHandler handler;
    private final ChunkStager stager;
    private final List<Acceptance.RemoteRegion> regions;
    private final Executor serverThreads;
    private final Map<UUID, ServingSession> serving = new ConcurrentHashMap<>();
    /** Asked for and not done with, over all sessions. */
    private final AtomicInteger chunksBeingRead = new AtomicInteger();

    /** @param regions what readers may read from, as they have to name it */
    SessionDoor(
            String provider,
            SessionDirectory directory,
            ServerHandler handler,
            ChunkStager stager,
            List<Acceptance.RemoteRegion> regions,
            Executor serverThreads) {
        this.provider = provider;
        this.directory = directory;
        this.handler = handler;
        this.stager = stager;
        this.regions = regions;
        this.serverThreads = serverThreads;
    }

    /** Whether readers have been told of chunks that they have not let go of. */
    boolean isBeingRead() {
        return chunksBeingRead.get() > 0;
    }

    void addChunksBeingRead(int count) {
        chunksBeingRead.addAndGet(count);
    }

    /** Hard to guess, never 0: who knows it may speak for the session. */
    static long newId() {
        long id = 0;
        while (id == 0) {
            id = RANDOM.nextLong();
        }
        return id;
    }

    /** A reader asks for a session, on the rail that is to be its control rail. */
    void onOpening(RailSessions at, Opening opening) {
        Optional<SessionCredentials> credentials = directory.find(opening.sessionId());
        if (credentials.isEmpty() || !opening.proves(credentials.get().key())) {
            refuse(at, opening, "it is not known here, or its key is wrong");
            return;
        }
        if (!opening.address().provider().equals(provider)) {
            refuse(at, opening, "its provider is " + opening.address().provider() + ", here it is " + provider);
            return;
        }
        ServingSession session = new ServingSession(
                at,
                newId(),
                opening.sessionId(),
                handler,
                stager,
                new SerialTasks(serverThreads),
                over -> serving.remove(over.sessionId(), over));
        if (serving.putIfAbsent(opening.sessionId(), session) != null) {
            refuse(at, opening, "it is open already");
            return;
        }
        try {
            session.setPeer(at.rail().insertPeer(opening.replyTo()), opening.readerId());
        } catch (TransportException e) {
            serving.remove(opening.sessionId(), session);
            LOG.warn("EFA: a reader has an address that cannot be used: {}", e.getMessage());
            return;
        }
        session.join();
        ByteBuffer acceptance = Acceptance.encode(credentials.get().key(), opening.readerId(), session.id(), regions);
        session.outbox().add(RecordType.ACCEPT, acceptance.remaining()).put(acceptance);
    }

    /** Lets the reader know that there will be no session. */
    void refuse(RailSessions at, Opening opening, String why) {
        try {
            long peer = at.rail().insertPeer(opening.replyTo());
            Outbox answer = new Outbox(
                    at, peer, opening.readerId(), unsent -> LOG.debug("A refusal was not delivered", unsent.cause()));
            answer.addText(RecordType.REFUSE, why);
            answer.flush();
            at.rail().releasePeer(peer);
        } catch (TransportException e) {
            LOG.debug("A reader could not be refused", e);
        }
    }
}
