package org.vnetp.overlay;

/// How a node's JVM is to be started.
public final class Launching {
    /// A native call that keeps errno makes a slice of its buffer (JDK 25), which the JIT removes only
    /// where it inlines the whole call. That is deeper below a loop than the default of 15 allows:
    /// without this option half of the compilations of a loop allocate 40 bytes a system call, with it
    /// few still do.
    public static final String DEEP_INLINING = "-XX:MaxInlineLevel=30";

    private Launching() {}
}
