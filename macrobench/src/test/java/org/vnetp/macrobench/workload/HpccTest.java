package org.vnetp.macrobench.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HpccTest {
    private static final String SAMPLE = """
            ########################################################################
            Begin of Summary section.
            VersionMajor=1
            LANG=C
            Success=1
            CommWorldProcs=2
            MPIRandomAccess_ErrorsFraction=0
            MPIRandomAccess_GUPs=0.00184452
            MPIFFT_Gflops=0.0671717
            MaxPingPongLatency_usec=0.328833
            MinPingPongBandwidth_GBytes=13.6664
            End of Summary section.
            ########################################################################
            End of HPC Challenge tests.
            """;

    private static void refused(Runnable what, String why) {
        String message = assertThrows(IllegalArgumentException.class, what::run).getMessage();
        assertTrue(message.contains(why), message);
    }

    @Test
    void readsTheSummary() {
        Map<String, String> summary = Hpcc.summary(SAMPLE);
        assertEquals(9, summary.size());
        assertEquals(0.328833, Hpcc.number(summary, "MaxPingPongLatency_usec"));
    }

    @Test
    void aSummaryThatIsCutOffIsRefused() {
        refused(() -> Hpcc.summary(SAMPLE.replace("End of Summary section.\n########", "")), "expected KEY=VALUE");
        refused(() -> Hpcc.summary(SAMPLE.substring(0, SAMPLE.indexOf("MPIFFT"))), "no summary section with its end");
        refused(() -> Hpcc.summary(""), "no summary section");
    }

    @Test
    void aValueThatIsMissingOrOfATestThatDidNotRunIsNamed() {
        Map<String, String> summary = Map.of("MPIFFT_Gflops", "-1", "Success", "yes");
        refused(() -> Hpcc.number(summary, "MPIFFT_Gflops"), "MPIFFT_Gflops=-1, expected a number from 0");
        refused(() -> Hpcc.number(summary, "Success"), "Success=yes");
        refused(() -> Hpcc.number(summary, "MPIRandomAccess_GUPs"), "MPIRandomAccess_GUPs=null");
    }

    @ParameterizedTest
    @ValueSource(strings = {"NaN", "Infinity", "1e400", "-0.5", "********", "", "0", "0.0"})
    void whatIsNoFigureIsRefusedWithItsName(String number) {
        Map<String, String> summary = Hpcc.summary(SAMPLE.replace("0.328833", number));
        refused(
                () -> Hpcc.positive(summary, "MaxPingPongLatency_usec"),
                "MaxPingPongLatency_usec=" + number + ", expected a number");
        refused(() -> Hpcc.positive(summary, "no_such"), "no_such=null");
        assertEquals(0, Hpcc.number(summary, "MPIRandomAccess_ErrorsFraction"), "no error is a figure");
    }

    @Test
    void theInputHasOneRowOfAllRanks() {
        String[] lines = Hpcc.input(6).split("\n");
        assertEquals("1", lines[10]);
        assertEquals("6", lines[11]);
    }
}
