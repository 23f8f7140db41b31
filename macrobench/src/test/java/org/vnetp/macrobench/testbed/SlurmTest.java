package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlurmTest {
    @Test
    void tasksAreCountedNodeByNode() {
        assertEquals(List.of(2, 2, 2, 1), Slurm.tasks("2(x3),1"));
        assertEquals(List.of(16), Slurm.tasks("16"));
        assertEquals(List.of(1, 4, 4), Slurm.tasks("1,4(x2)"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "2,", "2(x)", "2(x3", "x3", "2 ,1", "-1", "2(x3)4"})
    void wordsThatAreNotSlurmsAreRefused(String text) {
        String message = assertThrows(IllegalArgumentException.class, () -> Slurm.tasks(text))
                .getMessage();
        assertTrue(message.contains("SLURM_TASKS_PER_NODE '" + text + "': expected numbers"), message);
    }

    @Test
    void aNodesInterfaceIsTheOneWithTheAddressThatSlurmKnows() {
        List<String> lines = List.of(
                "1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever",
                "3: ib0@if2    inet 10.5.0.30/24 brd 10.5.0.255 scope global ib0\\       valid_lft forever",
                "4: eth0    inet 10.5.0.3/24 scope global eth0\\       valid_lft forever");
        assertEquals("10.5.0.3,eth0", Slurm.column("n3", "10.5.0.3", lines));
        assertEquals("10.5.0.30,ib0", Slurm.column("n3", "10.5.0.30", lines));
        String message = assertThrows(TestbedException.class, () -> Slurm.column("n3", "10.5.0.4", lines))
                .getMessage();
        assertTrue(message.contains("n3 of the Slurm job is known by the address 10.5.0.4"), message);
    }

    @Test
    void itsInventoryIsOneThatIsRead() {
        String text = Slurm.inventory(
                "71", List.of("n1", "gpu-02"), Map.of("n1", "10.5.0.1,eth0", "gpu-02", "10.5.0.2,eth0"));
        InventoryTestbed.Inventory inventory = InventoryTestbed.parse("i", text);
        assertEquals(Optional.of("71"), inventory.job());
        assertEquals("gpu-02", inventory.rows().get(1).target());
        assertEquals(
                new InventoryTestbed.Column("10.5.0.2", "eth0", "gpu-02"),
                inventory.rows().get(1).columns().get("native"));
        String message = assertThrows(
                        IllegalArgumentException.class, () -> InventoryTestbed.parse("i", "slurm 7;rm\n" + text))
                .getMessage();
        assertTrue(message.startsWith("i line 1: expected slurm and a job's number, got '7;rm'"), message);
    }

    @Test
    void aStepIsOfThatJobAndOfOneNode() {
        List<String> srun = Slurm.srun("71");
        assertTrue(
                srun.containsAll(List.of("srun", "--jobid=71", "--overlap", "--nodes=1", "--ntasks=1")),
                srun::toString);
        Reach reach = Reach.byStep(srun, "n2");
        assertEquals(List.of("--nodelist=n2", "/bin/sh", "-c"), reach.to());
        assertEquals(Optional.empty(), reach.hangUp(), "a step has no connection that stays");
    }
}
