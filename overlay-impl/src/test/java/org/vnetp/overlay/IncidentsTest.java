package org.vnetp.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.dispatch.Death;

class IncidentsTest {
    private final AtomicInteger calls = new AtomicInteger();
    private final Incidents incidents = new Incidents(calls::incrementAndGet);

    @Test
    void everyIncidentCallsAndIsTakenOnceInItsOrder() {
        Death nic = new Death(Death.Kind.NIC, 1, 10, 77);
        Death link = new Death(Death.Kind.LINK, 2, 11, 77);
        incidents.onDeath(nic);
        incidents.onDeath(link);
        incidents.onTunnel(3);
        incidents.onNetworkChange();
        List<String> held = new ArrayList<>();
        incidents.onHold(1, 2, () -> held.add("first"));
        incidents.onHold(1, 3, () -> held.add("second"));
        assertEquals(6, calls.get());

        List<Object> taken = new ArrayList<>();
        incidents.takeDeaths(taken::add);
        incidents.takeTunnels(taken::add);
        assertEquals(List.of(nic, link, 3), taken);
        assertTrue(incidents.takeNetworkChange());
        List<Long> sources = new ArrayList<>();
        incidents.takeHolds(hold -> {
            assertEquals(1, hold.destination());
            sources.add(hold.source());
            hold.then().run();
        });
        assertEquals(List.of("first", "second"), held);
        assertEquals(List.of(2L, 3L), sources);

        incidents.takeDeaths(taken::add);
        incidents.takeTunnels(taken::add);
        assertEquals(3, taken.size(), "nothing comes twice");
        assertFalse(incidents.takeNetworkChange());
        incidents.takeHolds(_ -> fail("nothing comes twice"));
    }

    /// A loop that holds a flow's frames may find another flow while the first is seen to.
    @Test
    void whatHappensWhileOthersAreSeenToIsSeenToAsWell() {
        List<String> held = new ArrayList<>();
        incidents.onHold(1, 2, () -> {
            held.add("first");
            incidents.onHold(1, 3, () -> held.add("second"));
        });
        incidents.takeHolds(hold -> hold.then().run());
        assertEquals(List.of("first", "second"), held);
    }
}
