package io.sparkefa.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.transport.TestPeer.Reader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * A server and a client for one test. Closing them checks that nobody was told anything twice or too late, and that no
 * window, file or socket stays open.
 */
public final class TwoPeers implements AutoCloseable {

    public final TestPeer server;
    public final TestPeer client;
    private final Supplier<Transport> transports;
    private final List<TestPeer> others = new ArrayList<>();
    private final List<FileChannel> files = new ArrayList<>();
    private final int descriptorsBefore = openDescriptors().size();

    static {
        // What the JDK itself opens with its first socket and keeps.
        try (ServerSocketChannel listener =
                        ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                SocketChannel connected = SocketChannel.open(listener.getLocalAddress())) {
            connected.shutdownOutput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public TwoPeers(Supplier<Transport> transports) throws IOException {
        this.transports = transports;
        this.server = new TestPeer(transports.get());
        this.client = new TestPeer(transports.get());
    }

    public TestPeer another() throws IOException {
        TestPeer peer = new TestPeer(transports.get());
        others.add(peer);
        return peer;
    }

    public Reader connect() {
        return client.connect(server);
    }

    /** A file that is deleted and closed with the peers. */
    public FileChannel file(Path folder) throws IOException {
        FileChannel file = FileChannel.open(
                Files.createTempFile(folder, "window", ".data"),
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE);
        files.add(file);
        return file;
    }

    /** A file with the content of a test window, from an offset of that on. */
    public FileChannel file(Path folder, long offset, int lengthBytes) throws IOException {
        FileChannel file = file(folder);
        file.write(TestWindow.content(offset, lengthBytes));
        return file;
    }

    @Override
    public void close() throws IOException {
        client.close();
        others.forEach(TestPeer::close);
        server.close();
        for (FileChannel file : files) {
            file.close();
        }
        assertThat(client.violations()).isEmpty();
        assertThat(server.violations()).isEmpty();
        others.forEach(peer -> assertThat(peer.violations()).isEmpty());
        Await.until("all windows are closed", () -> TestWindow.openCount() == 0);
        try {
            Await.until(
                    "all sockets and files are closed", () -> openDescriptors().size() <= descriptorsBefore);
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "; open are " + describe(openDescriptors()), e);
        }
    }

    /** What of this process's descriptors is a socket, a selector or a test's file; nothing where the system does not tell. */
    private static List<String> openDescriptors() {
        List<String> open = new ArrayList<>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                String target = targetOf(descriptor);
                if (target.startsWith("socket:") || target.startsWith("anon_inode:") || target.contains("window")) {
                    open.add(target);
                }
            }
        } catch (IOException e) {
            return List.of();
        }
        return open;
    }

    /** The addresses and states that belong to the sockets among some descriptors, as the kernel lists them. */
    private static List<String> describe(List<String> descriptors) throws IOException {
        List<String> described = new ArrayList<>(descriptors);
        for (String table : List.of("/proc/self/net/tcp", "/proc/self/net/tcp6")) {
            for (String line : Files.readAllLines(Path.of(table))) {
                String[] fields = line.trim().split("\\s+");
                if (descriptors.contains("socket:[" + fields[9] + "]")) {
                    described.add(line.trim());
                }
            }
        }
        return described;
    }

    private static String targetOf(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return "closed meanwhile";
        }
    }
}
