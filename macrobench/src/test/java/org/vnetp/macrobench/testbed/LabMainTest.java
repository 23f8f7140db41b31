package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class LabMainTest {
    /// Two virtual machines would else be up after a quarter of a minute, most of it warm-up.
    @Test
    void nodesOfALabWarmUpAsNodesDoUnlessAskedForMore() {
        List<FabricSpec> specs =
                LabMain.parseFabrics(List.of("vnetp-vm,vnetp-ebpf,tap-vm,vxlan", "own=vnetp:warm-up=700"));
        assertEquals(
                List.of("300", "300", "none", "none", "700"),
                specs.stream()
                        .map(LabMain::soon)
                        .map(spec -> spec.options().getOrDefault("warm-up", "none"))
                        .toList());
        assertEquals("vnetp-vm", LabMain.soon(specs.getFirst()).name(), "what is asked for keeps its name");
    }
}
