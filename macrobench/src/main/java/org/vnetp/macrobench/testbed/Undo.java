package org.vnetp.macrobench.testbed;

/// Takes back what was made before something failed, so that nothing stays behind half made.
final class Undo {
    private Undo() {}

    /// Runs what takes it back. What fails of that is noted in the failure, which remains what is told.
    ///
    /// @param failure thrown by the caller afterwards
    static void after(Throwable failure, Runnable undo) {
        try {
            undo.run();
        } catch (RuntimeException alsoFailed) {
            failure.addSuppressed(alsoFailed);
        }
    }
}
