package org.vnetp.macrobench.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class MpiReportTest {
    private static final String SAMPLE = """
            # mpi-pingpong, 2 ranks, Open MPI v4.1.4, package: Debian OpenMPI (libmpi.so.40)
            #      bytes   iterations       latency us             MB/s
                       0         3107           14.576            0.000
                       1         4303            7.613            0.131
                       4         4728            6.479            0.617
                      16         3041            6.404            2.498
                      64         4673            6.401            9.998
                     256         3414            6.541           39.136
                    1024           89            6.895          148.514
                    4096          127            7.117          575.563
                   16384          140            8.103         2021.872
                   65536          578           34.725         1887.299
                  262144          322           49.995         5243.431
                 1048576          194          127.847         8201.774
                 4194304           53          490.171         8556.813
            # payload between hosts, bytes: 1160248798
            # end
            """;

    private static MpiReport parse(String text) {
        return MpiReport.parse(text, MpiPattern.PINGPONG.sizes());
    }

    private static void refused(String text, String why) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> parse(text)).getMessage();
        assertTrue(message.contains(why), message);
    }

    @Test
    void readsEverySizeAndThePayload() {
        MpiReport report = parse(SAMPLE);
        assertEquals(13, report.lines().size());
        assertEquals(new MpiReport.Line(4_194_304, 53, 490.171), report.lines().getLast());
        assertEquals(1_160_248_798L, report.payloadBytes());
    }

    @Test
    void theMeanOfAllSizesIsGeometric() {
        double product = 1;
        for (MpiReport.Line line : parse(SAMPLE).lines()) {
            product *= line.micros();
        }
        assertEquals(Math.pow(product, 1.0 / 13), parse(SAMPLE).meanMicros(), 1e-9);
    }

    /// On a machine that stalls a byte may take 3 ms: 333 B/s, printed as 0.000 MB/s.
    @Test
    void aByteThatTookMillisecondsHasARateToo() {
        MpiReport report = parse(SAMPLE.replace("7.613            0.131", "3000.000            0.000"));
        assertEquals(8e6 / 3000, report.lines().get(1).bitsPerSecond(MpiPattern.PINGPONG, 2), 1e-9);
        assertEquals(3 * 8e6 / 3000, report.lines().get(1).bitsPerSecond(MpiPattern.ALLTOALL, 4), 1e-9);
    }

    @Test
    void outputWithoutASizeOrItsEndIsRefused() {
        refused(SAMPLE.replaceAll("(?m)^ +64 .*\\n", ""), "expected [0, 1, 4");
        refused(SAMPLE.replace("# end\n", ""), "cut off after 13 sizes");
        refused(SAMPLE.replaceAll("# payload.*\\n", ""), "cut off");
        refused("", "sizes []");
    }

    @Test
    void aLineThatIsNoMeasurementIsNamed() {
        refused(SAMPLE.replace("14.576", "NaN"), "3107           NaN");
        refused(SAMPLE.replace("14.576", "0.000"), "expected bytes, iterations, microseconds");
        refused("mpirun was here\n" + SAMPLE, "mpirun was here");
    }

    @Test
    void anAllToAllHasNoEmptyMessagesSinceItSendsNone() {
        assertEquals(1, MpiPattern.ALLTOALL.sizes().getFirst());
        assertEquals(4 << 20, MpiPattern.ALLTOALL.sizes().getLast());
    }

    @Test
    void bandwidthCountsWhatARankMoves() {
        assertEquals(100, MpiPattern.PINGPONG.counted(100, 2));
        assertEquals(200, MpiPattern.SENDRECV.counted(100, 2));
        assertEquals(300, MpiPattern.ALLTOALL.counted(100, 4));
    }
}
