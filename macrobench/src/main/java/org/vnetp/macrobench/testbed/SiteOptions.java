package org.vnetp.macrobench.testbed;

import java.util.List;
import picocli.CommandLine.Option;

/// The options by which hosts are spread over sites, as a picocli mixin of every command that makes hosts.
public final class SiteOptions {
    @Option(
            names = "--sites",
            paramLabel = "N",
            defaultValue = "1",
            description = "1, or 2: half of the hosts behind a line that every fabric crosses, native too.")
    private int count = 1;

    @Option(
            names = "--wan",
            paramLabel = "RATE,DELAY",
            description =
                    "The line between two sites, each way, such as none,500us. Default: " + Sites.DEFAULT_WAN + ".")
    private String wan;

    /// @param inventory whether the hosts are machines of an inventory
    /// @throws IllegalArgumentException saying what was expected
    public Sites sites(boolean inventory) {
        if (inventory && (count != 1 || wan != null)) {
            throw new IllegalArgumentException(
                    "--sites: machines of an inventory are where they are; expected --hosts N with it");
        }
        return Sites.parse(count, wan);
    }

    /// The words that repeat what was said.
    public List<String> words() {
        Sites sites = Sites.parse(count, wan);
        return sites.many() ? List.of("--sites", String.valueOf(sites.count()), "--wan", sites.wan()) : List.of();
    }
}
