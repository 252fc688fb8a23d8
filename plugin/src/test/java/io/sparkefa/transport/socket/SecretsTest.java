package io.sparkefa.transport.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transport.Await;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.ExposedWindow;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.TestPeer.Reader;
import io.sparkefa.transport.TestWindow;
import io.sparkefa.transport.TwoPeers;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Keys are shown nowhere: not by what has them, and not in the log, however much is logged. */
@Timeout(60)
class SecretsTest {

    private static final String ALL_OURS = "io.sparkefa";

    /** Keeps what is logged. */
    private static final class Kept extends AbstractAppender {
        final List<String> lines = new CopyOnWriteArrayList<>();

        Kept() {
            super("kept", null, null, true, Property.EMPTY_ARRAY);
        }

        @Override
        public void append(LogEvent event) {
            lines.add(event.getMessage().getFormattedMessage() + " " + event.getThrown());
        }
    }

    /** A key's first bytes, in every way in which somebody may have written it. */
    private static List<String> writings(byte[] key) {
        byte[] part = Arrays.copyOf(key, 6);
        String list = Arrays.toString(part);
        return List.of(
                HexFormat.of().formatHex(part),
                HexFormat.of().withUpperCase().formatHex(part),
                Base64.getEncoder().encodeToString(part),
                list.substring(1, list.length() - 1));
    }

    private static void assertShowsNo(byte[] key, String text) {
        assertThat(writings(key)).noneMatch(text::contains);
    }

    @Test
    void whatHasAKeyDoesNotShowIt() {
        byte[] key = HexFormat.of().parseHex("1badfacedeadbeef".repeat(4));
        SessionCredentials credentials = new SessionCredentials(new UUID(1, 2), key, ExecutorIdentity.newborn("1"));
        Handshake handshake = Handshake.answer(new byte[16], credentials, ExecutorIdentity.newborn("2"), 0, true);
        assertThat(writings(key)).anyMatch(Arrays.toString(key)::contains);
        for (Object shown : new Object[] {credentials, handshake, handshake.answer(), handshake.keys()}) {
            assertShowsNo(key, shown.toString());
        }
    }

    @Test
    void noKeyIsLogged() throws Exception {
        LoggerContext context = (LoggerContext) LogManager.getContext(false);
        Kept kept = new Kept();
        kept.start();
        context.getConfiguration().getRootLogger().addAppender(kept, Level.ALL, null);
        Configurator.setLevel(ALL_OURS, Level.ALL);
        SocketSettings settings = SocketSettings.defaults().withBinding("127.0.0.1", 0, 0);
        try (TwoPeers peers =
                new TwoPeers(() -> new SocketTransport(settings.withEncryption(true), new ShuffleCounters()))) {
            SessionCredentials credentials = peers.server.issue();
            Reader reader = peers.client.connect(peers.server, peers.server.address, credentials);
            ExposedWindow window = peers.server.expose(reader.atServer(), TestWindow.ofMemory(1000));
            reader.read(window, 0, 1000).assertRead();
            reader.connection().close();
            byte[] wrong = credentials.key().clone();
            wrong[31] ^= 1;
            SessionCredentials issued = peers.server.issue();
            Reader refused =
                    peers.client.open(peers.server, new SessionCredentials(issued.sessionId(), wrong, issued.server()));
            refused.awaitClosed();
            Await.until("the refusal is logged", () -> kept.lines.stream().anyMatch(line -> line.contains("refused")));
            for (byte[] key : List.of(credentials.key(), issued.key(), wrong)) {
                kept.lines.forEach(line -> assertShowsNo(key, line));
                refused.causes.forEach(cause -> assertShowsNo(key, cause.toString()));
            }
        } finally {
            Configurator.setLevel(ALL_OURS, (Level) null);
            context.getConfiguration().getRootLogger().removeAppender("kept");
            kept.stop();
        }
    }
}
