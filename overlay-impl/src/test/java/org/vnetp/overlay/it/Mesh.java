package org.vnetp.overlay.it;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Several hosts behind one switch, a node on each, and guests, all network namespaces. Host i has
/// 10.96.0.i, guest i 10.95.0.i. Guests are separate from hosts, so that one can move.
///
/// ```
/// g1 [vnet0] = node 1 in h1 [u] ---+
/// g2 [vnet0] = node 2 in h2 [u] ---+--- bridge in sw
/// g3 [vnet0] = node 3 in h3 [u] ---+
/// ```
final class Mesh extends Namespaces {
    private final Map<Integer, NodeProcess> nodes = new HashMap<>();

    private Mesh() throws Exception {}

    /// Makes hosts, switch and guests; nodes are started by [#node].
    static Mesh up(int size) throws Exception {
        final Mesh mesh = new Mesh();
        try {
            mesh.build(size);
            return mesh;
        } catch (Exception | Error e) {
            mesh.close();
            throw e;
        }
    }

    private void build(int size) throws Exception {
        final String sw = add("sw");
        ip(sw, "link add name switch0 type bridge");
        ip(sw, "link set switch0 up");
        for (int i = 1; i <= size; i++) {
            final String host = add("h" + i);
            add("g" + i);
            run(("ip link add u netns " + host + " type veth peer name p" + i + " netns " + sw).split(" "));
            ip(sw, "link set p" + i + " master switch0 up");
            ip(host, "addr add " + address(i) + "/24 dev u");
            ip(host, "link set u up");
        }
    }

    String guest(int i) {
        return name("g" + i);
    }

    static String address(int i) {
        return "10.96.0." + i;
    }

    static String guestAddress(int i) {
        return "10.95.0." + i;
    }

    static String mac(int i) {
        return "02:00:00:00:95:0" + i;
    }

    /// The statement that opens guest i's NIC.
    String nic(int i) {
        return "nic vnet0 tap mac " + mac(i) + " netns " + guest(i) + " persist";
    }

    /// Starts node i with these statements after its name and address.
    void node(int i, String... statements) throws Exception {
        final List<String> all = new ArrayList<>(List.of("listen " + address(i) + ":4789 network 9"));
        all.addAll(List.of(statements));
        final NodeProcess node = launchNode(name("h" + i), "n" + i, all);
        node.awaitReady();
        nodes.put(i, node);
    }

    /// Gives guest i its address on the NIC that a node has opened.
    void addressGuest(int i) throws Exception {
        ip(guest(i), "addr replace " + guestAddress(i) + "/24 dev vnet0");
        ip(guest(i), "link set vnet0 up");
    }

    /// A statement to node i over its control socket.
    String say(int i, String statement) throws Exception {
        return nodes.get(i).ask(statement);
    }

    /// A counter out of `show stats --json` of node i, all ports or loops together.
    long stat(int i, String field) throws Exception {
        return nodes.get(i).sum(field);
    }
}
