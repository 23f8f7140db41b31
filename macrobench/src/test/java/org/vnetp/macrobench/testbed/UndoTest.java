package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class UndoTest {
    @Test
    void whatFailsOfItIsNotedInTheFailure() {
        FabricException failure = new FabricException("no");
        FabricException also = new FabricException("nor this");
        Undo.after(failure, () -> {
            throw also;
        });
        assertArrayEquals(new Throwable[] {also}, failure.getSuppressed());
        Undo.after(failure, () -> {});
        assertEquals(1, failure.getSuppressed().length);
        assertThrows(
                AssertionError.class,
                () -> Undo.after(failure, () -> {
                    throw new AssertionError("a fault of ours is not hidden");
                }));
    }
}
