package io.sparkefa.transfer;

import io.sparkefa.transfer.protocol.FetchMessage;

/**
 * The bounds within which blocks are fetched and served.
 *
 * @param inlineMaxBytes answers up to this length come inside the LAYOUT message
 * @param maxBlocksPerRequest longer requests are split
 * @param requestTimeoutNs a fetch fails when nothing of it has arrived for so long
 * @param memoryWaitNs a fetch fails when it had to wait for receive memory for so long
 * @param stageBelowBytes the server reads ranges shorter than this into memory and sends longer ones from the file
 * @param checksumAlways whether the server reads even long ranges once more to give their CRC32C
 * @param maxWindowsPerSession answers that one session may leave unreleased
 */
public record TransferSettings(
        int inlineMaxBytes,
        int maxBlocksPerRequest,
        long requestTimeoutNs,
        long memoryWaitNs,
        int stageBelowBytes,
        boolean checksumAlways,
        int maxWindowsPerSession) {

    public TransferSettings {
        if (inlineMaxBytes < 0 || inlineMaxBytes > FetchMessage.MAX_INLINE_BYTES) {
            throw new IllegalArgumentException("inline answers of " + inlineMaxBytes + " bytes");
        }
        if (maxBlocksPerRequest < 1 || maxBlocksPerRequest > FetchMessage.MAX_BLOCKS) {
            throw new IllegalArgumentException("requests of " + maxBlocksPerRequest + " blocks");
        }
        if (requestTimeoutNs <= 0 || memoryWaitNs < 0 || stageBelowBytes < 0 || maxWindowsPerSession < 1) {
            throw new IllegalArgumentException("a bound is negative or zero");
        }
    }
}
