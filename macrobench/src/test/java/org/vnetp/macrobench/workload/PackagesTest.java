package org.vnetp.macrobench.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.vnetp.macrobench.testbed.Packages;

/// The one list of packages, of the launcher and of the programs in Java.
class PackagesTest {
    @Test
    void whatWorkloadsNeedIsListed() {
        for (String workload : Workloads.names()) {
            for (Workload.Need need : Workloads.find(workload).needs()) {
                boolean ours = need.debianPackage().isEmpty();
                assertEquals(need.program().startsWith("/") && !need.program().endsWith("/bin/java"), ours, workload);
            }
        }
        assertEquals("netpipe-tcp", new Workload.Need("NPtcp").debianPackage());
    }

    @Test
    void whatIsNotListedIsRefusedByName() {
        String said = assertThrows(IllegalArgumentException.class, () -> Packages.of("no-such-program"))
                .getMessage();
        assertTrue(said.contains("'no-such-program'"), said);
    }

    @Test
    void aSignIsThatOfOnePackage() throws IOException {
        Map<String, String> packages = new HashMap<>();
        for (String line : Files.readAllLines(Path.of("src/main/resources/org/vnetp/macrobench/testbed/packages"))) {
            if (!line.startsWith("#")) {
                String[] words = line.split(" ");
                assertEquals(3, words.length, line);
                String before = packages.put(words[2], words[1]);
                assertTrue(before == null || before.equals(words[1]), line);
            }
        }
        assertEquals("iproute2", packages.get("ip"));
    }
}
