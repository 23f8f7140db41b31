package org.vnetp.overlay.control;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.stats.JsonWriter;

/// The answer of `show guards`.
final class ShownGuards {
    private ShownGuards() {}

    static String of(NodeConfig config, boolean json) {
        JsonWriter out = new JsonWriter().object().array("guards");
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {"port", "allow-mac", "allow-ip", "broadcast"});
        config.guards().forEach((name, guard) -> {
            String kind = config.nics().containsKey(name) ? "nic" : "link";
            List<String> macs = guard.macs().stream().map(MacAddress::format).toList();
            List<String> ips =
                    guard.ips().stream().map(InetAddress::getHostAddress).toList();
            out.object().field("kind", kind).field("port", name);
            array(out, "allow_mac", macs);
            array(out, "allow_ip", ips);
            if (guard.floodsASecond() > 0) {
                out.field("broadcast_per_second", guard.floodsASecond());
            }
            out.end();
            rows.add(new String[] {
                kind + " " + name,
                macs.isEmpty() ? "any" : String.join(",", macs),
                ips.isEmpty() ? "any" : String.join(",", ips),
                guard.floodsASecond() > 0 ? guard.floodsASecond() + "/s" : "any"
            });
        });
        return json ? out.end().end().toString() : TextTable.of(rows);
    }

    private static void array(JsonWriter out, String name, List<String> values) {
        if (!values.isEmpty()) {
            out.array(name);
            values.forEach(out::value);
            out.end();
        }
    }
}
