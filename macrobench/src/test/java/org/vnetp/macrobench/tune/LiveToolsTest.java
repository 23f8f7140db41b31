package org.vnetp.macrobench.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.vnetp.reports.result.Metrics;
import tools.jackson.databind.json.JsonMapper;

class LiveToolsTest {
    @Test
    void theLastNumberThatACommandPrintsCounts() {
        assertEquals(12.5, CommandLoad.number("run 3\nrate: 12.5 Mop/s\n"));
        assertEquals(1e-3, CommandLoad.number("0.2 1e-3"));
        assertTrue(Double.isNaN(CommandLoad.number("no number")));
    }

    private static double polling(String state, String changes) {
        return Sweep.polling(
                JsonMapper.shared().readTree("{\"state\":\"" + state + "\",\"recent\":[" + changes + "]}"), 1.05, 0.05);
    }

    private static String change(double ago, String to) {
        return "{\"seconds_ago\":" + ago + ",\"to\":\"" + to + "\"}";
    }

    @Test
    void theShareOfPollingIsThatOfTheRegionAlone() {
        assertEquals(0, polling("guest", ""), 1e-9);
        assertEquals(1, polling("vmm", ""), 1e-9);
        // Polled from 0.8 s ago until the load ended, and blocks since.
        assertEquals(0.75, polling("guest", change(0.80, "vmm") + "," + change(0.05, "guest")), 1e-9);
        assertEquals(0.75, polling("guest", change(0.80, "vmm") + "," + change(0.01, "guest")), 1e-9);
        // What was before the region does not count.
        assertEquals(0, polling("guest", change(3, "vmm") + "," + change(2, "guest")), 1e-9);
        assertEquals(
                0.4,
                polling(
                        "guest",
                        change(1.00, "vmm") + "," + change(0.80, "guest") + "," + change(0.60, "vmm") + ","
                                + change(0.40, "guest")),
                1e-9);
    }

    @Test
    void everyGoalHasItsWorkloadsAndHoldsOneOut() {
        Task.Workloads make = new Task.Workloads(0.3, 10_000);
        Task.Kernels kernels = new Task.Kernels() {
            @Override
            public LiveWorkload first() {
                return NetworkLoad.stream("cg.A.2", 1);
            }

            @Override
            public LiveWorkload second() {
                return NetworkLoad.stream("mg.A.2", 1);
            }
        };
        for (String name : Task.NAMES) {
            Task task = Task.of(name, make, kernels, false);
            List<String> names =
                    task.workloads().stream().map(LiveWorkload::name).toList();
            task.goal().parts().forEach(part -> assertTrue(names.contains(part.workload()), name));
            assertEquals(names, task.confirmed());
            String held = task.heldOut().orElseThrow().workload();
            assertTrue(names.contains(held), name);
            assertTrue(
                    task.goal().parts().stream()
                            .noneMatch(part -> part.workload().equals(held)),
                    name);
        }
        assertEquals(
                List.of(Metrics.RTT_P50, Metrics.RTT_P50),
                Task.of("latency", make, kernels, false).goal().parts().stream()
                        .map(part -> part.metric())
                        .toList());
        assertThrows(IllegalArgumentException.class, () -> Task.of("speed", make, kernels, false));
    }
}
