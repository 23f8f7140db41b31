package org.vnetp.nas.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class RankCountsTest {
    @Test
    void anIllegalCountNamesTheLegalOnesOnBothSides() {
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> Kernels.of("cg").checkRanks(12));
        assertEquals("CG cannot run on 12 ranks: expected a power of two up to 1024; nearest: 8 or 16", e.getMessage());
    }

    @Test
    void noneAndTooManyAreRefused() {
        for (Kernel kernel : Kernels.all()) {
            assertThrows(IllegalArgumentException.class, () -> kernel.checkRanks(0), kernel.name());
            assertThrows(IllegalArgumentException.class, () -> kernel.checkRanks(-4), kernel.name());
            // LU takes any n1 x n2 that is flat enough, however many; the class then refuses.
            assertThrows(IllegalArgumentException.class, () -> kernel.check(ProblemClass.S, 1 << 20), kernel.name());
        }
    }

    @Test
    void oneAndFourAndSixteenSuitEveryKernel() {
        for (Kernel kernel : Kernels.all()) {
            for (int ranks : new int[] {1, 4, 16}) {
                kernel.check(ProblemClass.A, ranks);
            }
        }
    }

    @Test
    void someCountsDependOnTheClass() {
        assertThrows(IllegalArgumentException.class, () -> Kernels.of("is").check(ProblemClass.D, 2));
        assertThrows(IllegalArgumentException.class, () -> Kernels.of("ft").check(ProblemClass.W, 64));
    }
}
