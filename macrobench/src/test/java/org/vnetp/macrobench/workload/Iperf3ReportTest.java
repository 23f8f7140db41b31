package org.vnetp.macrobench.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

class Iperf3ReportTest {
    private static final String TCP = """
            {"start": {"test_start": {"protocol": "TCP", "reverse": %d}},
             "end": {"sum_sent": {"retransmits": 7, "bits_per_second": 9e9},
                     "sum_received": {"seconds": 2.0, "bytes": 2000000000, "bits_per_second": 8e9},
                     "cpu_utilization_percent": {"host_total": 50, "remote_total": 75}}}
            """;
    private static final String UDP = """
            {"start": {"test_start": {"protocol": "UDP", "reverse": 0}},
             "end": {"sum": {"seconds": 4, "bytes": 6400, "bits_per_second": 12800, "packets": 100, "lost_packets": 15},
                     "sum_sent": {"seconds": 4.1, "bytes": 6400, "bits_per_second": 12488, "packets": 100, "lost_packets": 0},
                     "sum_received": {"seconds": 4, "bytes": 4800, "bits_per_second": 9600, "packets": 90, "lost_packets": 15},
                     "cpu_utilization_percent": {"host_total": 10, "remote_total": 20}}}
            """;

    private static String tcp(int reverse) {
        return String.format(Locale.ROOT, TCP, reverse);
    }

    @Test
    void tcpIsWhatArrived() {
        assertEquals(new Iperf3Report(2, 2_000_000_000, 8e9, 7, 0, 0, 1.0, 1.5), Iperf3Report.parse(tcp(0)));
    }

    @Test
    void inReverseTheOtherEndSends() {
        Iperf3Report report = Iperf3Report.parse(tcp(1));
        assertEquals(1.5, report.senderCpuSeconds());
        assertEquals(1.0, report.receiverCpuSeconds());
    }

    /// Ten were lost at the end, where the receiver does not notice it.
    @Test
    void lostDatagramsDoNotCountAsArrived() {
        assertEquals(new Iperf3Report(4, 4800, 9600, -1, 100, 25, 0.4, 0.8), Iperf3Report.parse(UDP));
    }

    @Test
    void aRunOfWhichNothingArrivedSaysHowMuchWasSent() {
        Iperf3Report report = Iperf3Report.parse(UDP.replace("\"bytes\": 4800", "\"bytes\": 0")
                .replace("\"bits_per_second\": 9600", "\"bits_per_second\": 0")
                .replace("\"packets\": 90, \"lost_packets\": 15", "\"packets\": 0, \"lost_packets\": 0"));
        for (Iperf3 workload : List.of(Iperf3.udpThroughput(), Iperf3.frames())) {
            Run run = new Run("macro", workload.name(), "vnetp", "none", Params.NONE, 0, 0);
            workload.record(run, report);
            assertEquals(Status.FAILED, run.status());
            assertEquals("none of 100 datagrams arrived whole", run.reason());
            assertTrue(run.observations().stream().anyMatch(o -> o.metric().equals("losses") && o.value() == 100));
        }
    }

    @Test
    void iperf3sOwnErrorIsTold() {
        var e = assertThrows(
                IllegalArgumentException.class,
                () -> Iperf3Report.parse("{\"start\": {}, \"error\": \"unable to connect to server\"}"));
        assertTrue(e.getMessage().contains("unable to connect to server"), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"sum_received", "cpu_utilization_percent", "retransmits", "seconds", "bits_per_second"})
    void whatIsMissingIsNamedAndNotTakenForZero(String name) {
        String text = tcp(0).replace("\"" + name + "\"", "\"gone\"");
        var e = assertThrows(IllegalArgumentException.class, () -> Iperf3Report.parse(text));
        assertTrue(e.getMessage().contains(name), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "iperf3: error - unable to connect", "[]", "{}"})
    void anythingElseIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> Iperf3Report.parse(text));
    }

    @Test
    void countsThatCannotBeAreRefused() {
        refused(UDP.replace("\"lost_packets\": 15", "\"lost_packets\": -7"), "'lost_packets' is -7");
        refused(
                UDP.replace("\"lost_packets\": 15", "\"lost_packets\": 91"),
                "-1 packets arrived and 91 did not, of 100");
        refused(UDP.replace("\"packets\": 90", "\"packets\": 116"), "101 packets arrived and 15 did not, of 100");
        refused(tcp(0).replace("\"bits_per_second\": 8e9", "\"bits_per_second\": 1e999"), "bits_per_second");
        refused("{\"error\": \"\"}", "an error that it does not name");
    }

    private static void refused(String text, String words) {
        var e = assertThrows(IllegalArgumentException.class, () -> Iperf3Report.parse(text));
        assertTrue(e.getMessage().contains(words), e.getMessage());
    }
}
