package io.sparkefa.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Finds settings that look like the plugin's but are none: misspelt, they would silently do nothing. */
final class UnknownKeys {

    private UnknownKeys() {}

    /**
     * @param presentKeys names of all settings that there are, Spark's and others' too
     * @throws ConfigException when some have the plugin's prefix and are no key; names each, and the key that was probably meant
     */
    static void refuse(Set<String> presentKeys) {
        List<String> known = ConfigKeys.all().stream().map(ConfigKey::name).toList();
        TreeSet<String> unknown = presentKeys.stream()
                .filter(key -> key.startsWith(ConfigKeys.PREFIX) && !known.contains(key))
                .collect(Collectors.toCollection(TreeSet::new));
        if (!unknown.isEmpty()) {
            String list = unknown.stream()
                    .map(key -> key
                            + nearest(key, known)
                                    .map(near -> " (did you mean " + near + "?)")
                                    .orElse(""))
                    .collect(Collectors.joining(", "));
            throw new ConfigException(unknown.first(), "there is no setting " + list);
        }
    }

    /** The known key that takes the fewest changes of a letter, if they are few enough to suspect a mistake in writing. */
    private static Optional<String> nearest(String key, Collection<String> known) {
        int farthest = 2 + (key.length() - ConfigKeys.PREFIX.length()) / 4;
        return known.stream()
                .filter(candidate -> Math.abs(candidate.length() - key.length()) <= farthest)
                .min(Comparator.comparingInt(candidate -> distance(key, candidate)))
                .filter(candidate -> distance(key, candidate) <= farthest);
    }

    /** Levenshtein's: insertions, deletions and replacements of a letter, whose case is ignored. */
    private static int distance(String left, String right) {
        String a = left.toLowerCase(Locale.ROOT);
        String b = right.toLowerCase(Locale.ROOT);
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
