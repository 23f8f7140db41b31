package org.vnetp.overlay.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.measure.Estimate;
import org.vnetp.overlay.measure.LinkReport;
import org.vnetp.overlay.measure.MeasurementText;
import org.vnetp.overlay.measure.Quantity;

/// The statement `measure`, and what `show measurements` and Prometheus tell.
class MeasureStatementTest {
    private final FakeActuator actuator = new FakeActuator();
    private final ControlSession session = new ControlSession(new NodeController(actuator));

    @BeforeEach
    void link() throws Exception {
        session.line("node a");
        session.line("listen 127.0.0.1:4789");
        session.line("link add b 10.1.0.2:4789");
        actuator.told.clear();
    }

    private String refusal(String line) {
        return assertThrows(StatementException.class, () -> session.line(line)).getMessage();
    }

    @Test
    void whatItMovesAndWhatItRefuses() throws Exception {
        session.line("measure on");
        session.line("measure link b echo");
        session.line("measure link b capacity");
        session.line("measure link b free");
        session.line("measure link b free of 24");
        session.line("measure log /tmp/x size 3");
        session.line("measure nolog");
        session.line("measure off");
        assertEquals(
                List.of(
                        "measure true",
                        "probe b ECHO",
                        "probe b CAPACITY",
                        "probe b FREE",
                        "probe b FREE of 2.4E7 bit/s",
                        "measure log /tmp/x 3000000",
                        "measure log none 64000000",
                        "measure false"),
                actuator.told);
        assertTrue(refusal("measure link c capacity").contains("'c': there is no such link; expected one of b"));
        assertTrue(refusal("measure link b speed").contains("'speed': expected echo, capacity or free"));
        assertTrue(refusal("measure link b free of 0").contains("'0': expected megabits a second, 1..1000000"));
        assertTrue(refusal("measure link b echo of 3").contains("'of': "));
        assertTrue(refusal("measure log x").contains("expected an absolute path"));
        assertTrue(refusal("measure log /x size 0").contains("'0'"));
        assertTrue(refusal("measure maybe").contains("'maybe': expected on, off, link, log or nolog"));
    }

    private static LinkReport report() {
        Map<Quantity, Estimate> values = new EnumMap<>(Quantity.class);
        for (Quantity quantity : Quantity.values()) {
            values.put(quantity, Estimate.UNKNOWN);
        }
        values.put(Quantity.RTT, Estimate.of(1_250_000, 1_000_000, 2_000_000, 20, 10_000_000_000L, 400_000_000));
        values.put(
                Quantity.RATE_OUT,
                Estimate.of(8e6, 7e6, Double.NaN, 10, 10_000_000_000L, 0).atLeast(true));
        return new LinkReport("b", Optional.empty(), values, Map.of("state", "answers"));
    }

    @Test
    void unknownIsToldAsSuch() throws Exception {
        actuator.reports = List.of(report());
        session.line("measure on");
        String text = session.line("show measurements");
        assertTrue(text.startsWith("measure on\nlink b: state=answers\nquantity"), text);
        assertTrue(text.lines().anyMatch(line -> line.matches("loss_out +unknown *")), text);
        assertTrue(
                text.lines()
                        .anyMatch(line -> line.matches(
                                "rtt +1250\\.0 us +1000\\.0 us \\.\\. 2000\\.0 us +20 +10\\.0 s +0\\.4 s")),
                text);
        assertTrue(text.contains("at least 8.000 Mbit/s"), text);
        String json = session.line("show measurements --json");
        assertTrue(
                json.startsWith("{\"node\":\"a\",\"on\":true,\"links\":[{\"name\":\"b\",\"state\":\"answers\""), json);
        assertTrue(json.contains("\"loss_out\":{\"value\":null,\"unit\":\"ratio\""), json);
        assertTrue(
                json.contains("\"rtt\":{\"value\":1250000.0,\"unit\":\"ns\",\"low\":1000000.0,\"high\":2000000.0,"
                        + "\"at_least\":false,\"samples\":20,\"interval_ns\":10000000000,\"age_ns\":400000000}"),
                json);
        assertEquals(1, json.lines().count());
    }

    @Test
    void prometheusGetsBaseUnitsAndNothingUnknown() {
        String page = MeasurementText.of("a", List.of(report()));
        assertTrue(page.contains("# TYPE vnetp_link_rtt_seconds gauge\n"), page);
        assertTrue(page.contains("\nvnetp_link_rtt_seconds{node=\"a\",link=\"b\",bound=\"none\"} 0.00125\n"), page);
        assertTrue(page.contains(
                "vnetp_link_rate_out_bits_per_second{node=\"a\",link=\"b\",bound=\"at-least\"} 8000000.0\n"));
        assertFalse(page.contains("loss_out"), page);
    }
}
