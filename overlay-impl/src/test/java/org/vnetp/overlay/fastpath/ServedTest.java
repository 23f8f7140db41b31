package org.vnetp.overlay.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServedTest {
    private static Served of(String... linksAndObstacles) {
        Map<String, String> obstacles = new LinkedHashMap<>();
        for (int i = 0; i < linksAndObstacles.length; i += 2) {
            obstacles.put(linksAndObstacles[i], linksAndObstacles[i + 1]);
        }
        return Served.of(obstacles);
    }

    @Test
    void onIsSaidOnlyWhereAllLinksAreServed() {
        assertEquals(new Served("on", List.of("b", "c")), of("b", "", "c", ""));
        assertEquals(
                new Served("partly: link v: its format is vnet", List.of("b")), of("b", "", "v", "its format is vnet"));
        assertEquals(
                new Served("no: link v: its format is vnet; link w: it goes over IPv6", List.of()),
                of("v", "its format is vnet", "w", "it goes over IPv6"));
        assertEquals("no: neither a rule nor learning joins it to a link", of().state());
    }
}
