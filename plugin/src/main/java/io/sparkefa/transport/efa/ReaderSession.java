package io.sparkefa.transport.efa;

import io.sparkefa.transport.Connection;
import io.sparkefa.transport.ConnectionHandler;
import io.sparkefa.transport.ReadCompletion;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.TransportException;
import io.sparkefa.transport.WindowDescriptor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The reader's end of a session: asks the server to stage chunks that are not in place, pulls them over whichever rail has least to
 * do, and tells the server when its memory is free again. Confined to its rail's thread, except for the methods of {@link Connection}.
 *
 * <pre>
 * OPENING -- ACCEPT -->  OPEN -- CLOSE, close(), peer lost -->  DRAINING -- last pull ended -->  OVER
 * OPENING -- REFUSE, close(), no answer -->  OVER
 * </pre>
 *
 * <p>While draining, the memory of pulls that have not ended is still the NIC's. If they do not end in time, their rails are
 * rebuilt, which ends them.
 */
final class ReaderSession extends Session implements Connection, ReadWindow.Starter {

    /** Chunks that the peer is asked to stage for this reader before it has pulled the first. */
    static final int MAX_READS_AHEAD = 256;

    /** How much memory of the peer they may take, in bytes. */
    private static final long MAX_BYTES_AHEAD = 16 << 20;

    private enum State {
        OPENING,
        OPEN,
        DRAINING,
        OVER
    }

    private final SessionCredentials credentials;
    private final EfaAddress address;
    private final ConnectionHandler handler;
    private final RailPulls pulls;
    private final int chunkBytes;

    private State state = State.OPENING;
    /** What the peer was asked; nothing before that. */
    private @Nullable Opening opening;

    private long openingSinceNs;
    private @Nullable TransportException closeCause;
    /** Whether the peer is to be told of the end, and has not heard yet. */
    private boolean saysGoodbye;

    /** The peer has ended the session and waits until nothing of its memory is used. */
    private boolean owesClosed;

    private long endingSinceNs;
    private final List<ByteBuffer> unsentMessages = new ArrayList<>();
    private final ReadWindow reads = new ReadWindow(MAX_READS_AHEAD, MAX_BYTES_AHEAD);
    private @Nullable RemoteMemory remote;
    /** Nothing when the session is not encrypted. */
    private @Nullable ChunkOpener chunkOpener;

    ReaderSession(
            RailSessions home,
            long id,
            String host,
            EfaAddress address,
            SessionCredentials credentials,
            ConnectionHandler handler,
            RailPulls pulls) {
        super(home, id, "the EFA transport of " + host);
        this.credentials = credentials;
        this.address = address;
        this.handler = handler;
        this.pulls = pulls;
        this.chunkBytes = home.settings().chunkBytes();
    }

    // ---- any thread

    @Override
    public void send(ByteBuffer message) {
        if (home().rail().isOnThread() && state == State.OPEN) {
            EfaTransport.checkLength(message, home().settings());
            addMessage(message.duplicate());
            return;
        }
        ByteBuffer copy = EfaTransport.copyOf(message, home().settings());
        home().rail().tryExecute(() -> {
            if (state == State.OPEN) {
                addMessage(copy);
            } else if (state == State.OPENING) {
                unsentMessages.add(copy);
            }
        });
    }

    @Override
    public void read(WindowDescriptor window, long offset, ByteBuffer destination, ReadCompletion completion) {
        if (!destination.isDirect() || !destination.hasRemaining() || offset < 0) {
            throw new IllegalArgumentException("a read at offset " + offset + " into " + destination);
        }
        WindowName name;
        try {
            name = WindowName.decode(window);
        } catch (RecordException e) {
            completion.onReadFailed(brokeTheProtocol(e));
            return;
        }
        if (name.isInPlace() && offset > name.lengthBytes() - destination.remaining()) {
            completion.onReadFailed(new TransportException(
                    "cannot read from " + peerName() + ": the window has " + name.lengthBytes() + " bytes"));
            return;
        }
        List<ChunkRead> parts = split(name, offset, destination, completion);
        if (!home().rail().tryExecute(() -> begin(parts))) {
            TransportException gone = new TransportException("cannot read from " + peerName() + ": the rail is closed");
            parts.forEach(part -> part.whole().onChunkEnded(gone));
        }
    }

    private List<ChunkRead> split(WindowName name, long offset, ByteBuffer destination, ReadCompletion completion) {
        int lengthBytes = destination.remaining();
        int chunks = (lengthBytes + chunkBytes - 1) / chunkBytes;
        SplitRead whole = new SplitRead(completion, chunks);
        List<ChunkRead> parts = new ArrayList<>(chunks);
        for (int from = 0; from < lengthBytes; from += chunkBytes) {
            int partBytes = Math.min(chunkBytes, lengthBytes - from);
            // No window reaches beyond what a long holds; the server says so.
            long at = offset + from < 0 ? Long.MAX_VALUE : offset + from;
            StagedChunk inPlace = name.isInPlace() ? name.chunk(at, partBytes) : null;
            parts.add(new ChunkRead(
                    whole, name.windowId(), at, inPlace, destination.slice(destination.position() + from, partBytes)));
        }
        return parts;
    }

    @Override
    public void close() {
        home().rail().tryExecute(() -> beginClose("it was closed by its reader"));
    }

    // ---- the rail's thread: opening

    /** Asks the peer for the session. */
    void open() {
        openingSinceNs = home().nowNs();
        join();
        int control = address.railFor(home().rail().index());
        try {
            if (control < 0) {
                throw new TransportException(peerName() + " has no rail");
            }
            setPeer(home().rail().insertPeer(address.rails().get(control)));
        } catch (TransportException e) {
            end(e, false);
            return;
        }
        Opening asking = Opening.of(
                credentials,
                pulls.self(),
                id(),
                SessionDoor.newChallenge(),
                home().settings().encrypted(),
                home().rail().index(),
                pulls.ownAddress());
        opening = asking;
        sendHandshake(0, RecordType.OPEN, ByteBuffer.wrap(asking.said()));
    }

    @Override
    void onHandshake(RecordType type, ByteBuffer from) throws RecordException {
        Opening asked = opening;
        if (asked == null || isIntroduced() || state == State.OVER) {
            throw new RecordException("nothing was asked that " + type + " would answer");
        }
        switch (type) {
            case ACCEPT -> onAccept(asked, Acceptance.decode(from, credentials.key(), asked));
            case REFUSE -> {
                Refusal refusal = Refusal.decode(from, credentials.key(), asked);
                saysGoodbye = false;
                end(new TransportException(peerName() + " refused the session: " + refusal.why()), false);
                finishIfDrained();
            }
            default -> throw new RecordException(type + " is not sealed");
        }
    }

    private void onAccept(Opening asked, Acceptance acceptance) {
        SessionSecrets secrets = SessionSecrets.of(asked, acceptance, credentials);
        introduce(acceptance.serverId(), secrets.readerMessages());
        if (state != State.OPENING) {
            // Closed while it opened; only now can the peer be told.
            sayGoodbye();
            return;
        }
        if (acceptance.regions().isEmpty()
                || acceptance.regions().get(0).keys().length < address.rails().size()) {
            onPeerLost(new TransportException(peerName() + " lets nothing be read"));
            return;
        }
        chunkOpener = asked.encrypted() ? new ChunkOpener(secrets) : null;
        remote = pulls.remoteMemory(address, acceptance);
        state = State.OPEN;
        handler.onOpen();
        unsentMessages.forEach(this::addMessage);
        unsentMessages.clear();
        beginReads();
    }

    // ---- reading

    private void begin(List<ChunkRead> parts) {
        TransportException closed = closeCause;
        if (closed != null) {
            parts.forEach(part -> part.whole().onChunkEnded(closed));
            return;
        }
        parts.forEach(reads::add);
        beginReads();
    }

    private void beginReads() {
        if (state == State.OPEN) {
            reads.begin(this);
        }
    }

    @Override
    public void ask(int readId, ChunkRead read) {
        outbox().add(RecordType.READ, Integer.BYTES + 2 * Long.BYTES + Integer.BYTES)
                .putInt(readId)
                .putLong(read.windowId())
                .putLong(read.offset())
                .putInt(read.lengthBytes());
    }

    private void onReady(ByteBuffer from) throws RecordException {
        Wire.need(from, Integer.BYTES);
        int readId = from.getInt();
        StagedChunk chunk = StagedChunk.decode(from);
        RemoteMemory memory = remote;
        if (state != State.OPEN || memory == null) {
            return;
        }
        ChunkRead read = reads.onReady(readId);
        if (read == null) {
            throw new RecordException("chunk " + readId + " is ready and was not asked for");
        }
        pull(readId, read, chunk, memory);
    }

    @Override
    public void pull(int readId, ChunkRead read, StagedChunk chunk) {
        try {
            pull(readId, read, chunk, Objects.requireNonNull(remote, "the session is not open"));
        } catch (RecordException e) {
            onPeerLost(brokeTheProtocol(e));
        }
    }

    private void pull(int readId, ChunkRead read, StagedChunk chunk, RemoteMemory memory) throws RecordException {
        try {
            chunk.check(memory.regionCount(), read.lengthBytes(), chunkOpener != null);
        } catch (RecordException e) {
            reads.onPulled(read);
            read.whole().onChunkEnded(brokeTheProtocol(e));
            throw e;
        }
        pulls.pull(this, readId, read, chunk, memory, chunkOpener);
    }

    /** A pull has ended, and its part of the read with it. */
    void onPulled(int readId, ChunkRead read, @Nullable RailFailure failure) {
        reads.onPulled(read);
        if (failure != null && failure.endsSession()) {
            onPeerLost(failure.cause());
        }
        if (state == State.OPEN) {
            if (read.inPlace() == null) {
                outbox().add(RecordType.DONE, Integer.BYTES).putInt(readId);
            }
            beginReads();
        }
        finishIfDrained();
    }

    private void onReadFailed(ByteBuffer from) throws RecordException {
        Wire.need(from, Integer.BYTES);
        int readId = from.getInt();
        // First: should it be malformed, the read must not have left the table that is failed as a whole.
        String why = Wire.getText(from);
        ChunkRead read = reads.onFailed(readId);
        if (read != null) {
            read.whole().onChunkEnded(new TransportException("cannot read from " + peerName() + ": " + why));
            beginReads();
        }
    }

    // ---- what else comes

    @Override
    boolean isOwed() {
        return !reads.isEmpty();
    }

    @Override
    void onRecord(RecordType type, ByteBuffer from) throws RecordException {
        switch (type) {
            case MESSAGE -> {
                Wire.need(from, Integer.BYTES);
                ByteBuffer message = Wire.getSlice(from, from.getInt());
                if (state == State.OPEN) {
                    handler.onMessage(message);
                }
            }
            case READY -> onReady(from);
            case FAILED -> onReadFailed(from);
            case CLOSE -> {
                String why = Wire.getText(from);
                saysGoodbye = false;
                owesClosed = true;
                end(new TransportException(peerName() + " ended the session: " + why), false);
                finishIfDrained();
            }
            case CLOSED -> {
                saysGoodbye = false;
                finishIfDrained();
            }
            default -> throw new RecordException("a reader was sent " + type);
        }
    }

    // ---- the end

    @Override
    void onPeerLost(TransportException cause) {
        saysGoodbye = false;
        end(cause, false);
        finishIfDrained();
    }

    @Override
    void onRailDown(TransportException cause) {
        saysGoodbye = false;
        end(cause, false);
        finishIfDrained();
    }

    @Override
    void beginClose(String reason) {
        end(new TransportException("the session with " + peerName() + " has ended: " + reason), true);
    }

    /** Never opens. */
    void refuse(TransportException cause) {
        end(cause, false);
    }

    /** Fails what has not begun; the rest follows when the last pull has ended. */
    private void end(TransportException cause, boolean tellPeer) {
        if (closeCause != null) {
            return;
        }
        closeCause = cause;
        endingSinceNs = home().nowNs();
        boolean wasOpen = state == State.OPEN;
        state = State.DRAINING;
        unsentMessages.clear();
        reads.drain(read -> read.whole().onChunkEnded(cause));
        saysGoodbye = tellPeer && hasPeer();
        if (wasOpen && saysGoodbye) {
            sayGoodbye();
        }
        finishIfDrained();
    }

    private void sayGoodbye() {
        outbox().addText(RecordType.CLOSE, "the reader has no more use for it");
    }

    /** Tells the handler once nothing is being pulled; stays on the rail until the peer has heard of the end. */
    private void finishIfDrained() {
        TransportException cause = closeCause;
        if (cause == null || reads.isPulling()) {
            return;
        }
        if (state == State.DRAINING) {
            state = State.OVER;
            if (remote != null) {
                pulls.release(remote);
            }
            handler.onClosed(cause);
        }
        if (owesClosed) {
            owesClosed = false;
            outbox().add(RecordType.CLOSED);
        }
        if (!saysGoodbye) {
            leave();
        }
    }

    @Override
    void onRailsClosed(TransportException cause) {
        leaveClosedRail();
        saysGoodbye = false;
        owesClosed = false;
        end(cause, false);
        reads.abandonPulls();
        finishIfDrained();
    }

    @Override
    void onTick(long nowNs) {
        if (state == State.OPENING
                && nowNs - openingSinceNs
                        >= home().settings().patience().openTimeout().toNanos()) {
            home().onMessageLost();
            end(new TransportException(peerName() + " does not answer"), false);
        } else if (state == State.DRAINING
                && nowNs - endingSinceNs
                        >= home().settings().patience().drainTimeout().toNanos()) {
            endingSinceNs = nowNs;
            if (remote != null) {
                pulls.abort(remote, "reads from " + peerName() + ", which is gone, have not ended");
            }
        } else if (state == State.OVER && nowNs - endingSinceNs >= EfaTransport.CLOSE_PATIENCE_NS) {
            saysGoodbye = false;
            finishIfDrained();
        }
    }
}
