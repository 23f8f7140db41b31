package org.vnetp.macrobench.testbed;

/// What tests of other packages need of this machine.
public final class NeedsForTests {
    private NeedsForTests() {}

    public static void namespaces() {
        Requirements.namespaces();
    }

    public static void program(String program) {
        Requirements.program(program);
    }

    public static void machines() {
        Requirements.machines();
    }

    public static void qemu() {
        Requirements.qemu();
    }
}
