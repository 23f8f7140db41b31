package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.seal.KeyFiles;

/// Two hosts on a veth cable and a guest behind each, all network namespaces; a guest's NIC is called `g`.
///
/// ```
/// [guest 1: g 10.77.0.1, fd77::1] [host 1: 10.99.0.1, fd99::1] === veth u ===
///     [host 2: 10.99.0.2, fd99::2] [guest 2: g 10.77.0.2, fd77::2]
/// ```
///
/// What stands between a guest and its host, a node or a kernel VXLAN device, is up to the test.
final class TwoHosts extends Namespaces {
    /// How the nodes encapsulate.
    enum Format {
        VNET,
        VXLAN,
        UCX
    }

    private final NodeProcess[] nodes = new NodeProcess[3];
    private final String[] publicKeys = new String[3];
    private String sealOptions;
    private String linkOptions = "";
    private boolean ipv6;

    private TwoHosts() throws Exception {}

    static TwoHosts up(int underlayMtu) throws Exception {
        final TwoHosts hosts = new TwoHosts();
        try {
            for (int i = 1; i <= 2; i++) {
                hosts.add("h" + i);
                hosts.add("g" + i);
            }
            hosts.underlay(underlayMtu);
            return hosts;
        } catch (Exception | Error e) {
            hosts.close();
            throw e;
        }
    }

    /// The cable between the hosts, made; again where it was deleted.
    void underlay(int mtu) throws Exception {
        run(("ip link add u netns " + host(1) + " type veth peer name u netns " + host(2)).split(" "));
        for (int i = 1; i <= 2; i++) {
            ip(host(i), "link set u mtu " + mtu);
            ip(host(i), "addr add " + address(i) + "/24 dev u");
            ip(host(i), "addr add fd99::" + i + "/64 dev u nodad");
            ip(host(i), "link set u up");
        }
    }

    /// Nodes and kernel devices made from now on talk to each other over IPv6.
    void overIpv6() {
        ipv6 = true;
    }

    /// Links of nodes made from now on are sealed.
    ///
    /// @param options of the statement `link`, beside keys
    void sealed(String options) throws IOException {
        sealOptions = options;
        for (int i = 1; i <= 2; i++) {
            publicKeys[i] = KeyFiles.create(keyFile(i)).publicText();
        }
    }

    /// Options of the links of nodes made from now on.
    void linkOptions(String options) {
        linkOptions = " " + options;
    }

    private Path keyFile(int i) {
        return directory().resolve("n" + i + ".key");
    }

    String host(int i) {
        return name("h" + i);
    }

    String guest(int i) {
        return name("g" + i);
    }

    static String address(int i) {
        return "10.99.0." + i;
    }

    static String guestAddress(int i) {
        return "10.77.0." + i;
    }

    private String outer(int i) {
        return ipv6 ? "fd99::" + i : address(i);
    }

    private String endpoint(int i) {
        return (ipv6 ? "[" + outer(i) + "]" : outer(i)) + ":4789";
    }

    static String mac(int i) {
        return MacAddress.format(0x0200_0000_0000L + i);
    }

    /// A kernel VXLAN device towards the other host, moved into the guest.
    void kernel(int i, int mtu, String options) throws Exception {
        ip(
                host(i),
                ("link add g mtu " + mtu + " type vxlan id 42 dstport 4789 local " + outer(i) + " remote "
                                + outer(3 - i) + " " + options)
                        .strip());
        ip(host(i), "link set g netns " + guest(i));
        ip(guest(i), "link set g address " + mac(i));
        addressGuest(i);
    }

    /// One of our nodes with the guest's NIC and a link to the other host.
    ///
    /// @param nicOptions of the statement `nic`
    /// @param nodeOptions of `vnetp node`
    NodeProcess node(int i, Format format, String nicOptions, String... nodeOptions) throws Exception {
        final NodeProcess node = restart(i, format, nicOptions, nodeOptions);
        addressGuest(i);
        return node;
    }

    /// Ends a node at once, as a crash would.
    void kill(int i) throws InterruptedException {
        nodes[i].kill();
    }

    /// The same node where the guest's NIC has its addresses already.
    NodeProcess restart(int i, Format format, String nicOptions, String... nodeOptions) throws Exception {
        final NodeProcess node = launch(i, format, nicOptions, nodeOptions);
        node.awaitReady();
        return node;
    }

    /// [#node] on both hosts, which start at the same time; node 1 comes first.
    List<NodeProcess> both(Format format, String nicOptions, String... nodeOptions) throws Exception {
        final List<NodeProcess> both =
                List.of(launch(1, format, nicOptions, nodeOptions), launch(2, format, nicOptions, nodeOptions));
        for (int i = 1; i <= 2; i++) {
            nodes[i].awaitReady();
            addressGuest(i);
        }
        return both;
    }

    private NodeProcess launch(int i, Format format, String nicOptions, String... nodeOptions) throws IOException {
        nodes[i] = launchNode(
                host(i),
                "n" + i,
                List.of(
                        "listen " + endpoint(i) + " network 42",
                        "nic g tap mac " + mac(i) + " netns /run/netns/" + guest(i) + " " + nicOptions,
                        "link add peer " + endpoint(3 - i) + " encap "
                                + format.name().toLowerCase(Locale.ROOT)
                                + linkOptions
                                + (sealOptions == null
                                        ? ""
                                        : " key " + keyFile(i) + " peer " + publicKeys[3 - i] + " " + sealOptions),
                        "route add any any edge peer interface g",
                        "route add any any interface g edge peer"),
                nodeOptions);
        return nodes[i];
    }

    private void addressGuest(int i) throws Exception {
        ip(guest(i), "addr add " + guestAddress(i) + "/24 dev g");
        ip(guest(i), "addr add fd77::" + i + "/64 dev g nodad");
        ip(guest(i), "link set g up");
    }

    /// A stream from one guest to the other.
    TcpStream stream(int from, int port, int bytes) throws Exception {
        return new TcpStream(this, guest(from), guest(3 - from), guestAddress(3 - from), port, bytes);
    }

    /// Forged datagrams of node 1's sealed link come to node 2; see [ForgedFlood].
    Process forge(int seconds, long perSecond, int segments) throws Exception {
        return java(
                host(1),
                ForgedFlood.class.getName(),
                address(1),
                address(2),
                "4789",
                "42",
                "u",
                in(host(2), "cat /sys/class/net/u/address").strip(),
                String.valueOf(seconds),
                String.valueOf(perSecond),
                String.valueOf(segments));
    }

    /// An iperf3 server for one client in guest 2, which listens when this returns.
    Process iperfServer(String address) throws Exception {
        final Process listener = start(guest(2), "iperf3", "-s", "-1", "-B", address);
        await(() -> {
            assertTrue(listener.isAlive(), "iperf3 does not listen");
            return in(guest(2), "ss -Hltn sport = :5201").contains(":5201");
        });
        return listener;
    }

    /// iperf3 from guest 1 to a server in guest 2; returns the bytes that the receiver got.
    long iperf(String server, String options) throws Exception {
        final Process listener = iperfServer(server);
        final String json = in(guest(1), "iperf3 -J -c " + server + " " + options);
        listener.waitFor(PATIENCE_S, TimeUnit.SECONDS);
        final Matcher sum = Pattern.compile("\"sum(?:_received)?\":\\s*\\{[^}]*?\"bytes\":\\s*(\\d+)")
                .matcher(json);
        long bytes = 0;
        while (sum.find()) {
            bytes = Long.parseLong(sum.group(1));
        }
        return bytes;
    }
}
