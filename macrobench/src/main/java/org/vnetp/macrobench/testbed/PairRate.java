package org.vnetp.macrobench.testbed;

import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What one host sends to one other, slower than its link: a class of its own below the link's
/// token bucket. The rate is changed in place, so that nothing that waits is lost; when the class
/// comes or goes, what waits is.
final class PairRate {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String CLASSES = "7";
    private static final String OTHERS = CLASSES + ":1";
    private static final String PAIR = CLASSES + ":2";

    private PairRate() {}

    /// @param share of the link's rate, above 0; 1: no class any more
    /// @throws UnsupportedOperationException where the link has no rate
    static void set(String namespace, String device, String address, LinkRate link, double share) {
        if (!link.shaped()) {
            throw new UnsupportedOperationException("a link without a rate has none that could fall; give --links");
        }
        JsonNode root = null;
        boolean there = false;
        String said = Shell.run(List.of("tc", "-n", namespace, "-j", "qdisc", "show", "dev", device), "");
        for (JsonNode each : JSON.readTree(said)) {
            root = each.path("root").asBoolean(false) ? each : root;
            there |= each.path("handle").asString("").equals(CLASSES + ":");
        }
        if (root == null || !root.path("kind").asString("").equals("tbf")) {
            throw new TestbedException(
                    "tc of " + namespace + ": expected a tbf at " + device + ", got " + said.strip());
        }
        String on = "dev " + device + " ";
        String under = on + "parent " + root.path("handle").asString("") + "1 ";
        if (share >= 1) {
            if (there) {
                Shell.batch("tc", namespace, List.of("qdisc replace " + under + queue(link)));
            }
            return;
        }
        String rate = "htb rate " + Math.max(8_000, Math.round(link.bitsPerSecond() * share)) + "bit burst "
                + link.burstBytes() + " cburst " + link.burstBytes();
        if (there) {
            Shell.batch("tc", namespace, List.of("class change " + on + "classid " + PAIR + " " + rate));
            return;
        }
        Shell.batch(
                "tc",
                namespace,
                List.of(
                        "qdisc replace " + under + "handle " + CLASSES + ": htb default 1 r2q 1000",
                        // As fast as the bucket above lets it.
                        "class add " + on + "parent " + CLASSES + ": classid " + OTHERS + " htb rate "
                                + 8 * link.bitsPerSecond() + "bit burst " + link.burstBytes(),
                        "class add " + on + "parent " + CLASSES + ": classid " + PAIR + " " + rate,
                        "qdisc add " + on + "parent " + OTHERS + " " + queue(link),
                        "qdisc add " + on + "parent " + PAIR + " " + queue(link),
                        "filter add " + on + "parent " + CLASSES + ": protocol ip prio 1 u32 match ip dst " + address
                                + "/32 flowid " + PAIR));
    }

    private static String queue(LinkRate link) {
        return "bfifo limit " + link.limitBytes();
    }
}
