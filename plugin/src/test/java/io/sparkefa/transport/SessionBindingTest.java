package io.sparkefa.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Whatever two ends differ in, they differ in the bytes that proofs and keys are made of. */
class SessionBindingTest {

    private static final UUID SESSION = new UUID(1, 2);
    private static final ExecutorIdentity READER = new ExecutorIdentity("1", new UUID(3, 4));
    private static final ExecutorIdentity SERVER = new ExecutorIdentity("2", new UUID(5, 6));

    @Test
    void everyDifferenceCounts() {
        List<SessionBinding> different = List.of(
                new SessionBinding("sockets", 2, false, SESSION, READER, SERVER, 0),
                new SessionBinding("socket", 2, false, SESSION, READER, SERVER, 0),
                new SessionBinding("sockets", 3, false, SESSION, READER, SERVER, 0),
                new SessionBinding("sockets", 2, true, SESSION, READER, SERVER, 0),
                new SessionBinding("sockets", 2, false, new UUID(1, 3), READER, SERVER, 0),
                new SessionBinding("sockets", 2, false, SESSION, SERVER, READER, 0),
                new SessionBinding("sockets", 2, false, SESSION, new ExecutorIdentity("1", new UUID(3, 5)), SERVER, 0),
                new SessionBinding("sockets", 2, false, SESSION, READER, new ExecutorIdentity("12", new UUID(5, 6)), 0),
                new SessionBinding("sockets", 2, false, SESSION, READER, SERVER, 1));
        assertThat(different.stream().map(binding -> HexFormat.of().formatHex(binding.encode())))
                .doesNotHaveDuplicates();
        assertThat(different.get(0).encode())
                .isEqualTo(new SessionBinding("sockets", 2, false, SESSION, READER, SERVER, 0).encode());
    }
}
