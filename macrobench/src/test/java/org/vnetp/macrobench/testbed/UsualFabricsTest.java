package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsualFabricsTest {
    @Test
    void bothDataPathsOfOursComeFirstAndTheKernelsOverlayBesideThem() {
        UsualFabrics all = UsualFabrics.of("");
        assertEquals(List.of("vnetp-ebpf", "vnetp", "vxlan"), all.overlays());
        assertEquals("", all.lack());
        assertEquals(List.of("vnetp-ebpf", "vnetp"), all.ours().overlays());
        assertEquals(List.of("native", "vnetp-ebpf", "vnetp", "vxlan"), all.besideNative());
    }

    @Test
    void whereTheKernelCarriesNoFlowsItIsSaidWhy() {
        UsualFabrics slow = UsualFabrics.of("bpf: not permitted");
        assertEquals(List.of("vnetp", "vxlan"), slow.overlays());
        assertEquals("without the fabric vnetp-ebpf: bpf: not permitted", slow.lack());
        assertEquals(slow.lack(), slow.ours().lack());
    }

    @Test
    void anInventoryHasItsOwn(@TempDir Path dir) throws IOException {
        Path hosts = Files.writeString(dir.resolve("hosts"), """
                n1 n1 vpn=10.99.0.1,vnet0 native=10.0.0.1,eth0
                n2 n2 vpn=10.99.0.2,vnet0 native=10.0.0.2,eth0
                """);
        assertEquals(List.of("vpn"), UsualFabrics.ofInventory(hosts).overlays());
        assertEquals(List.of("native", "vpn"), UsualFabrics.ofInventory(hosts).besideNative());
    }

    /// What help and messages name is what can be asked for, and the usual ones are among it.
    @Test
    void everyNameThatIsToldCanBeAskedForAndIsKnownInLists() {
        List<String> names = List.of(FabricSpec.NAMES.split(", "));
        for (String name : names) {
            assertEquals(name, FabricSpec.parse(name).name());
            assertEquals(
                    2, FabricSpec.splitList("vnetp:mode=guest,again=" + name).size(), name);
        }
        assertTrue(names.containsAll(FabricSpec.PEERS), names::toString);
        Stream.concat(UsualFabrics.of("").besideNative().stream(), Stream.of(UsualFabrics.LAB))
                .forEach(name -> assertTrue(names.contains(name), name));
        UsualFabrics.of("").overlays().forEach(name -> assertTrue(UsualFabrics.WORDS.contains(name), name));
    }
}
