package io.sparkefa.transport;

import io.sparkefa.transport.TestPeer.Reader;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every transport does, through its interface alone. */
public abstract class TransportContractTest {

    private TestPeer server;
    private TestPeer client;

    /** A transport of the kind under test, not started. */
    protected abstract Transport newTransport();

    @BeforeEach
    void start() throws IOException {
        server = new TestPeer(newTransport());
        client = new TestPeer(newTransport());
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
        Await.until("all windows are closed", () -> TestWindow.openCount() == 0);
    }

    @Test
    void readsAByte() {
        Reader reader = client.connect(server);
        ExposedWindow window = server.expose(reader.atServer(), TestWindow.ofMemory(1));
        reader.read(window, 0, 1).assertRead();
    }

    @Test
    void readsManyMegabytes() {
        Reader reader = client.connect(server);
        ExposedWindow window = server.expose(reader.atServer(), TestWindow.ofMemory(64 << 20));
        reader.read(window, 0, 64 << 20).assertRead();
    }
}
