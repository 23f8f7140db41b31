package org.vnetp.macrobench.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class UserModeLinuxTest {
    private static UserModeLinux machine(UserModeLinux.Nic nic) {
        return new UserModeLinux(
                "a-x",
                300,
                Path.of("/run/d"),
                nic,
                1400,
                List.of("addr add 10.0.0.1/24 dev eth0"),
                List.of("java", "it's"));
    }

    @Test
    void aNicIsTheNodesOrATap() {
        List<String> served =
                machine(new UserModeLinux.Nic.VhostUser(Path.of("/run/s"), "m")).command();
        assertEquals("linux.uml", served.getFirst());
        assertTrue(served.contains("virtio_uml.device=/run/s:1"), served.toString());
        assertTrue(served.containsAll(List.of("mem=300M", "rootfstype=hostfs", "init=/run/d/init")), served.toString());
        List<String> tap =
                machine(new UserModeLinux.Nic.Tap("vm0", "02:00:00:00:00:01")).command();
        assertTrue(tap.contains("vec1:transport=tap,ifname=vm0,gro=1,depth=128,mac=02:00:00:00:00:01"), tap.toString());
        assertFalse(tap.toString().contains("virtio"), tap.toString());
        // Both have the network of commands first, so that its device is always vec0.
        for (List<String> command : List.of(served, tap)) {
            assertTrue(command.contains("vec0:transport=tap,ifname=ctl0,depth=64"), command.toString());
        }
    }

    @Test
    void theFirstProcessIsAScriptThatAShellTakes() throws Exception {
        for (UserModeLinux.Nic nic : List.of(
                new UserModeLinux.Nic.VhostUser(Path.of("/run/s"), "m"), new UserModeLinux.Nic.Tap("vm0", "m"))) {
            String init = machine(nic).init();
            assertShellTakes(init);
            assertTrue(init.contains("link set eth0 mtu 1400 up\naddr add 10.0.0.1/24 dev eth0\nEND\n"), init);
            assertTrue(init.contains("'java' 'it'\\''s' &\n"), init);
            assertEquals(nic instanceof UserModeLinux.Nic.VhostUser, init.contains("drivers/net/virtio_net"));
        }
    }

    static void assertShellTakes(String script) throws Exception {
        Process check = new ProcessBuilder("sh", "-n").redirectErrorStream(true).start();
        try (var to = check.getOutputStream()) {
            to.write(script.getBytes(StandardCharsets.UTF_8));
        }
        assertEquals("", new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        assertEquals(0, check.waitFor());
    }
}
