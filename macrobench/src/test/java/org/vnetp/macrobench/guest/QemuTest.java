package org.vnetp.macrobench.guest;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class QemuTest {
    private static final GuestPlan.Nic SERVED = new GuestPlan.Nic.VhostUser(Path.of("/run/s"), "02:00:00:00:00:01");
    private static final GuestPlan.Nic TAP = new GuestPlan.Nic.Tap("vm0", "02:00:00:00:00:01");

    private static Qemu machine(GuestPlan.Nic nic, int queues, boolean kvm) {
        return new Qemu(
                "a-x",
                300,
                Path.of("/run/d"),
                nic,
                queues,
                1400,
                List.of("addr add 10.0.0.1/24 dev eth0"),
                List.of("java", "it's"),
                new Qemu.Boot(Path.of("/k/vmlinuz"), Path.of("/k/initramfs")),
                kvm);
    }

    @Test
    void aNicIsTheNodesOrATap() {
        List<String> served = machine(SERVED, 1, false).command();
        assertTrue(served.contains("socket,id=rings,path=/run/s,reconnect=1"), served.toString());
        assertTrue(served.contains("vhost-user,id=measured,chardev=rings,queues=1"), served.toString());
        assertTrue(
                served.contains("virtio-net-pci,netdev=measured,romfile=,mac=02:00:00:00:00:01,vectors=0"),
                served.toString());
        List<String> tap = machine(TAP, 1, false).command();
        assertTrue(tap.contains("tap,id=measured,ifname=vm0,script=no,downscript=no,vnet_hdr=on"), tap.toString());
        assertFalse(tap.toString().contains("vhost-user,"), tap.toString());
        for (List<String> command : List.of(served, tap)) {
            assertTrue(
                    command.contains("tap,id=control,ifname=ctl0,script=no,downscript=no,vnet_hdr=on"),
                    command.toString());
            assertTrue(command.containsAll(List.of("300M", "/k/vmlinuz", "/k/initramfs", "tcg")), command.toString());
            assertTrue(command.getLast().endsWith(" first=/run/d/init"), command.getLast());
        }
        assertTrue(machine(SERVED, 3, false).command().toString().contains("queues=3"));
        assertTrue(machine(SERVED, 3, false).command().toString().contains("mq=on"));
    }

    /// TCG's fault is not KVM's, whose guests do better with interrupts of their own for each ring.
    @Test
    void byKvmItHasTheProcessorOfThisMachine() {
        List<String> kvm = machine(SERVED, 1, true).command();
        assertTrue(kvm.containsAll(List.of("kvm", "host")), kvm.toString());
        assertFalse(kvm.toString().contains("vectors="), kvm.toString());
    }

    @Test
    void theFirstProcessIsAScriptThatAShellTakes() throws Exception {
        for (GuestPlan.Nic nic : List.of(SERVED, TAP)) {
            String init = machine(nic, 1, false).init();
            UserModeLinuxTest.assertShellTakes(init);
            assertTrue(init.contains("named 02:00:00:00:00:01 eth0\n"), init);
            assertTrue(init.contains("link set eth0 mtu 1400 up\naddr add 10.0.0.1/24 dev eth0\nEND\n"), init);
            assertTrue(init.contains("'java' 'it'\\''s' &\n"), init);
        }
    }
}
