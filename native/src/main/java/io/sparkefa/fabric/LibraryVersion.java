package io.sparkefa.fabric;

/**
 * A version of libfabric or of its API, as {@code FI_VERSION(major, minor)} packs it.
 */
public record LibraryVersion(int major, int minor) implements Comparable<LibraryVersion> {

    /** From {@code major << 16 | minor}. */
    public static LibraryVersion unpack(int packed) {
        return new LibraryVersion(packed >>> 16, packed & 0xffff);
    }

    public int pack() {
        return major << 16 | minor;
    }

    @Override
    public int compareTo(LibraryVersion other) {
        return Integer.compare(pack(), other.pack());
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }
}
