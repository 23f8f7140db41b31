package org.vnetp.macrobench.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;

class SockperfTest {
    private static final String SAMPLE = """
            sockperf: [Valid Duration] RunTime=1.000 sec; SentMessages=9000; ReceivedMessages=9000
            sockperf: Total 9000 observations; each percentile contains 90.00 observations
            sockperf: ---> <MAX> observation =  812.340
            sockperf: ---> percentile 99.999 =  812.340
            sockperf: ---> percentile 99.000 =   71.100
            sockperf: ---> percentile 50.000 =   42.250
            sockperf: ---> <MIN> observation =   30.125
            """;

    private static Run run() {
        return new Run("macro", "rtt-pingpong", "native", "none", Params.NONE, 0, 0);
    }

    private static void refused(String text, String why) {
        String message = assertThrows(IllegalArgumentException.class, () -> Sockperf.parse(text, run()))
                .getMessage();
        assertTrue(message.contains(why), message);
    }

    @Test
    void microsecondsAreRecordedAsNanoseconds() {
        Run run = run();
        assertEquals(9000, Sockperf.parse(SAMPLE, run));
        assertEquals(
                42_250,
                run.observations().stream()
                        .filter(o -> o.metric().equals(Metrics.RTT_P50.name()))
                        .findFirst()
                        .orElseThrow()
                        .value(),
                1e-6);
        assertEquals(0, Sockperf.parse("sockperf: Server stopped answering\n", run()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"NaN", "nan", "Infinity", "1e400", "-42.250", "0.000", "42.2.50", "********"})
    void whatIsNoTimeIsRefusedWithItsLine(String number) {
        refused(SAMPLE.replace("42.250", number), "percentile 50.000 =   " + number);
        refused(SAMPLE.replace("30.125", number), "<MIN> observation =   " + number);
    }

    @ParameterizedTest
    @ValueSource(strings = {"NaN", "1e400", "-9000", "0", "99999999999999999999", "9000.5"})
    void whatIsNoCountIsRefusedWithItsLine(String number) {
        refused(SAMPLE.replace("Total 9000", "Total " + number), "Total " + number + " observations");
    }

    @Test
    void aResultWithoutItsMedianIsRefused() {
        refused(SAMPLE.replace("percentile 50.000", "percentile 51.000"), "no percentile 50.000");
    }
}
