package io.sparkefa.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkefa.config.ShuffleConfig;
import io.sparkefa.metrics.ShuffleCounter;
import io.sparkefa.metrics.ShuffleCounters;
import io.sparkefa.transfer.protocol.Card;
import io.sparkefa.transport.TransportAddress;
import io.sparkefa.transport.loopback.LoopbackNetwork;
import io.sparkefa.transport.loopback.LoopbackTransport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.shuffle.IndexShuffleBlockResolver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180) // the first SparkContext of a process takes long on a busy machine
class ShuffleRuntimeTest {

    private final ShuffleCounters counters = new ShuffleCounters();
    private JavaSparkContext spark;

    @BeforeEach
    void startSpark() {
        spark = new JavaSparkContext(new SparkConf(false)
                .setMaster("local[1]")
                .setAppName("ShuffleRuntimeTest")
                .set("spark.driver.host", "127.0.0.1")
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.ui.enabled", "false"));
    }

    @AfterEach
    void stopSpark() {
        spark.close();
    }

    private ShuffleRuntime start(SparkConf conf) throws IOException {
        SparkEnv env = SparkEnv.get();
        return ShuffleRuntime.start(SparkSettings.read(conf), env, resolver(env), Integer.MAX_VALUE, counters);
    }

    private static IndexShuffleBlockResolver resolver(SparkEnv env) {
        return (IndexShuffleBlockResolver) env.shuffleManager().shuffleBlockResolver();
    }

    @Test
    void offersItsTransportAndClosesEverything() throws IOException {
        ShuffleRuntime runtime = start(new SparkConf(false));
        assertThat(SparkEnv.get().metricsSystem().getSourcesByName("SparkEfa").size())
                .isEqualTo(1);

        Card card = Card.decode(runtime.card());
        assertThat(card.applicationId()).isEqualTo(spark.sc().applicationId());
        assertThat(card.executorId()).isEqualTo("driver");
        assertThat(card.transports()).hasSize(1);
        assertThat(Card.decode(runtime.card()).session().sessionId())
                .isNotEqualTo(card.session().sessionId());
        assertThat(counters.get(ShuffleCounter.SESSIONS_ISSUED)).isEqualTo(2);

        runtime.close();
        runtime.close();
        assertThat(SparkEnv.get().metricsSystem().getSourcesByName("SparkEfa").size())
                .isZero();
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().startsWith("spark-efa-housekeeping") && thread.isAlive());
    }

    @Test
    void offersAllItsTransportsAsLongAsTheyCanBeReached() throws IOException {
        LoopbackTransport loopback = new LoopbackTransport(new LoopbackNetwork(Runnable::run, null));
        TransportSet.Opener twoTransports = (settings, counted, parts) -> {
            TransportSet sockets = TransportSet.sockets(settings, counted, parts);
            return new TransportSet(
                    List.of(loopback, sockets.transports().get(0)),
                    sockets.receiveMemory(),
                    sockets.servingMemory(),
                    sockets.levels());
        };
        SparkEnv env = SparkEnv.get();
        try (ShuffleRuntime runtime = ShuffleRuntime.open(
                ShuffleConfig.defaults(), env, resolver(env), Integer.MAX_VALUE, counters, twoTransports, "")) {
            assertThat(offered(runtime)).containsExactly("loopback", "sockets");
            loopback.close();
            assertThat(offered(runtime)).containsExactly("sockets");
        }
    }

    private static List<String> offered(ShuffleRuntime runtime) throws IOException {
        return Card.decode(runtime.card()).transports().stream()
                .map(TransportAddress::transport)
                .toList();
    }

    @Test
    void offersNothingWhenThereAreTooManySessions() throws IOException {
        try (ShuffleRuntime runtime = start(new SparkConf(false).set("spark.shuffle.efa.server.maxSessions", "1"))) {
            assertThat(Card.decode(runtime.card()).transports()).hasSize(1);
            assertThat(Card.decode(runtime.card()).transports()).isEmpty();
            assertThat(counters.get(ShuffleCounter.SESSIONS_ISSUED)).isEqualTo(1);
        }
    }

    @Test
    void leavesNothingBehindWhenItsPortIsTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            SparkConf conf =
                    new SparkConf(false).set("spark.shuffle.efa.sockets.port", String.valueOf(taken.getLocalPort()));
            SparkEnv.get().conf().set("spark.port.maxRetries", "0");

            assertThatThrownBy(() -> start(conf))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(String.valueOf(taken.getLocalPort()));
            assertThat(SparkEnv.get()
                            .metricsSystem()
                            .getSourcesByName("SparkEfa")
                            .size())
                    .isZero();
        }
    }
}
