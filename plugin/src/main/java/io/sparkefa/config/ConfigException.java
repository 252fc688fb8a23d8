package io.sparkefa.config;

/** A setting has a value that it cannot have, or a name that no setting has. The message says what is allowed. */
public final class ConfigException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final String key;

    public ConfigException(String key, String message) {
        super(message);
        this.key = key;
    }

    /** The setting in question. */
    public String key() {
        return key;
    }
}
