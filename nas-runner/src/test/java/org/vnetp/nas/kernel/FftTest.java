package org.vnetp.nas.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FftTest {
    @ParameterizedTest
    @ValueSource(ints = {4, 8, 16, 32, 64, 128})
    void equalsTheSumItStandsForInBothDirectionsAndAnyLayout(int n) {
        int lanes = 3;
        int stride = 2 * lanes + 4;
        int base = 6;
        double[] data = new double[base + n * stride];
        NpbRandom.fill(NpbRandom.SEED, data, 0, data.length);
        for (boolean inverse : new boolean[] {false, true}) {
            double[] result = data.clone();
            new Fft(n, lanes).transform(result, base, stride, lanes, inverse);
            for (int lane = 0; lane < lanes; lane++) {
                for (int k = 0; k < n; k++) {
                    double re = 0;
                    double im = 0;
                    for (int j = 0; j < n; j++) {
                        double angle = (inverse ? 2 : -2) * Math.PI * ((long) j * k % n) / n;
                        double xr = data[base + j * stride + 2 * lane];
                        double xi = data[base + j * stride + 2 * lane + 1];
                        re += xr * Math.cos(angle) - xi * Math.sin(angle);
                        im += xr * Math.sin(angle) + xi * Math.cos(angle);
                    }
                    assertEquals(re, result[base + k * stride + 2 * lane], 1e-12 * n);
                    assertEquals(im, result[base + k * stride + 2 * lane + 1], 1e-12 * n);
                }
            }
            // What lies between the lanes is not touched.
            for (int i = 0; i < data.length; i++) {
                int within = (i - base) % stride;
                if (i < base || within >= 2 * lanes) {
                    assertEquals(data[i], result[i]);
                }
            }
        }
    }

    @Test
    void thereAndBackIsTheLengthTimesTheSame() {
        int n = 512;
        double[] data = new double[2 * n];
        NpbRandom.fill(NpbRandom.SEED, data, 0, data.length);
        double[] result = data.clone();
        Fft fft = new Fft(n, 1);
        fft.transform(result, 0, 2, 1, false);
        fft.transform(result, 0, 2, 1, true);
        for (int i = 0; i < data.length; i++) {
            assertEquals(n * data[i], result[i], 1e-10);
        }
    }

    @Test
    void otherLengthsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Fft(12, 1));
        assertThrows(IllegalArgumentException.class, () -> new Fft(2, 1));
    }
}
