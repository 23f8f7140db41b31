package org.vnetp.nas.kernel.cfd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vnetp.nas.kernel.ProblemClass;

/// The three kernels on one rank, without MPI, against the official values.
class CfdVerificationTest {
    private static CfdKernel kernel(String name) {
        return switch (name) {
            case "LU" -> new Lu();
            case "SP" -> new Sp();
            default -> new Bt();
        };
    }

    private static boolean verified(String name, ProblemClass problemClass, int iterations, List<String> lines) {
        CfdProblem problem = CfdProblem.of(name, problemClass);
        try (Links links = Links.alone()) {
            CfdKernel.Run run = kernel(name).start(new FlowModel(problem.size(), problem.dt()), links);
            run.reset();
            run.step();
            run.reset();
            for (int i = 0; i < iterations; i++) {
                run.step();
            }
            double[] error = run.errorNorms();
            return problem.verify(problemClass, run.residualNorms(), error, run.surfaceIntegral(), lines);
        }
    }

    @ParameterizedTest
    @CsvSource({"LU,S", "SP,S", "BT,S", "BT,W"})
    void aClassAgreesWithTheOfficialValues(String name, ProblemClass problemClass) {
        List<String> lines = new ArrayList<>();
        int iterations = CfdProblem.of(name, problemClass).iterations();
        assertTrue(verified(name, problemClass, iterations, lines), () -> String.join("\n", lines));
    }

    @ParameterizedTest
    @CsvSource({"LU", "SP", "BT"})
    void oneIterationTooFewIsNotVerified(String name) {
        List<String> lines = new ArrayList<>();
        assertFalse(verified(
                name, ProblemClass.S, CfdProblem.of(name, ProblemClass.S).iterations() - 1, lines));
        assertTrue(lines.stream().anyMatch(line -> line.startsWith(" FAILURE:")));
    }

    @Test
    void valuesThatAreNoNumbersAreNotVerified() {
        CfdProblem problem = CfdProblem.of("SP", ProblemClass.S);
        double[] broken = problem.residual().clone();
        broken[2] = Double.NaN;
        assertFalse(problem.verify(ProblemClass.S, broken, problem.error(), Double.NaN, new ArrayList<>()));
    }

    @Test
    void theExactSolutionIsTheSteadyState() {
        FlowModel model = new FlowModel(12, 0.01);
        ExactSolution exact = new ExactSolution(model);
        Cell cell = new Cell(12, new int[3], new int[] {12, 12, 12}, Cell.Extra.NONE);
        Residual residual = new Residual(model, 12);
        residual.makeForcing(cell, exact);
        cell.setExact(exact);
        DerivedFields.of(cell);
        residual.compute(cell);
        double[] sums = new double[5];
        cell.addResidualSquares(sums);
        for (double sum : sums) {
            assertEquals(0, sum, 1e-25);
        }
    }

    @Test
    void rankCountsThatCannotBeAreRefusedByName() {
        assertThrows(IllegalArgumentException.class, () -> new Bt().checkRanks(8));
        assertThrows(IllegalArgumentException.class, () -> new Lu().checkRanks(3));
        String message = assertThrows(IllegalArgumentException.class, () -> new Sp().heapBytes(ProblemClass.S, 25))
                .getMessage();
        assertTrue(message.contains("SP.S") && message.contains("25 ranks"), message);
    }
}
