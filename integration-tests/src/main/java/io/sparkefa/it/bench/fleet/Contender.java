package io.sparkefa.it.bench.fleet;

import io.sparkefa.it.harness.SparkApplication;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A way of moving shuffle blocks. */
public enum Contender {
    /** Spark's own, as it is by default. */
    NETTY("netty"),

    /** The same with eight connections to each peer. */
    NETTY_8("netty-8"),

    /** The plugin over parallel TCP flows. */
    SOCKETS("sockets"),

    /** The plugin over libfabric's efa provider, on an emulated device. */
    EFA("efa"),

    /** The plugin over libfabric's provider tcp;ofi_rxm. */
    OFI_RXM("ofi-rxm"),

    /** Spark's own, as it encrypts with {@code spark.network.crypto.enabled}. */
    NETTY_ENCRYPTED("netty-encrypted"),

    /** The plugin over parallel TCP flows, which encrypts for the same reason. */
    SOCKETS_ENCRYPTED("sockets-encrypted");

    /** Those that do not encrypt: what is measured when nothing else is asked for. */
    public static final List<Contender> PLAIN = List.of(NETTY, NETTY_8, SOCKETS, EFA, OFI_RXM);

    private final String label;

    Contender(String label) {
        this.label = label;
    }

    /** What options, tables and files call it. */
    public String label() {
        return label;
    }

    public static Optional<Contender> labelled(String label) {
        return Arrays.stream(values())
                .filter(contender -> contender.label.equals(label))
                .findFirst();
    }

    /** The stock Spark to compare with: the one that encrypts, too, for those that do. */
    public Contender baseline() {
        return this == SOCKETS_ENCRYPTED || this == NETTY_ENCRYPTED ? NETTY_ENCRYPTED : NETTY;
    }

    /** One that shows how bytes can move, too; it takes no part where that is not the question, and time is short. */
    public boolean isVariant() {
        return this == NETTY_8 || this == OFI_RXM;
    }

    /** Makes the application one of this kind; emulated devices are added by who owns them. */
    void configure(SparkApplication application) {
        switch (this) {
            case NETTY -> {}
            case NETTY_8 -> application.set("spark.shuffle.io.numConnectionsPerPeer", "8");
            case SOCKETS -> application.withPlugin().set("spark.shuffle.efa.transport", "sockets");
            case EFA -> application.withPlugin();
            case OFI_RXM ->
                application.withPlugin().overFabric("tcp;ofi_rxm").set("spark.executorEnv.FI_TCP_IFACE", "lo");
            case NETTY_ENCRYPTED -> encrypt(application);
            case SOCKETS_ENCRYPTED -> {
                SOCKETS.configure(application);
                encrypt(application);
            }
        }
    }

    private static void encrypt(SparkApplication application) {
        application
                .set("spark.authenticate", "true")
                .set("spark.authenticate.secret", "a secret of this measurement only")
                .set("spark.network.crypto.enabled", "true");
    }
}
