package org.vnetp.nas;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.vnetp.macrobench.testbed.Endpoint;
import org.vnetp.macrobench.testbed.Fabric;
import org.vnetp.macrobench.testbed.UnavailableException;

/// Starts ranks with the launcher of the installed MPI, on the first endpoint of the fabric.
final class MpiRanks implements RankLauncher {
    static MpiRanks of(String mpi) {
        if (!Files.isExecutable(Path.of("/usr/bin/mpirun.openmpi"))) {
            throw new UnavailableException("no mpirun", "apt-get install openmpi-bin");
        }
        return new MpiRanks();
    }

    @Override
    public ProcessBuilder command(Fabric fabric, int ranks, List<String> program) {
        List<Endpoint> endpoints = fabric.endpoints();
        StringBuilder hosts = new StringBuilder();
        int per = (ranks + endpoints.size() - 1) / endpoints.size();
        for (Endpoint e : endpoints) {
            hosts.append(hosts.isEmpty() ? "" : ",")
                    .append(e.hostName())
                    .append(':')
                    .append(per);
        }
        String net = endpoints.getFirst().address().replaceFirst("\\.\\d+$", ".0/24");
        List<String> words = new ArrayList<>(List.of(
                "mpirun.openmpi",
                "--allow-run-as-root",
                "--oversubscribe",
                "--bind-to",
                "none",
                "-np",
                "" + ranks,
                "--host",
                hosts.toString(),
                "--map-by",
                "slot",
                "--mca",
                "plm",
                "rsh",
                "--mca",
                "plm_rsh_agent",
                fabric.agent().toString(),
                "--mca",
                "plm_rsh_no_tree_spawn",
                "1",
                "--mca",
                "pml",
                "ob1",
                "--mca",
                "btl",
                "vader,tcp,self",
                "--mca",
                "btl_tcp_if_include",
                net,
                "--mca",
                "oob_tcp_if_include",
                net,
                "--mca",
                "mtl",
                "^ofi,psm,psm2",
                "--mca",
                "mpi_yield_when_idle",
                "1"));
        words.addAll(program);
        return endpoints.getFirst().command(words);
    }

    @Override
    public String description() {
        return "Open MPI";
    }
}
