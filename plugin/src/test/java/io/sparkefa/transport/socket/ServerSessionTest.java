package io.sparkefa.transport.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.ServerConnection;
import io.sparkefa.transport.ServerHandler;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ServerSessionTest {

    private static final ExecutorIdentity READER = new ExecutorIdentity("reader", new UUID(5, 6));

    private final MemoryLoop memory = new MemoryLoop();
    private int closed;

    /** Time passes between a session's beginning and the joining of the flow that has proven it. */
    @Test
    void isNotOverBeforeItsFirstFlowHasJoined() throws Exception {
        memory.turnLater(Duration.ofHours(1));
        SocketServer server = SocketServer.start(
                MemoryLoop.settings(), memory.loops, id -> Optional.empty(), new Handler(), new ShuffleCounters());
        try {
            ServerSession session = new ServerSession(new UUID(1, 2), READER, server, new Handler());
            ServerFlow flow =
                    new ServerFlow(server, memory.loop, MemoryLoop.settings(), memory.openSocket(), "the peer");

            long lingerNs = Duration.ofSeconds(10).toNanos();
            session.expire(server.nowNs() + lingerNs - 1, lingerNs);
            assertThat(session.join(flow, READER)).isNull();

            session.leave(flow);
            session.expire(server.nowNs() + lingerNs, lingerNs);
            assertThat(session.join(flow, READER)).isEqualTo(Refusal.UNKNOWN_SESSION);
            assertThat(closed).isEqualTo(1);
        } finally {
            server.close();
            memory.turn();
        }
    }

    private final class Handler implements ServerHandler {
        @Override
        public void onMessage(ServerConnection from, ByteBuffer message) {}

        @Override
        public void onClosed(ServerConnection connection) {
            closed++;
        }
    }
}
