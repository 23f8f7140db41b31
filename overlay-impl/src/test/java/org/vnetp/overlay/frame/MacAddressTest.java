package org.vnetp.overlay.frame;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MacAddressTest {
    @Test
    void anAddressMadeOfNamesIsTheSameForEver() {
        // The first six bytes of SHA-256("42\0a\0vnet0"), unicast and locally administered; `sha256sum` says the same.
        assertEquals("02:54:bb:0e:25:a4", MacAddress.format(MacAddress.derived(42, "a", "vnet0")));
    }

    @Test
    void addressesMadeOfNamesAreUnicastLocalAndDifferent() {
        Set<Long> all = new HashSet<>();
        for (int node = 0; node < 20_000; node++) {
            for (String nic : new String[] {"vnet0", "vnet1"}) {
                long mac = MacAddress.derived(42, "node" + node, nic);
                assertEquals(0x0200_0000_0000L, mac & 0x0300_0000_0000L, MacAddress.format(mac));
                assertEquals(mac, mac & 0xFFFF_FFFF_FFFFL);
                assertTrue(all.add(mac), "node" + node + " " + nic);
            }
        }
        assertNotEquals(MacAddress.derived(42, "a", "vnet0"), MacAddress.derived(43, "a", "vnet0"));
        assertNotEquals(MacAddress.derived(42, "ab", "c"), MacAddress.derived(42, "a", "bc"));
    }
}
