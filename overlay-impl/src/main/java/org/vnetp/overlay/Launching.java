package org.vnetp.overlay;

import java.util.List;

/// How a node's JVM is to be started.
public final class Launching {
    /// A native call that keeps errno makes a slice of its buffer (JDK 25), which the JIT removes only where
    /// it inlines the whole call: never sure below a loop, where depth and size of what is inlined have limits.
    /// Compiled each on its own, the calls allocate nothing wherever they stand; the Java call costs a
    /// nanosecond beside the system call's hundreds.
    public static final List<String> CALLS_APART =
            List.of("-XX:CompileCommand=quiet", "-XX:CompileCommand=dontinline,org.vnetp.overlay.posix.Posix::*");

    private Launching() {}
}
