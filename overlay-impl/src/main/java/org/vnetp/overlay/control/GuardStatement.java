package org.vnetp.overlay.control;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.route.MacPattern;

/// `guard`: what may come in at a NIC or link.
///
/// @param port the NIC's or link's name
/// @param guard empty: everything
record GuardStatement(String port, Optional<NodeConfig.PortGuard> guard) implements Statement {
    private static final String PORT_EXPECTED = "a NIC's or link's name";
    private static final String MACS_EXPECTED = "MAC addresses with commas between them, as 02:00:00:00:00:01";
    private static final String IPS_EXPECTED = "IP addresses with commas between them, as 192.168.7.1,fd00::1";
    private static final int MOST_FLOODS = 10_000_000;

    private static final Argument<String> PORT = new Argument<>(
            "NIC|LINK", PORT_EXPECTED, "as 'show nics' or 'show links' tells it", words -> words.take(PORT_EXPECTED));
    private static final Option<List<Long>> MACS = Option.of(
            "allow-mac",
            new Argument<>(
                    "MAC,...",
                    MACS_EXPECTED,
                    "frames from these addresses only come in there, and at no port that does not allow them too; so nobody"
                            + " else is taken for them, and none is learned elsewhere",
                    GuardStatement::macs));
    private static final Option<List<InetAddress>> IPS = Option.of(
            "allow-ip",
            new Argument<>(
                    "IP,...",
                    IPS_EXPECTED,
                    "ARP and neighbour discovery from there speak for these addresses only",
                    GuardStatement::ips));
    private static final Option<Integer> BROADCAST = Option.of(
            "broadcast",
            Argument.number(
                    "N",
                    "frames a second",
                    1,
                    MOST_FLOODS,
                    "so many broadcast and multicast frames a second come in there"));

    static final Syntax SYNTAX = Syntax.of(
                    "guard",
                    "says what may come in at a NIC or link",
                    Form.of(PORT)
                            .someOf(MACS, IPS, BROADCAST)
                            .makes(said -> new GuardStatement(
                                    said.get(PORT),
                                    Optional.of(new NodeConfig.PortGuard(
                                            said.get(MACS).orElse(List.of()),
                                            said.get(IPS).orElse(List.of()),
                                            said.get(BROADCAST).orElse(0))))),
                    Form.of("off", PORT).makes(said -> new GuardStatement(said.get(PORT), Optional.empty())))
            .notes(
                    "Everything may unless told. Said again, it replaces what was said of the port; off takes it back. What is"
                            + " refused is counted as source-refused, neighbour-refused or broadcast-limit.",
                    "Once anything is guarded, ARP and neighbour discovery that tell another MAC address than their frame's"
                            + " own are refused at all ports.");

    private static List<Long> macs(Words words) throws StatementException {
        List<Long> all = new ArrayList<>();
        for (String word : words.take(MACS_EXPECTED).split(",", -1)) {
            Optional<MacPattern> pattern = Words.pattern(word).filter(p -> p.qualifier() == MacPattern.Qualifier.EXACT);
            if (pattern.isEmpty() || MacAddress.isGroup(pattern.get().mac())) {
                throw Words.refused(word, MACS_EXPECTED);
            }
            all.add(pattern.get().mac());
        }
        return all;
    }

    private static List<InetAddress> ips(Words words) throws StatementException {
        List<InetAddress> all = new ArrayList<>();
        for (String word : words.take(IPS_EXPECTED).split(",", -1)) {
            try {
                all.add(InetAddress.ofLiteral(word));
            } catch (IllegalArgumentException e) {
                throw Words.refused(word, IPS_EXPECTED);
            }
        }
        return all;
    }

    @Override
    public void apply(ConfigEditor config) throws StatementException {
        if (!config.nics().containsKey(port) && !config.links().containsKey(port)) {
            List<String> known = new ArrayList<>(config.nics().keySet());
            known.addAll(config.links().keySet());
            throw ConfigEditor.noSuch("NIC or link", port, known);
        }
        if (config.nics().containsKey(port) && config.links().containsKey(port)) {
            throw new StatementException("'" + port + "': both a NIC and a link are called so; rename one of them");
        }
        config.guard(port, guard.orElse(null));
    }

    @Override
    public void carryOut(Works works, NodeConfig before, NodeConfig after) {
        works.actuator().replaceTable(after.routingTable());
    }
}
