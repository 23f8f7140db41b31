package org.vnetp.macrobench.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.macrobench.mpi.MpiLauncher;
import org.vnetp.macrobench.testbed.Fabric;
import org.vnetp.macrobench.testbed.FabricSpec;
import org.vnetp.macrobench.testbed.NeedsForTests;
import org.vnetp.macrobench.testbed.SshHosts;
import org.vnetp.macrobench.testbed.Testbed;
import org.vnetp.macrobench.testbed.TestbedSpec;

/// Orders reach ranks on other hosts: namespaces, machines behind ssh, and virtual machines.
@Tag("netns")
@Tag("mpi")
@Timeout(120)
class ResidentOverFabricsTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    Path dir;

    @Test
    void inNamespaces() throws Exception {
        NeedsForTests.namespaces();
        NeedsForTests.program("mpirun.openmpi");
        NeedsForTests.program("mpirun.mpich");
        try (Testbed testbed = Testbed.up(TestbedSpec.hosts(2))) {
            Fabric vxlan = testbed.fabric(FabricSpec.vxlan());
            orders(testbed.fabrics().getFirst(), "openmpi");
            orders(vxlan, "openmpi");
            orders(vxlan, "mpich");
        }
    }

    @Test
    void behindSsh() throws Exception {
        NeedsForTests.program("mpirun.openmpi");
        NeedsForTests.program("mpirun.mpich");
        try (SshHosts machines = SshHosts.up("resident");
                Testbed testbed = machines.testbed()) {
            for (Fabric fabric : testbed.fabrics()) {
                orders(fabric, "openmpi");
            }
            orders(testbed.fabrics().getFirst(), "mpich");
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "vnetp.machines", matches = "all") // half a minute
    void inVirtualMachines() throws Exception {
        NeedsForTests.namespaces();
        NeedsForTests.machines();
        NeedsForTests.program("mpirun.openmpi");
        NeedsForTests.program("mpirun.mpich");
        try (Testbed testbed = Testbed.up(TestbedSpec.hosts(2))) {
            Fabric fabric = testbed.fabric(FabricSpec.parse("tap-vm"));
            orders(fabric, "openmpi");
            orders(fabric, "mpich");
        }
    }

    private void orders(Fabric fabric, String mpi) throws Exception {
        String what = mpi + " over " + fabric.name();
        try (Resident ranks = start(fabric, mpi, what)) {
            assertEquals("heard nothing by all", ranks.answer(LONG), what);
            assertEquals("heard go 1 by all", ranks.ask("go 1", LONG), what);
            assertEquals("heard go 2 by all", ranks.ask("go 2", LONG), what);
        }
    }

    private Resident start(Fabric fabric, String mpi, String what) throws IOException, ClassNotFoundException {
        String address = fabric.endpoints().getFirst().address();
        return Resident.start(
                what,
                MpiLauncher.find(mpi).residentOver(fabric, 2, ResidentTest.command(address)),
                dir.resolve("out"),
                dir.resolve("err"),
                line -> line.startsWith("heard "));
    }
}
