package org.vnetp.overlay.control;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.route.MacPattern;

/// `nic`: the NICs of the guests behind this node.
final class NicStatement {
    // Linux's IFNAMSIZ less the terminator.
    static final int MAX_NAME = 15;
    private static final int MAX_QUEUES = 16;
    private static final int LEAST_RING = 8;
    private static final int MAX_RING = 65_535;

    private static final String MAC_EXPECTED = "a unicast MAC address as 02:00:00:00:00:01";
    private static final int MAX_SOCKET_PATH = 107; // sockaddr_un
    private static final String PATH_EXPECTED = "an absolute path of a socket, at most " + MAX_SOCKET_PATH + " bytes";
    private static final String NETNS_EXPECTED = "a network namespace's name, or an absolute path";

    static final Argument<String> NAME = Argument.name("NAME", "a NIC's name", MAX_NAME, "the interface's name");

    private static final Option<Long> MAC = Option.of(
            "mac",
            new Argument<>(
                    "MAC",
                    MAC_EXPECTED,
                    "the guest's address, unicast; without it one made of the names of node and NIC, the same at every"
                            + " start",
                    NicStatement::unicast));
    private static final Option<Integer> MTU = Option.of(
            "mtu",
            Argument.number(
                    "N",
                    "an MTU",
                    NodeConfig.LEAST_MTU,
                    NodeConfig.MOST_MTU,
                    "the guest's MTU, bytes; without it what the links can carry unfragmented"));
    private static final Option<String> NETNS = Option.of(
            "netns",
            new Argument<>(
                    "NETNS",
                    NETNS_EXPECTED,
                    "put the interface into this network namespace, a name of 'ip netns' or an absolute path",
                    NicStatement::netns));
    private static final Argument<Path> PATH =
            new Argument<>("PATH", PATH_EXPECTED, "the socket, an absolute path", NicStatement::path);
    private static final Option<NicKind.VhostUser.Mode> MODE =
            Option.of("mode", Argument.oneOf(NicKind.VhostUser.Mode.values(), mode -> switch (mode) {
                case SERVER -> "the node listens at the socket, and the monitor connects; the default";
                case CLIENT -> "the monitor listens, and the node connects";
            }));
    private static final Option<Void> PERSIST =
            Option.flag("persist", "the interface outlives the node, which takes it again when it comes back");
    private static final Option<Integer> QUEUES = Option.of(
            "queues",
            Argument.number("N", "queues", 1, MAX_QUEUES, "queues, shared out among the dispatchers; 1 unless told"));
    private static final Option<Integer> RING = Option.of(
            "ring",
            Argument.number(
                    "N",
                    "ring",
                    LEAST_RING,
                    MAX_RING,
                    "frames of the guest that may wait for the node; unless told 1024 with 2 MB together, or 64 where the"
                            + " kernel cannot bound the bytes"));
    private static final Option<Void> FASTPATH = Option.flag(
            "fastpath", "let the kernel carry the guest's known flows, where it can ('show nics' tells); needs netns");

    static final Syntax SYNTAX = Syntax.of("nic", "gives a guest a NIC of the overlay", forms())
            .notes("tap makes a TAP interface, or takes one of that name. vhost-user serves the rings of a virtual"
                    + " machine's NIC in its memory, which the machine's monitor (QEMU, User-Mode Linux) hands over by"
                    + " a socket. attach takes a TAP that a monitor holds (QEMU with vhost-net, say): the kernel carries"
                    + " the machine's known flows there, and the node the others. " + inProcessTold()
                    + "A NIC that routes use is not deleted. up and down are the link that a virtual machine sees.");

    private NicStatement() {}

    private static List<Form> forms() {
        List<Form> forms = new ArrayList<>();
        forms.add(Form.of(NAME, "tap")
                .options(MAC, MTU, NETNS, PERSIST, QUEUES, RING, FASTPATH)
                .makes(NicStatement::tap));
        forms.add(Form.of(NAME, "vhost-user", PATH)
                .options(MODE, QUEUES, MAC, MTU)
                .makes(NicStatement::vhostUser));
        forms.add(Form.of(NAME, "attach", "fastpath")
                .options(MAC, MTU)
                .makes(said -> new Add(said.get(NAME), new NicKind.Attached(), said.big(MAC), said.number(MTU))));
        for (NicKind.InProcess kind : NicKind.InProcess.values()) {
            forms.add(Form.of(NAME, kind.word())
                    .makes(said -> new Add(said.get(NAME), kind, OptionalLong.empty(), OptionalInt.empty())));
        }
        forms.add(Form.of("del", NAME).makes(said -> new Delete(said.get(NAME))));
        forms.add(Form.of("up", NAME).makes(said -> new Link(said.get(NAME), true)));
        forms.add(Form.of("down", NAME).makes(said -> new Link(said.get(NAME), false)));
        return List.copyOf(forms);
    }

    private static String inProcessTold() {
        return Arrays.stream(NicKind.InProcess.values())
                .map(kind -> kind.word() + " " + kind.meaning() + ". ")
                .collect(Collectors.joining());
    }

    private static Add tap(Said said) {
        return new Add(
                said.get(NAME),
                new NicKind.Tap(
                        said.get(NETNS),
                        said.has(PERSIST),
                        said.get(QUEUES).orElse(1),
                        said.get(RING).orElse(0),
                        said.has(FASTPATH)),
                said.big(MAC),
                said.number(MTU));
    }

    private static Add vhostUser(Said said) {
        return new Add(
                said.get(NAME),
                new NicKind.VhostUser(
                        said.get(PATH),
                        said.get(MODE).orElse(NicKind.VhostUser.Mode.SERVER),
                        said.get(QUEUES).orElse(1)),
                said.big(MAC),
                said.number(MTU));
    }

    private static Path path(Words words) throws StatementException {
        String word = words.take(PATH_EXPECTED);
        if (!word.startsWith("/")
                || word.indexOf('\0') >= 0
                || word.getBytes(StandardCharsets.UTF_8).length > MAX_SOCKET_PATH) {
            throw Words.refused(word, PATH_EXPECTED);
        }
        return Path.of(word);
    }

    private static long unicast(Words words) throws StatementException {
        String word = words.take(MAC_EXPECTED);
        Optional<MacPattern> pattern = Words.pattern(word).filter(p -> p.qualifier() == MacPattern.Qualifier.EXACT);
        if (pattern.isEmpty()
                || MacAddress.isGroup(pattern.get().mac())
                || pattern.get().mac() == 0) {
            throw Words.refused(word, MAC_EXPECTED);
        }
        return pattern.get().mac();
    }

    private static String netns(Words words) throws StatementException {
        String word = words.take(NETNS_EXPECTED);
        if (word.indexOf('\0') >= 0 || !word.startsWith("/") && !Words.isName(word, 255)) {
            throw Words.refused(word, NETNS_EXPECTED);
        }
        return word;
    }

    /// `nic NAME tap ...`, `nic NAME vhost-user ...`, `nic NAME memory`
    ///
    /// @param mac empty: made of names
    /// @param mtu empty: derived from the underlay
    record Add(String name, NicKind kind, OptionalLong mac, OptionalInt mtu) implements Statement {
        @Override
        public void apply(ConfigEditor config) throws StatementException {
            if (config.nics().containsKey(name)) {
                throw new StatementException("'" + name + "': there is a NIC of that name already");
            }
            for (NodeConfig.Nic nic : config.nics().values()) {
                if (mac.isPresent() && nic.mac().equals(mac)) {
                    throw new StatementException("'" + MacAddress.format(mac.getAsLong()) + "': NIC '" + nic.name()
                            + "' has that address already");
                }
            }
            for (NodeConfig.Nic nic : config.nics().values()) {
                if (kind instanceof NicKind.VhostUser mine
                        && nic.kind() instanceof NicKind.VhostUser other
                        && other.path().equals(mine.path())) {
                    throw new StatementException(
                            "'" + mine.path() + "': NIC '" + nic.name() + "' has that socket already");
                }
            }
            config.put(new NodeConfig.Nic(config.freePort(), name, kind, mac, mtu));
        }

        @Override
        public void carryOut(Works works, NodeConfig before, NodeConfig after) throws StatementException {
            works.actuator().openNic(after.nics().get(name));
            works.actuator().replaceTable(after.routingTable());
        }
    }

    /// `nic up NAME`, `nic down NAME`
    record Link(String name, boolean up) implements Statement {
        @Override
        public void apply(ConfigEditor config) throws StatementException {
            NodeConfig.Nic nic = config.nic(name);
            if (!(nic.kind() instanceof NicKind.VhostUser machine)) {
                throw new StatementException("'" + name + "': a NIC of the kind "
                        + nic.kind().word() + " has no link to set; expected one of the kind vhost-user");
            }
            config.put(new NodeConfig.Nic(nic.port(), name, machine.linked(up), nic.mac(), nic.mtu()));
        }

        @Override
        public void carryOut(Works works, NodeConfig before, NodeConfig after) {
            works.actuator().nicLink(after.nics().get(name));
        }
    }

    /// `nic del NAME`
    record Delete(String name) implements Statement {
        @Override
        public void apply(ConfigEditor config) throws StatementException {
            config.refuseWhenUsed("NIC", name, config.nic(name).port());
            config.removeNic(name);
        }

        @Override
        public void carryOut(Works works, NodeConfig before, NodeConfig after) {
            works.actuator().replaceTable(after.routingTable());
            works.actuator().closeNic(before.nics().get(name));
        }
    }
}
