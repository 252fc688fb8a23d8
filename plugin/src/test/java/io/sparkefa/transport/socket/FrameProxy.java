package io.sparkefa.transport.socket;

import io.sparkefa.seal.Sealer;
import io.sparkefa.transport.TransportAddress;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A man in the middle who sees every frame and may do with it what he likes: keep it, change it, repeat it, put it elsewhere. He has
 * all but the key.
 */
final class FrameProxy implements AutoCloseable {

    /** What becomes of a frame. */
    interface Tamperer {

        /**
         * @param frame header, payload and tags, as sent; may be changed
         * @return what is sent on instead
         */
        List<byte[]> onFrame(Passing passing, byte[] frame);
    }

    /** A frame on its way. */
    record Passing(FrameType type, boolean fromServer, int flow, int number) {}

    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int serverPort;
    private final boolean encrypted;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final List<ByteArrayOutputStream> fromReaders = new CopyOnWriteArrayList<>();
    private final List<ByteArrayOutputStream> fromServer = new CopyOnWriteArrayList<>();

    volatile Tamperer tamperer = (passing, frame) -> List.of(frame);

    FrameProxy(TransportAddress server, boolean encrypted) throws IOException {
        this.serverPort = Short.toUnsignedInt(ByteBuffer.wrap(server.encoded()).getShort(1));
        this.encrypted = encrypted;
        start(this::acceptAll);
    }

    TransportAddress address() {
        return new TransportAddress(
                SocketTransport.NAME,
                ByteBuffer.allocate(3)
                        .put((byte) Handshake.VERSION)
                        .putShort((short) listener.getLocalPort())
                        .array());
    }

    /** Everything that a flow's reader has said, as it said it. */
    byte[] heardFromReader(int flow) {
        return fromReaders.get(flow).toByteArray();
    }

    /** Everything that the server has said on a flow, as it said it. */
    byte[] heardFromServer(int flow) {
        return fromServer.get(flow).toByteArray();
    }

    int flowCount() {
        return fromServer.size();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    private void acceptAll() throws IOException {
        while (true) {
            Socket reader = listener.accept();
            Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
            sockets.add(reader);
            sockets.add(server);
            int flow = fromReaders.size();
            fromReaders.add(new ByteArrayOutputStream());
            fromServer.add(new ByteArrayOutputStream());
            start(() -> pump(reader, server, flow, false, fromReaders.get(flow)));
            start(() -> pump(server, reader, flow, true, fromServer.get(flow)));
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void start(Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        // Sockets are closed here on purpose.
                    }
                },
                "frame-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private void pump(Socket from, Socket to, int flow, boolean fromServerSide, ByteArrayOutputStream heard)
            throws IOException {
        try (from;
                to) {
            DataInputStream in = new DataInputStream(from.getInputStream());
            OutputStream out = to.getOutputStream();
            boolean open = false;
            for (int number = 0; ; number++) {
                byte[] header = in.readNBytes(Frame.HEADER_BYTES);
                if (header.length < Frame.HEADER_BYTES) {
                    throw new EOFException();
                }
                FrameType type = FrameType.ofCode(header[0]);
                int lengthBytes = ByteBuffer.wrap(header).getInt(4);
                byte[] frame = ByteBuffer.allocate(Frame.HEADER_BYTES + lengthBytes + tagBytes(type, lengthBytes, open))
                        .put(header)
                        .array();
                in.readFully(frame, Frame.HEADER_BYTES, frame.length - Frame.HEADER_BYTES);
                heard.write(frame);
                open |= type == FrameType.WELCOME || type == FrameType.HELLO;
                for (byte[] forwarded : tamperer.onFrame(new Passing(type, fromServerSide, flow, number), frame)) {
                    out.write(forwarded);
                }
            }
        }
    }

    private int tagBytes(FrameType type, int lengthBytes, boolean open) {
        if (!open) {
            return 0;
        }
        if (type != FrameType.DATA) {
            return Sealer.TAG_BYTES;
        }
        int segments = (lengthBytes + SealBuffers.SEGMENT_BYTES - 1) / SealBuffers.SEGMENT_BYTES;
        return encrypted ? segments * Sealer.TAG_BYTES : 0;
    }
}
