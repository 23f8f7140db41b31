package org.vnetp.nas.kernel;

import java.util.List;
import java.util.Locale;

/// What a run came to.
///
/// @param name two capital letters
/// @param size the problem's size as the footer shows it: a number or `64x  64x  64`
/// @param seconds the timed region, of the slowest rank where the specification says so
/// @param mops million operations a second, all ranks together, by NPB's formula from the unrounded time
/// @param operationType as in the footer, for example `floating point`
/// @param verificationLines what the kernel prints about its verification, before the footer
public record KernelResult(
        String name,
        ProblemClass problemClass,
        String size,
        int iterations,
        double seconds,
        double mops,
        String operationType,
        boolean verified,
        List<String> verificationLines) {

    public KernelResult {
        verificationLines = List.copyOf(verificationLines);
    }

    /// A grid's size in NPB's form.
    public static String grid(int nx, int ny, int nz) {
        return String.format(Locale.ROOT, "%4dx%4dx%4d", nx, ny, nz);
    }
}
