package io.sparkefa.transport.efa;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.fabric.Libfabric;
import io.sparkefa.transport.TestWindow;
import io.sparkefa.transport.efa.fake.FakeFabric;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Over a libfabric in memory, which knows what was sent, and to whom one could. */
class FakeSessionAttackTest extends SessionAttackTest {

    private final FakeFabric fabric = new FakeFabric(7);

    FakeSessionAttackTest() {
        super("efa");
    }

    @Override
    Libfabric libfabric(String host) {
        return fabric.host(host, 1);
    }

    @Override
    long[] knownAndSent(byte[] address) {
        return new long[] {fabric.endpoint(address).knownPeers(), fabric.sends()};
    }

    @Test
    void onlyWhatIsNotEncryptedCanBeReadByGuessingKeys() throws IOException {
        leaveStaged("the reader's request", "the server's answer", 300_000);
        byte[] block = new byte[64];
        TestWindow.content(200_000, block.length).get(block);
        assertThat(fabric.isWithinReach(block)).isEqualTo(!isEncrypted());
        assertThat(fabric.isWithinReach(ascii("the reader's request"))).isFalse();
        assertThat(fabric.isWithinReach(ascii("the server's answer"))).isFalse();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @AfterEach
    void verify() {
        close();
        fabric.verifyAllClosed();
    }
}
