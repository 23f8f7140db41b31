package org.vnetp.macrobench.campaign;

import java.nio.file.Path;
import java.util.List;
import org.vnetp.macrobench.testbed.Slurm;
import org.vnetp.macrobench.testbed.TestbedSpec;
import picocli.CommandLine.Option;

/// The option that says on which hosts a campaign runs, as a picocli mixin: so many that are made as namespaces, the
/// machines of an inventory, or the nodes of a Slurm allocation, which are made one.
public final class HostsOption {
    @Option(
            names = "--hosts",
            paramLabel = "N|FILE|slurm",
            description =
                    "Number of hosts to make as namespaces (default 2), an inventory of machines reached by ssh, or"
                            + " slurm: the nodes of the allocation that this runs in (the default there).")
    private String hosts = Slurm.allocated() ? Slurm.WORD : "2";

    /// Made when it is first asked for.
    private Path inventory;

    /// As it was said.
    @Override
    public String toString() {
        return hosts;
    }

    /// Whether hosts are made, as namespaces.
    public boolean made() {
        return hosts.matches("\\d+");
    }

    /// Whether they are the nodes of a Slurm allocation.
    public boolean allocated() {
        return hosts.equals(Slurm.WORD);
    }

    /// Takes so many that are made in place of what was said, for a plan that runs elsewhere.
    public void make(int number) {
        hosts = String.valueOf(number);
    }

    /// The inventory file, or null when hosts are made.
    ///
    /// @throws org.vnetp.macrobench.testbed.UnavailableException where Slurm does not tell the nodes
    public Path inventory() {
        if (made()) {
            return null;
        }
        if (inventory == null) {
            inventory = Slurm.inventory(hosts);
        }
        return inventory;
    }

    /// How many hosts are made.
    ///
    /// @param otherwise of an inventory
    /// @throws IllegalArgumentException naming the range
    public int number(int otherwise) {
        return made() ? CampaignOptions.number("--hosts", hosts, 2, TestbedSpec.MAX_HOSTS) : otherwise;
    }

    /// @throws IllegalArgumentException where links of an inventory's machines are to be shaped
    public void requireLinks(List<String> rates) {
        if (!made() && !rates.equals(List.of("none"))) {
            throw new IllegalArgumentException("--links " + String.join(",", rates)
                    + ": machines of an inventory have the links they have; only none goes with --hosts FILE");
        }
    }

    /// The words that repeat what was said.
    public List<String> words() {
        return List.of("--hosts", made() || allocated() ? hosts : inventory().toString());
    }
}
