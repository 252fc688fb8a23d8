package io.sparkefa.config;

import java.util.Optional;
import java.util.function.Function;

/**
 * One setting. Immutable.
 *
 * @param name as users write it
 * @param defaultValue as users would write it
 * @param since the version of the plugin that was the first to have it
 * @param advanced whether only few users will ever need it
 * @param doc one sentence
 */
public record ConfigKey<T>(
        String name, ValueType<T> type, String defaultValue, String since, boolean advanced, String doc) {

    /**
     * The value that the lookup has for this key, or the default.
     *
     * @throws ConfigException when the value is not allowed
     */
    T read(Function<String, Optional<String>> lookup) {
        String text = lookup.apply(name).orElse(defaultValue);
        return type.parser()
                .apply(text.trim())
                .orElseThrow(() -> new ConfigException(
                        name,
                        name + " is '" + text + "'; allowed is " + type.allowed() + " (default " + defaultValue + ")"));
    }
}
