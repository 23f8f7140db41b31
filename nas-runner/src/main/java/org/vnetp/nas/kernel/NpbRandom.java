package org.vnetp.nas.kernel;

/// The specification's random numbers: `x' = a x mod 2^46`, value `x 2^-46`, with `a = 5^13` (RNR-94-007,
/// section 2.3).
///
/// The low 46 bits of a product depend on the low 46 bits of its factors only, so a wrapping 64-bit product is
/// exact here.
public final class NpbRandom {
    /// 5^13, the multiplier.
    public static final long A = 1220703125L;

    /// The seed of EP.
    public static final long SEED_EP = 271828183L;

    /// The seed of the other kernels.
    public static final long SEED = 314159265L;

    /// The low 46 bits.
    public static final long MASK = (1L << 46) - 1;

    /// 2^-46.
    public static final double SCALE = 0x1p-46;

    private NpbRandom() {}

    /// The state after `x`.
    public static long next(long x) {
        return (x * A) & MASK;
    }

    /// The value of a state, in (0, 1).
    public static double value(long x) {
        return x * SCALE;
    }

    /// `a^n mod 2^46`, for n not negative.
    public static long power(long a, long n) {
        long result = 1;
        long square = a & MASK;
        for (long bits = n; bits != 0; bits >>>= 1) {
            if ((bits & 1) != 0) {
                result = (result * square) & MASK;
            }
            square = (square * square) & MASK;
        }
        return result;
    }

    /// The state `n` steps after `x`.
    public static long skip(long x, long n) {
        return (x * power(A, n)) & MASK;
    }

    /// Fills `to[from..from+count)` with the values of the states that follow `x`.
    ///
    /// @return the last of those states
    public static long fill(long x, double[] to, int from, int count) {
        long state = x;
        for (int i = from; i < from + count; i++) {
            state = (state * A) & MASK;
            to[i] = state * SCALE;
        }
        return state;
    }
}
