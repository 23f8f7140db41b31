package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InventoryTestbedTest {
    @Test
    void aHostsLineNamesItsTargetAndItsEndOfEachFabric() {
        var inventory = InventoryTestbed.parse("i", """
                # two machines
                option -p 2222
                n1 u@h1 native=10.0.0.1,eth0 vnetp=10.9.0.1,vnet0,root@vm1   # the guest is a machine too
                n2 u@h2 native=10.0.0.2,eth0 vnetp=10.9.0.2,vnet0,root@vm2
                """);
        assertEquals(List.of("-p", "2222"), inventory.options());
        var row = inventory.rows().get(1);
        assertEquals("u@h2", row.target());
        assertEquals(
                new InventoryTestbed.Column("10.0.0.2", "eth0", "u@h2"),
                row.columns().get("native"));
        assertEquals(
                new InventoryTestbed.Column("10.9.0.2", "vnet0", "root@vm2"),
                row.columns().get("vnetp"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    n1 h1                                         | line 1: expected NAME SSH-TARGET
                    n1 h1 vnetp=10.0.0.1,e                        | line 1: native=ADDRESS,INTERFACE is missing
                    n1 h1 native=10.0.0.1                         | line 1: expected FABRIC=ADDRESS,INTERFACE
                    n1 h1 native=ten,e                            | line 1: expected FABRIC=ADDRESS,INTERFACE
                    n1 -oProxyCommand=x native=10.0.0.1,e         | line 1: not a host name and ssh target
                    n1 h1 native=1.1.1.1,e ~ n1 h2 native=1.1.1.2,e | line 2: host 'n1' is there twice
                    n1 h1 native=1.1.1.1,e ~ n2 h2 native=1.1.1.2,e v=2.2.2.2,v | line 2: expected the fabrics native as in
                    n1 h1 native=1.1.1.1,e                        | expected two hosts or more, got 1
                    """)
    void whatIsWrongIsNamedWithItsLine(String text, String message) {
        var e = assertThrows(
                IllegalArgumentException.class, () -> InventoryTestbed.parse("i", text.replace(" ~ ", "\n")));
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    /// sshd needs no port: ssh starts it inside the host and talks to its standard streams.
    @Tag("netns")
    @Timeout(60)
    @Test
    void machinesReachedBySshAreATestbedToo(@TempDir Path directory) throws Exception {
        Requirements.namespaces();
        Requirements.program("sshd");
        Requirements.program("ssh");
        for (String key : List.of("host", "user")) {
            Shell.run(
                    "ssh-keygen",
                    "-q",
                    "-t",
                    "ed25519",
                    "-N",
                    "",
                    "-f",
                    directory.resolve(key).toString());
        }
        Files.writeString(directory.resolve("sshd_config"), """
                HostKey %1$s/host
                AuthorizedKeysFile %1$s/user.pub
                StrictModes no
                UsePAM no
                PermitRootLogin yes
                PidFile none
                """.formatted(directory));
        boolean made = !Files.exists(Path.of("/run/sshd"));
        if (made) {
            Files.createDirectory(Path.of("/run/sshd"));
        }
        TestbedSpec spec =
                TestbedSpec.hosts(2).withName("ssh" + ProcessHandle.current().pid());
        try (Testbed machines = Testbed.up(spec)) {
            Fabric vxlan = machines.fabric(FabricSpec.vxlan());
            StringBuilder config = new StringBuilder();
            StringBuilder inventory = new StringBuilder("option -F " + directory.resolve("config") + "\n");
            for (int i = 0; i < 2; i++) {
                Host host = machines.hosts().get(i);
                Endpoint guest = vxlan.endpoints().get(i);
                config.append(entry(directory, "m" + i, host.command(List.of("sshd"))));
                config.append(entry(directory, "g" + i, guest.command(List.of("sshd"))));
                inventory.append("n%d m%d native=%s,%s over=%s,%s,g%d%n"
                        .formatted(
                                i, i, host.address(), host.interfaceName(), guest.address(), guest.interfaceName(), i));
            }
            Files.writeString(directory.resolve("config"), config);
            Path file = Files.writeString(directory.resolve("inventory"), inventory);
            try (Testbed testbed = Testbed.inventory(file)) {
                assertEquals(
                        List.of("native", "over"),
                        testbed.fabrics().stream().map(Fabric::name).toList());
                Fabric over = testbed.fabric(FabricSpec.parse("over=vxlan"));
                Endpoint b = over.endpoints().get(1);
                assertEquals(1450, b.mtu());
                Process process = b.command("sh", "-c", "hostname; echo \"$1\"; exit 5", "sh", "it's  $HOME")
                        .start();
                String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertEquals("b-vxlan\nit's  $HOME\n", output);
                assertEquals(5, process.waitFor());
                Counters before = over.snapshot();
                over.endpoints()
                        .get(0)
                        .command("ping", "-q", "-c", "5", "-i", "0.01", "-s", "1000", b.address())
                        .start()
                        .waitFor();
                Counters counted = over.snapshot().minus(before);
                assertTrue(counted.endpoints().getFirst().txBytes() >= 5 * 1028, counted.toString());
                assertTrue(counted.underlay().getFirst().txBytes() >= 5 * 1028, counted.toString());
                Process agent = new ProcessBuilder(over.agent().toString(), "-x", b.address(), "hostname").start();
                assertEquals("b-vxlan\n", new String(agent.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
                assertThrows(IllegalArgumentException.class, () -> testbed.fabric(FabricSpec.vnetp()));
                assertThrows(IllegalArgumentException.class, () -> testbed.setLinkRate(LinkRate.GBIT_1));
            }
        } finally {
            if (made) {
                Files.deleteIfExists(Path.of("/run/sshd"));
            }
        }
    }

    private static String entry(Path directory, String target, ProcessBuilder sshd) {
        String enter = sshd.command().getFirst();
        return """
                Host %1$s
                  HostName %1$s
                  User root
                  ProxyCommand %2$s %3$s -i -f %4$s/sshd_config
                  IdentityFile %4$s/user
                  IdentitiesOnly yes
                  StrictHostKeyChecking no
                  UserKnownHostsFile /dev/null
                """.formatted(target, enter, Shell.find("sshd"), directory);
    }
}
