package org.vnetp.nas.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KernelJvmTest {
    /// Both ways of starting a rank: what is measured must be what is verified.
    @ParameterizedTest
    @CsvSource({"bt, true", "lu, true", "sp, true", "cg, false", "ep, false", "ft, false", "is, false", "mg, false"})
    void onlyKernelsWithLoopsOverManyArraysUnrollThemMore(String name, boolean does) {
        Kernel kernel = Kernels.of(name);
        List<String> own = KernelJvm.command(kernel, ProblemClass.S, 1, List.of(), List.of());
        List<String> resident = KernelJvm.resident(kernel, ProblemClass.S, 1, "10.0.0.1", List.of(), List.of());
        assertEquals(does, own.contains("-XX:LoopUnrollLimit=300"), own.toString());
        assertEquals(does, resident.contains("-XX:LoopUnrollLimit=300"), resident.toString());
    }
}
