package org.vnetp.macrobench.testbed;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/// The rate of links, at both ends: a token bucket (tbf) as the root queueing discipline of each, or none.
///
/// A bucket that is there is changed in place, so that connections over it go on; what waits in it is sent at the new
/// rate. A change is done when every end says that it has the new rate and its queue is empty.
final class LinkShape {
    private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long PAUSE_MILLIS = 2;
    private static final JsonMapper JSON = JsonMapper.shared();

    private LinkShape() {}

    /// Interfaces by namespace.
    static final class Ends {
        private final Map<String, List<String>> devices = new LinkedHashMap<>();

        void add(String namespace, String device) {
            devices.computeIfAbsent(namespace, _ -> new ArrayList<>()).add(device);
        }
    }

    /// @throws TestbedException when an end does not take the rate, or its queue stays full
    static void set(Ends ends, LinkRate rate) {
        ends.devices.forEach((namespace, devices) -> Shell.batch(
                "tc",
                namespace,
                devices.stream().map(device -> command(device, rate)).toList()));
        long until = System.nanoTime() + SETTLE_NANOS;
        ends.devices.forEach((namespace, devices) -> {
            String lack = lack(namespace, devices, rate);
            while (!lack.isEmpty()) {
                if (System.nanoTime() > until) {
                    throw new TestbedException(
                            "the links of " + namespace + " did not settle at " + rate + ": " + lack);
                }
                pause();
                lack = lack(namespace, devices, rate);
            }
        });
    }

    private static String command(String device, LinkRate rate) {
        if (!rate.shaped()) {
            return "qdisc del dev " + device + " root";
        }
        return "qdisc replace dev " + device + " root tbf rate " + rate.bitsPerSecond() + "bit burst "
                + rate.burstBytes() + " limit " + rate.limitBytes();
    }

    /// What an end is not yet; empty when all are.
    private static String lack(String namespace, List<String> devices, LinkRate rate) {
        String text = Shell.run(List.of("tc", "-n", namespace, "-j", "-s", "qdisc", "show"), "");
        Map<String, JsonNode> roots = new LinkedHashMap<>();
        for (JsonNode qdisc : JSON.readTree(text)) {
            if (qdisc.path("root").asBoolean(false)) {
                roots.put(qdisc.path("dev").asString(""), qdisc);
            }
        }
        for (String device : devices) {
            String lack = lack(roots.getOrDefault(device, MissingNode.getInstance()), rate);
            if (!lack.isEmpty()) {
                return device + " " + lack;
            }
        }
        return "";
    }

    /// @param qdisc the root of a device, as `tc -j -s qdisc show` tells it
    static String lack(JsonNode qdisc, LinkRate rate) {
        boolean shaped = qdisc.path("kind").asString("").equals("tbf");
        if (shaped != rate.shaped()) {
            return shaped ? "is shaped still" : "is not shaped yet";
        }
        // In bytes a second.
        long has = qdisc.path("options").path("rate").asLong(0);
        if (shaped && has != rate.bitsPerSecond() / 8) {
            return "has " + has * 8 + " bit/s";
        }
        long waiting = qdisc.path("qlen").asLong(0);
        return waiting > 0 ? "still has " + waiting + " frames waiting" : "";
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TestbedException("interrupted while links settled", e);
        }
    }
}
