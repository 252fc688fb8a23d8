package io.sparkefa.transport.efa;

import io.sparkefa.transport.ExposedWindow;
import io.sparkefa.transport.Window;
import io.sparkefa.transport.WindowDescriptor;

/** An exposed window: open as long as it is exposed or a chunk of it is in use. Thread-safe. */
final class ServedWindow implements ExposedWindow {

    private final WindowName name;
    private final Window window;
    private final Runnable onUnexposed;

    // ---- guarded by this
    private int holders = 1;
    private boolean exposed = true;

    /** @param onUnexposed called once, when the window cannot be asked for any more */
    ServedWindow(WindowName name, Window window, Runnable onUnexposed) {
        this.name = name;
        this.window = window;
        this.onUnexposed = onUnexposed;
    }

    @Override
    public WindowDescriptor descriptor() {
        return name.encode();
    }

    Window window() {
        return window;
    }

    /** False when the window is no longer exposed; otherwise {@link #release} has to follow. */
    synchronized boolean hold() {
        if (exposed) {
            holders++;
        }
        return exposed;
    }

    void release() {
        boolean last;
        synchronized (this) {
            last = --holders == 0;
        }
        if (last) {
            window.close();
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            if (!exposed) {
                return;
            }
            exposed = false;
        }
        onUnexposed.run();
        release();
    }
}
