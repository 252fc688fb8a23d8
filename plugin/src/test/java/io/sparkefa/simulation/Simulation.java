package io.sparkefa.simulation;

import io.sparkefa.transfer.FetchException;
import io.sparkefa.transfer.MapOutputs;
import io.sparkefa.transfer.protocol.BlockKey;
import io.sparkefa.transfer.protocol.Card;
import io.sparkefa.transport.TransportAddress;
import io.sparkefa.transport.faulty.Fault;
import io.sparkefa.transport.faulty.FaultPlan;
import io.sparkefa.transport.faulty.FaultyNetwork;
import io.sparkefa.transport.loopback.LoopbackNetwork;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * One run: some executors read some shuffles from each other while things go wrong, then nothing more goes wrong and every
 * peer can be read from again, then all that is unused is given up, and then all is closed. Everything follows from the seed.
 */
final class Simulation {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long STORM_NS = 20 * SECOND;
    private static final long MAX_STORM_NS = TimeUnit.HOURS.toNanos(3);
    private static final int MAX_ATTEMPTS = 3;
    private static final int MAX_FINDINGS = 10;

    /** A second apart. As long may a pool that could not grow have to wait until it may try again. */
    private static final int MAX_CALM_ATTEMPTS = 300;

    final Scenario scenario;
    final SimulatedTime time = new SimulatedTime(this::onThrown);
    final Trace trace = new Trace(time);
    final SimulatedOutputs outputs = new SimulatedOutputs();
    final SplittableRandom random;
    private final long seed;
    private final Sabotage sabotage;
    private final FaultyNetwork faults;
    private final LoopbackNetwork loopback;
    final Executor background;
    private final RecycledSlabs slabs;
    private final Workload workload;
    private final Totals totals = new Totals();
    private final List<String> findings = new ArrayList<>();

    /** By id; one that was stopped stays until another one takes its place. */
    private final SimulatedExecutor[] executors;

    private final List<SimulatedExecutor> everStarted = new ArrayList<>();
    private int fetchesUnderWay;
    private boolean closing;
    private int nextFetch;

    /**
     * What came of a run.
     *
     * @param findings what was not as it should be; none of it may be
     * @param traceHash the same for two runs in which the same happened
     */
    record Result(long seed, Totals totals, List<String> findings, long traceHash, String story) {}

    private Simulation(long seed, Sabotage sabotage, RecycledSlabs slabs) {
        this.seed = seed;
        this.sabotage = sabotage;
        this.slabs = slabs;
        SplittableRandom root = new SplittableRandom(seed);
        SplittableRandom scenarioRandom = root.split();
        this.random = root.split();
        this.scenario = Scenario.random(scenarioRandom, plan(scenarioRandom)).sabotaged(sabotage);
        this.faults = new FaultyNetwork(
                time, scenario.plan(), root.split(), fault -> trace.note("fault:", fault.ordinal(), 0, 0));
        SplittableRandom latency = root.split();
        this.background = time.executor(latency, scenario.latencyNs());
        this.loopback = new LoopbackNetwork(
                time.executor(latency, scenario.latencyNs()), scenario.inOrder() ? null : root.split());
        this.executors = new SimulatedExecutor[scenario.executors()];
        this.workload = new Workload(scenario, root.split(), outputs);
    }

    private FaultPlan plan(SplittableRandom planRandom) {
        FaultPlan plan = planRandom.nextInt(20) == 0 ? FaultPlan.NONE : FaultPlan.random(planRandom);
        return switch (sabotage) {
            case WRONG_BYTES -> FaultPlan.NONE.with(Fault.READ_CORRUPTED, 0.2);
            case FORGOTTEN_READ ->
                new FaultPlan(plan.odds(), plan.maxDelayNs(), Long.MAX_VALUE / 4, true).with(Fault.READ_STALLED, 0.2);
            default -> plan;
        };
    }

    static Result run(long seed, Sabotage sabotage, RecycledSlabs slabs) {
        return new Simulation(seed, sabotage, slabs).run();
    }

    private Result run() {
        for (int id = 0; id < executors.length; id++) {
            start(id);
        }
        storm();
        calm();
        rest();
        close();
        totals.runs = 1;
        totals.shuffles = scenario.shuffles();
        totals.fetches = nextFetch;
        totals.events = time.eventCount();
        totals.faults.putAll(faults.injected());
        String story = findings.isEmpty() ? "" : tell();
        return new Result(seed, totals, findings, trace.hash(), story);
    }

    private String tell() {
        return "seed %d, sabotage %s%n%s%n%s%nlast events:%n%sfindings:%n%s"
                .formatted(seed, sabotage, scenario, scenario.plan(), trace, String.join("\n", findings));
    }

    // ---- executors

    private void start(int id) {
        MapOutputs own = outputs.of((shuffleId, mapId) -> workload.executorOf(shuffleId, mapId) == id);
        try {
            SimulatedExecutor started = new SimulatedExecutor(
                    id,
                    scenario,
                    time,
                    background,
                    faults,
                    loopback,
                    own,
                    slabs,
                    (peer, onCard, onNoCard) -> requestCard(id, Integer.parseInt(peer), onCard, onNoCard));
            executors[id] = started;
            everStarted.add(started);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void startAgain(int id) {
        if (!closing) {
            start(id);
        }
    }

    /** As Spark's own client asks Spark's own block server. */
    private void requestCard(int readerId, int serverId, Consumer<Card> onCard, Consumer<Throwable> onNoCard) {
        SimulatedExecutor server = executors[serverId];
        trace.note("card, reader, server:", readerId, serverId, server.isRunning() ? 1 : 0);
        if (isCutOff[readerId] || isCutOff[serverId] || faults.strikes(Fault.CONNECT_STALLED)) {
            time.after(2 * scenario.patience().cardTimeoutNs(), () -> onNoCard.accept(new IOException("no answer")));
        } else if (!server.isRunning() || faults.strikes(Fault.CONNECT_REFUSED)) {
            background.execute(() -> onNoCard.accept(new IOException("connection refused")));
        } else {
            background.execute(() -> server.card()
                    .ifPresentOrElse(
                            card -> background.execute(() -> onCard.accept(card)),
                            () -> onNoCard.accept(new IOException("it has too many sessions"))));
        }
    }

    // ---- the storm

    private final boolean[] isCutOff = new boolean[64];

    private void storm() {
        for (Workload.Request request : workload.requests()) {
            boolean asSpark = !request.toChannels() && random.nextInt(3) == 0;
            time.after(random.nextLong(STORM_NS), () -> {
                if (asSpark) {
                    request(request);
                } else {
                    fetch(request, MAX_ATTEMPTS);
                }
            });
            fetchesUnderWay++;
        }
        for (int i = 0; i < scenario.disturbances(); i++) {
            int id = random.nextInt(executors.length);
            boolean stop = random.nextInt(3) == 0;
            long lastsNs = random.nextLong(2 * scenario.plan().stallNs() + SECOND);
            time.after(random.nextLong(STORM_NS), () -> disturb(id, stop, lastsNs));
        }
        check(time.runUntil(noFetchIsUnderWay(), MAX_STORM_NS), "%d fetches never ended", fetchesUnderWay);
    }

    private BooleanSupplier noFetchIsUnderWay() {
        return () -> fetchesUnderWay == 0;
    }

    private void request(Workload.Request request) {
        SimulatedRequest asked = new SimulatedRequest(this, nextFetch++, request, () -> fetchesUnderWay--);
        totals.requests++;
        if (random.nextInt(25) == 0) {
            time.after(random.nextLong(SECOND), asked::cancel);
        }
        asked.start(executors[request.readerId()]);
    }

    private void fetch(Workload.Request request, int attempts) {
        SimulatedExecutor reader = executors[request.readerId()];
        SimulatedFetch fetch = new SimulatedFetch(
                this,
                nextFetch++,
                reader,
                request.serverId(),
                request.blocks(),
                request.toChannels(),
                ended -> onStormFetchEnded(ended, request, attempts));
        if (random.nextInt(25) == 0) {
            time.after(random.nextLong(SECOND), fetch::cancel);
        }
        fetch.start();
    }

    private void onStormFetchEnded(SimulatedFetch ended, Workload.Request request, int attempts) {
        List<BlockKey> failed = ended.failedBlocks();
        if (failed.isEmpty() || ended.isCancelled() || attempts == 1) {
            fetchesUnderWay--;
        } else {
            Workload.Request again =
                    new Workload.Request(request.readerId(), request.serverId(), failed, request.toChannels());
            time.after(random.nextLong(10 * SECOND), () -> fetch(again, attempts - 1));
        }
    }

    private void disturb(int id, boolean stop, long lastsNs) {
        trace.note("disturbance, executor, stop:", id, stop ? 1 : 0, lastsNs);
        SimulatedExecutor disturbed = executors[id];
        if (stop && disturbed.isRunning()) {
            disturbed.stop();
            time.after(lastsNs, () -> startAgain(id));
        } else if (!stop && !isCutOff[id]) {
            List<TransportAddress> addresses = disturbed.addresses();
            isCutOff[id] = true;
            addresses.forEach(faults::cutOff);
            time.after(lastsNs, () -> {
                isCutOff[id] = false;
                addresses.forEach(faults::reconnect);
            });
        }
    }

    // ---- after the storm

    /**
     * Everything that was cut off or stopped will soon be back; then each peer can be read from again, by who kept trying. Unless there
     * are too few sessions for all, or a server was told to release other windows than its readers meant.
     */
    private void calm() {
        faults.calm();
        boolean isRoomForAll = scenario.maxSessions() >= 2 * executors.length * scenario.transports();
        if (!isRoomForAll || scenario.plan().changesMessages()) {
            return;
        }
        for (Workload.Request request : workload.oneSmallBlockOfEachPeer()) {
            fetchesUnderWay++;
            fetchInCalm(request, MAX_CALM_ATTEMPTS);
        }
        check(time.runUntil(noFetchIsUnderWay(), MAX_STORM_NS), "%d fetches in calm never ended", fetchesUnderWay);
    }

    private void fetchInCalm(Workload.Request request, int attempts) {
        SimulatedFetch fetch = new SimulatedFetch(
                this,
                nextFetch++,
                executors[request.readerId()],
                request.serverId(),
                request.blocks(),
                request.toChannels(),
                ended -> {
                    if (ended.failedBlocks().isEmpty() || attempts == 1) {
                        fetchesUnderWay--;
                        check(
                                ended.failedBlocks().isEmpty(),
                                "%s cannot read from executor %d any more",
                                ended.reader,
                                ended.serverId);
                    } else {
                        time.after(SECOND, () -> fetchInCalm(request, attempts - 1));
                    }
                });
        fetch.start();
    }

    /** Nobody wants anything any more. */
    private void rest() {
        time.run(scenario.holdNs()
                + 2 * scenario.plan().stallNs() % MAX_STORM_NS
                + 2 * scenario.plan().maxDelayNs()
                + SECOND);
        for (SimulatedExecutor executor : executors) {
            checkReader(executor);
        }
        if (random.nextBoolean()) {
            return;
        }
        time.run(scenario.patience().idleTimeoutNs() + scenario.patience().maxRetryNs() + 60 * SECOND);
        for (SimulatedExecutor executor : executors) {
            checkServer(executor);
            check(executor.openSessions() == 0, "%s keeps %d sessions", executor, executor.openSessions());
            check(executor.peers.size() == 0, "%s keeps %d peers", executor, executor.peers.size());
            check(executor.sessions.size() == 0, "%s keeps %d sessions it issued", executor, executor.sessions.size());
        }
    }

    private void close() {
        closing = true;
        totals.simulatedSeconds = time.getAsLong() / 1e9;
        for (SimulatedExecutor executor : everStarted) {
            if (sabotage == Sabotage.FORGOTTEN_TIMER) {
                time.every(SECOND, () -> {});
            }
            executor.stop();
        }
        time.run(MAX_STORM_NS);
        check(time.isOver(), "something is still to happen after the end");
        for (SimulatedExecutor executor : everStarted) {
            checkReader(executor);
            checkServer(executor);
            check(executor.openSessions() == 0, "%s has %d sessions open", executor, executor.openSessions());
            executor.closeMemory();
        }
        check(outputs.openCount() == 0, "%d map outputs are open", outputs.openCount());
        check(slabs.usedCount() == 0, "%d slabs were not given back", slabs.usedCount());
    }

    private void checkReader(SimulatedExecutor executor) {
        check(executor.receive.waiterCount() == 0, "%s: requests wait for memory", executor);
        check(
                executor.receive.leasedBytes() == 0,
                "%s: receive memory: %s",
                executor,
                executor.receive.describeLeases());
        check(executor.unfinishedFetches() == 0, "%s has %d fetches", executor, executor.unfinishedFetches());
    }

    private void checkServer(SimulatedExecutor executor) {
        int windows = executor.server.openWindowCount();
        check(windows == 0, "%s has %d windows open", executor, windows);
        int sessions = executor.server.sessionCount();
        check(sessions == 0, "%s serves %d sessions", executor, sessions);
        check(executor.staging.leasedBytes() == 0, "%s: staging: %s", executor, executor.staging.describeLeases());
    }

    // ---- what fetches tell

    boolean isSabotaged(Sabotage kind) {
        return sabotage == kind;
    }

    void afterHolding(Runnable release) {
        time.after(random.nextLong(scenario.holdNs() + 1), release);
    }

    void onOutcome(SimulatedFetch.Outcome outcome) {
        totals.outcomes.merge(outcome, 1L, Long::sum);
    }

    void onFailed(FetchException.Reason reason) {
        totals.failures.merge(reason, 1L, Long::sum);
    }

    void onBytes(long lengthBytes) {
        totals.arrivedBytes += lengthBytes;
    }

    /** In how many steps, each with a time limit of its own, such a request must be over. */
    long stepsFor(List<BlockKey> blocks) {
        return 4
                + blocks.size()
                + blocks.stream().mapToLong(outputs::lengthBytes).sum() / (1 << 20);
    }

    /** Whether Spark's own client would reach the server. */
    boolean isReachable(Workload.Request request) {
        return executors[request.serverId()].isRunning()
                && !isCutOff[request.serverId()]
                && !isCutOff[request.readerId()];
    }

    void checkRight(boolean right, Object block, int number, String when) {
        if (!right && scenario.plan().changesMessages()) {
            totals.unprotectedBlocks++;
        } else {
            check(right, "wrong bytes in %s of fetch %d %s", block, number, when);
        }
    }

    void check(boolean holds, String otherwise, Object... details) {
        if (!holds && findings.size() < MAX_FINDINGS) {
            findings.add("at %.6f s: ".formatted(time.getAsLong() / 1e9) + otherwise.formatted(details));
        }
    }

    private void onThrown(Throwable thrown) {
        StringWriter stack = new StringWriter();
        thrown.printStackTrace(new PrintWriter(stack, true));
        check(false, "a callback threw %s", stack);
    }
}
