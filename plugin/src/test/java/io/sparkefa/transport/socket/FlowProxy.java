package io.sparkefa.transport.socket;

import io.sparkefa.transport.TransportAddress;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Stands between a client and a server, and does to single flows what networks do. */
final class FlowProxy implements AutoCloseable {

    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int serverPort;
    private volatile long bytesPerSecondOfNewFlows = Long.MAX_VALUE;
    private volatile long downBytesOfNewFlows = Long.MAX_VALUE;
    private volatile boolean closed;
    private volatile boolean refusing;
    private final List<Flow> flows = new CopyOnWriteArrayList<>();

    FlowProxy(TransportAddress server) throws IOException {
        this.serverPort = Short.toUnsignedInt(ByteBuffer.wrap(server.encoded()).getShort(1));
        start("proxy-accept", this::acceptAll);
    }

    TransportAddress address() {
        return new TransportAddress(
                SocketTransport.NAME,
                ByteBuffer.allocate(3)
                        .put((byte) Handshake.VERSION)
                        .putShort((short) listener.getLocalPort())
                        .array());
    }

    /** The flows so far, also those that are gone. */
    List<Flow> flows() {
        return flows;
    }

    /** Limits each flow that is opened from now on. */
    void slowDownNewFlows(long limitBytesPerSecond) {
        bytesPerSecondOfNewFlows = limitBytesPerSecond;
    }

    /** Cuts each flow that is opened from now on after so many bytes from the server. */
    void cutNewFlowsAfter(long downBytes) {
        downBytesOfNewFlows = downBytes;
    }

    /** Lets nobody in any more; flows that exist go on. */
    void refuseNewFlows() throws IOException {
        refusing = true;
        listener.close();
    }

    @Override
    public void close() throws IOException {
        closed = true;
        listener.close();
        flows.forEach(Flow::cut);
    }

    private void acceptAll() throws IOException {
        while (true) {
            Socket client = listener.accept();
            if (refusing) {
                // Closing the listener does not end an accept that has just succeeded.
                client.close();
                return;
            }
            Socket server;
            try {
                server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
            } catch (IOException e) {
                client.close();
                continue;
            }
            Flow flow = new Flow(client, server);
            flow.slowDown(bytesPerSecondOfNewFlows);
            flow.lastDownByte = downBytesOfNewFlows;
            flows.add(flow);
            if (closed) {
                flow.cut();
            }
            start("proxy-up", () -> flow.pump(flow.client, flow.server, false));
            start("proxy-down", () -> flow.pump(flow.server, flow.client, true));
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void start(String name, Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        // Sockets are closed here on purpose.
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }

    /** One TCP connection in two halves. */
    static final class Flow {

        private final Socket client;
        private final Socket server;
        private volatile boolean blackHole;
        private volatile long bytesPerSecond = Long.MAX_VALUE;
        private volatile long lastDownByte = Long.MAX_VALUE;
        private final AtomicLong downBytes = new AtomicLong();

        Flow(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        /** Breaks both halves. */
        void cut() {
            close(client);
            close(server);
        }

        /** From now on swallows everything, while both ends believe that the flow lives. */
        void blackHole() {
            blackHole = true;
        }

        /** As {@link #blackHole}, but the server sees the flow end. */
        void loseClient() {
            blackHole = true;
            close(server);
        }

        void slowDown(long limitBytesPerSecond) {
            bytesPerSecond = limitBytesPerSecond;
        }

        /** Bytes that went from the server to the client. */
        long downBytes() {
            return downBytes.get();
        }

        private void pump(Socket from, Socket to, boolean down) throws IOException {
            byte[] buffer = new byte[32 << 10];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    if (bytesPerSecond != Long.MAX_VALUE) {
                        LockSupport.parkNanos(n * 1_000_000_000L / bytesPerSecond);
                    }
                    if (!blackHole) {
                        out.write(buffer, 0, n);
                        if (downBytes.addAndGet(down ? n : 0) >= lastDownByte) {
                            return;
                        }
                    }
                }
            } finally {
                if (!blackHole) {
                    cut();
                }
            }
        }

        private static void close(Socket socket) {
            try {
                socket.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }
}
