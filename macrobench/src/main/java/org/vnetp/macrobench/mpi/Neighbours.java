package org.vnetp.macrobench.mpi;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

/// Which ranks of a group are on this rank's host. A host is what has a host name of its own: MPI libraries decide
/// by it too.
final class Neighbours {
    /// Of a group of one.
    static final Neighbours ALONE = new Neighbours(0, new long[1]);

    private final boolean[] elsewhere;
    private final int ranksElsewhere;
    private final int otherHosts;
    private final boolean first;

    /// @param hosts each rank's [#host]
    Neighbours(int rank, long[] hosts) {
        elsewhere = new boolean[hosts.length];
        int away = 0;
        int lowest = rank;
        for (int i = hosts.length - 1; i >= 0; i--) {
            elsewhere[i] = hosts[i] != hosts[rank];
            if (elsewhere[i]) {
                away++;
            } else {
                lowest = i;
            }
        }
        ranksElsewhere = away;
        otherHosts = (int) Arrays.stream(hosts).distinct().count() - 1;
        first = lowest == rank;
    }

    /// This host as a number.
    static long host() {
        CRC32C sum = new CRC32C();
        try {
            sum.update(Files.readAllBytes(Path.of("/proc/sys/kernel/hostname")));
        } catch (IOException e) {
            String name = System.getenv("HOSTNAME");
            sum.update((name == null ? "" : name).getBytes(StandardCharsets.UTF_8));
        }
        return sum.getValue();
    }

    /// False also for a rank that does not exist: MPI itself refuses that one.
    boolean elsewhere(int rank) {
        return rank >= 0 && rank < elsewhere.length && elsewhere[rank];
    }

    int ranksElsewhere() {
        return ranksElsewhere;
    }

    /// Hosts with ranks of the group, without this one.
    int otherHosts() {
        return otherHosts;
    }

    /// Whether this is the lowest rank on its host.
    boolean first() {
        return first;
    }
}
