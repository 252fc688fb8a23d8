package io.sparkefa.it.bench.work;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * How {@link Work} ended.
 *
 * @param value what it returned; serializable
 * @param error why it failed, or null
 */
public record Answer(@Nullable Object value, @Nullable String error) implements Serializable {}
