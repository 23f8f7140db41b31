package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FabricSpecTest {
    @Test
    void aFabricWithSettingsIsNamedAfterThem() {
        FabricSpec spec = FabricSpec.parse("vnetp:mode=guest,batch=64");
        assertEquals(FabricSpec.Kind.VNETP, spec.kind());
        assertEquals(Map.of("mode", "guest", "batch", "64"), spec.options());
        assertEquals("vnetp:mode-guest,batch-64", spec.name());
        assertEquals(
                "vnetp-mode-guest-batch-64".substring(0, 15), spec.safeName().substring(0, 15));
    }

    @Test
    void aNameCanBeGiven() {
        FabricSpec spec = FabricSpec.parse("fast=vnetp:mode=vmm");
        assertEquals("fast", spec.name());
        assertEquals(Map.of("mode", "vmm"), spec.options());
    }

    @Test
    void vnetpVxlanIsVnetpWithThatWireFormat() {
        FabricSpec spec = FabricSpec.parse("vnetp-vxlan:batch=8");
        assertEquals(FabricSpec.Kind.VNETP, spec.kind());
        assertEquals("vxlan", spec.options().get("wire"));
        assertEquals("vnetp-vxlan", FabricSpec.parse("vnetp-vxlan").name());
    }

    @Test
    void aFileIsNamedAfterItself() {
        FabricSpec spec = FabricSpec.parse("file:/etc/overlays/zero.fabric");
        assertEquals("zero", spec.name());
        assertEquals(FabricSpec.Kind.EXTERNAL, spec.kind());
        assertEquals(
                "mine", FabricSpec.parse("mine=file:/etc/overlays/zero.fabric").name());
    }

    @Test
    void aListKeepsTheSettingsOfAFabricTogether() {
        List<FabricSpec> list = FabricSpec.parseList("native,vnetp:mode=guest,batch=64,vxlan,x=vnetp,tinc");
        assertEquals(
                List.of("native", "vnetp:mode-guest,batch-64", "vxlan", "x", "tinc"),
                list.stream().map(FabricSpec::name).toList());
        assertEquals("64", list.get(1).options().get("batch"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "vnetq", "natve", "vxlan2", "a=b"})
    void anUnknownKindIsRefusedWithTheLegalOnes(String text) {
        var e = assertThrows(IllegalArgumentException.class, () -> FabricSpec.parse(text));
        assertTrue(
                e.getMessage()
                        .contains(
                                "native, vxlan, vnetp, vnetp-vxlan, vnetp-ebpf, vnetp-sealed, vnetp-ucx, vnetp-vm, tap-vm, vxlan-vm, loopback, tinc"),
                e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"vnetp:", "vnetp:mode", "vnetp:=x", "vnetp:a=1,a=2", "native:mtu=1", "x=native", "a b=vnetp"})
    void wrongSettingsAreRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> FabricSpec.parse(text));
    }

    @Test
    void longNamesStayDistinctAndShort() {
        String a = FabricSpec.parse("vnetp:mode=adaptive,alpha-l=1000,alpha-u=10000")
                .safeName();
        String b = FabricSpec.parse("vnetp:mode=adaptive,alpha-l=1000,alpha-u=20000")
                .safeName();
        assertNotEquals(a, b);
        assertTrue(a.length() <= 24 && a.matches("[a-z0-9-]+"), a);
    }
}
