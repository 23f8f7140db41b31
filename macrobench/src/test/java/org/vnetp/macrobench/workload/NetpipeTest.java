package org.vnetp.macrobench.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetpipeTest {
    private static final String SAMPLE = """
                   1 1.003135   0.00000761
                   2 2.015748   0.00000757
             3145728 63366.043057   0.00037875
             4194304 63785.632544   0.00050168
            """;

    private static void refused(String text, String why) {
        String message = assertThrows(IllegalArgumentException.class, () -> Netpipe.parse(text))
                .getMessage();
        assertTrue(message.contains(why), message);
    }

    @Test
    void readsSizeRateAndTime() {
        List<Netpipe.Line> lines = Netpipe.parse(SAMPLE);
        assertEquals(4, lines.size());
        assertEquals(new Netpipe.Line(4_194_304, 63785.632544, 0.00050168), lines.getLast());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"NaN", "Infinity", "1e400", "1.0e-5", "-0.00037875", "0.00000000", "", "********", "+0.00037875"
            })
    void whatIsNoTimeIsRefusedWithItsLine(String seconds) {
        refused(SAMPLE.replace("0.00037875", seconds), "NPtcp wrote '3145728 63366.043057");
        refused(SAMPLE.replace("0.00037875", "1" + "0".repeat(400) + ".0"), "NPtcp wrote '3145728 63366.043057");
    }

    @ParameterizedTest
    @ValueSource(strings = {"NaN", "-1", "1e400", "0", "99999999999", "1.5"})
    void whatIsNoSizeIsRefusedWithItsLine(String size) {
        refused(SAMPLE.replace("3145728", size), "NPtcp wrote '" + size + " 63366.043057");
    }

    @Test
    void aTableThatEndsEarlyOrIsNoneIsRefused() {
        refused(SAMPLE.substring(0, SAMPLE.indexOf(" 4194304")), "ends at 3145728 B, expected 4194304 B");
        refused("", "ends at nothing");
        refused("connection refused\n" + SAMPLE, "connection refused");
        refused(SAMPLE + SAMPLE, "expected rising size");
    }
}
