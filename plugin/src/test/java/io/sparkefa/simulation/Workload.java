package io.sparkefa.simulation;

import io.sparkefa.transfer.protocol.BlockKey;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;

/** The map outputs of a run, where they are, and who reads what of them. */
final class Workload {

    private static final int MAX_BYTES = 24 << 20;
    private static final int MAX_BLOCK_BYTES = 3 << 20;
    private static final int MAX_CALM_REQUESTS = 12;
    private static final int SMALL_BLOCK_BYTES = 512 << 10;

    /** Blocks that one executor asks another for at once. */
    record Request(int readerId, int serverId, List<BlockKey> blocks, boolean toChannels) {}

    private final Scenario scenario;
    private final RandomGenerator random;
    private final SimulatedOutputs outputs;
    private final int[][] executorOfMap;
    private final List<Request> requests = new ArrayList<>();
    private final List<Request> smallBlocks = new ArrayList<>();
    private long totalBytes;

    Workload(Scenario scenario, RandomGenerator random, SimulatedOutputs outputs) {
        this.scenario = scenario;
        this.random = random;
        this.outputs = outputs;
        this.executorOfMap = new int[scenario.shuffles()][scenario.maps()];
        for (int shuffleId = 0; shuffleId < scenario.shuffles(); shuffleId++) {
            write(shuffleId);
            read(shuffleId);
        }
    }

    int executorOf(int shuffleId, long mapId) {
        boolean known = shuffleId >= 0 && shuffleId < executorOfMap.length && mapId >= 0 && mapId < scenario.maps();
        return known ? executorOfMap[shuffleId][(int) mapId] : -1;
    }

    List<Request> requests() {
        return requests;
    }

    /** What any reader must be able to get when nothing goes wrong. */
    List<Request> oneSmallBlockOfEachPeer() {
        Collections.shuffle(smallBlocks, new Random(random.nextLong()));
        return smallBlocks.subList(0, Math.min(MAX_CALM_REQUESTS, smallBlocks.size()));
    }

    private void write(int shuffleId) {
        int longestBytes = 1 << random.nextInt(4, 22);
        for (int mapId = 0; mapId < scenario.maps(); mapId++) {
            executorOfMap[shuffleId][mapId] = random.nextInt(scenario.executors());
            long[] lengths = new long[scenario.reduces()];
            for (int reduceId = 0; reduceId < lengths.length; reduceId++) {
                int bytes = blockBytes(longestBytes);
                lengths[reduceId] = totalBytes + bytes > MAX_BYTES ? bytes % 100 : bytes;
                totalBytes += lengths[reduceId];
            }
            SimulatedOutputs.Health health = switch (random.nextInt(30)) {
                case 0 -> SimulatedOutputs.Health.DELETED;
                case 1 -> SimulatedOutputs.Health.CUT_SHORT;
                default -> SimulatedOutputs.Health.WHOLE;
            };
            outputs.add(shuffleId, mapId, lengths, health, random.nextBoolean());
        }
    }

    private int blockBytes(int longestBytes) {
        return switch (random.nextInt(8)) {
            case 0 -> 0;
            case 1 -> Math.min(MAX_BLOCK_BYTES, longestBytes);
            case 2, 3 -> random.nextInt(Math.min(MAX_BLOCK_BYTES, longestBytes));
            default -> random.nextInt(Math.min(MAX_BLOCK_BYTES, 1 + longestBytes / 8));
        };
    }

    /** Tasks read a few partitions each, of all maps that are elsewhere, in requests of so many blocks. */
    private void read(int shuffleId) {
        int blocksPerRequest = 1 + random.nextInt(64);
        int partitionsPerTask = 1 + random.nextInt(4);
        boolean joined = random.nextBoolean();
        for (int from = 0; from < scenario.reduces(); from += partitionsPerTask) {
            int to = Math.min(scenario.reduces(), from + partitionsPerTask);
            int readerId = random.nextInt(scenario.executors());
            for (int serverId = 0; serverId < scenario.executors(); serverId++) {
                if (serverId != readerId) {
                    request(readerId, serverId, blocks(shuffleId, serverId, from, to, joined), blocksPerRequest);
                }
            }
        }
    }

    private List<BlockKey> blocks(int shuffleId, int serverId, int from, int to, boolean joined) {
        List<BlockKey> blocks = new ArrayList<>();
        for (int mapId = 0; mapId < scenario.maps(); mapId++) {
            if (executorOfMap[shuffleId][mapId] != serverId) {
                continue;
            }
            if (joined) {
                blocks.add(new BlockKey(shuffleId, mapId, from, to));
            } else {
                for (int reduceId = from; reduceId < to; reduceId++) {
                    blocks.add(new BlockKey(shuffleId, mapId, reduceId, reduceId + 1));
                }
            }
        }
        return blocks;
    }

    private void request(int readerId, int serverId, List<BlockKey> blocks, int blocksPerRequest) {
        for (int from = 0; from < blocks.size(); from += blocksPerRequest) {
            List<BlockKey> part = blocks.subList(from, Math.min(blocks.size(), from + blocksPerRequest));
            requests.add(new Request(readerId, serverId, part, random.nextInt(5) == 0));
        }
        blocks.stream()
                .filter(block -> outputs.isWhole(block) && outputs.lengthBytes(block) <= SMALL_BLOCK_BYTES)
                .findFirst()
                .ifPresent(block -> smallBlocks.add(new Request(readerId, serverId, List.of(block), false)));
    }
}
