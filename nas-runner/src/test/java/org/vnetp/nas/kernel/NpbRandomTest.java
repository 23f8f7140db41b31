package org.vnetp.nas.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigInteger;
import org.junit.jupiter.api.Test;

class NpbRandomTest {
    private static final BigInteger MODULUS = BigInteger.TWO.pow(46);

    @Test
    void aStepIsTheExactProductModuloTwoToTheFortySix() {
        long state = NpbRandom.SEED;
        BigInteger exact = BigInteger.valueOf(state);
        for (int i = 0; i < 1000; i++) {
            state = NpbRandom.next(state);
            exact = exact.multiply(BigInteger.valueOf(5).pow(13)).mod(MODULUS);
            assertEquals(exact.longValueExact(), state);
        }
    }

    @Test
    void skippingIsStepping() {
        long state = NpbRandom.SEED_EP;
        for (int i = 0; i <= 70; i++) {
            assertEquals(state, NpbRandom.skip(NpbRandom.SEED_EP, i));
            state = NpbRandom.next(state);
        }
        assertEquals(
                BigInteger.valueOf(NpbRandom.A)
                        .modPow(BigInteger.valueOf(1L << 40), MODULUS)
                        .longValueExact(),
                NpbRandom.power(NpbRandom.A, 1L << 40));
    }

    @Test
    void fillingContinuesTheSequence() {
        double[] values = new double[7];
        long last = NpbRandom.fill(NpbRandom.SEED, values, 2, 4);
        assertEquals(0, values[1]);
        assertEquals(NpbRandom.value(NpbRandom.next(NpbRandom.SEED)), values[2]);
        assertEquals(NpbRandom.skip(NpbRandom.SEED, 4), last);
        assertEquals(NpbRandom.value(last), values[5]);
        assertEquals(0, values[6]);
    }
}
