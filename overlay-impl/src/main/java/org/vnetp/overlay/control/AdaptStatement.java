package org.vnetp.overlay.control;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.route.MacPattern;
import org.vnetp.overlay.route.MacPattern.Qualifier;

/// `adapt`: the lease of the program that adapts this node from outside, and what is that program's.
/// It claims a pair or a link before it touches it, so that whatever moment it dies at, what it may
/// have made is known here.
final class AdaptStatement {
    private static final long LEAST_LEASE_NS = 100_000_000L;
    private static final long MOST_LEASE_NS = 3_600_000_000_000L;
    private static final int MOST_NOTE = 4000;
    private static final int MOST_CLAIMS = 100_000;
    private static final String MAC_EXPECTED = "a unicast MAC address as 02:00:00:00:00:01";

    private static final Argument<String> HOLDER =
            Argument.name("HOLDER", "a program's name", 64, "what the leading program calls itself");
    private static final Argument<Long> TIME = Argument.duration(
            "TIME",
            "the time of a lease",
            LEAST_LEASE_NS,
            MOST_LEASE_NS,
            "for so long nobody else leads, unless HOLDER says it again");
    private static final Argument<Long> SOURCE = mac("SOURCE", "a guest's MAC address", "", 0);
    private static final Argument<Long> DESTINATION =
            mac("DESTINATION", "another's, or ff:ff:ff:ff:ff:ff", ", or ff:ff:ff:ff:ff:ff", MacAddress.BROADCAST);
    private static final Argument<String> LINK = Argument.name("LINK", "a link's name", 64, "a link's name");
    private static final Argument<String> TEXT =
            new Argument<>("TEXT", "a text", "what was decided, in words", AdaptStatement::text);

    static final Syntax SYNTAX = Syntax.of(
                    "adapt",
                    "says which program adapts this node, and takes back what it did",
                    Form.of("on").makes(_ -> new Switch(true)),
                    Form.of("off").makes(_ -> new Switch(false)),
                    Form.of("lease", HOLDER, TIME).makes(said -> new Lease(said.get(HOLDER), said.get(TIME))),
                    Form.of("release", HOLDER).makes(said -> new Release(said.get(HOLDER))),
                    Form.of("claim", HOLDER, "pair", SOURCE, DESTINATION)
                            .makes(said -> new ClaimPair(said.get(HOLDER), pair(said))),
                    Form.of("claim", HOLDER, "link", LINK)
                            .makes(said -> new ClaimLink(said.get(HOLDER), said.get(LINK))),
                    Form.of("forget", HOLDER, "pair", SOURCE, DESTINATION)
                            .makes(said -> new ForgetPair(said.get(HOLDER), pair(said))),
                    Form.of("forget", HOLDER, "link", LINK)
                            .makes(said -> new ForgetLink(said.get(HOLDER), said.get(LINK))),
                    Form.of("note", HOLDER, TEXT).makes(said -> new Note(said.get(HOLDER), said.get(TEXT))))
            .notes(
                    "./vnetp adapt says these; by hand one says off, which removes all rules and links that are the"
                            + " adaptation's, so that the written ones are what remains, ends the lease and grants none until"
                            + " on. On unless told.",
                    "lease is refused while another holds it. claim, before a rule or link is made, says that rules of two"
                            + " addresses for this pair, or the link of this name, are the adaptation's; it is refused where"
                            + " there is such a one already, as that was written by somebody else. forget, after it is gone,"
                            + " takes that back. All want the lease.");

    private AdaptStatement() {}

    /// @param or   what else is expected
    /// @param also that group address too; 0: none
    private static Argument<Long> mac(String placeholder, String help, String or, long also) {
        String expected = MAC_EXPECTED + or;
        return new Argument<>(placeholder, expected, help, words -> {
            String word = words.take(expected);
            return Words.pattern(word)
                    .filter(pattern -> pattern.qualifier() == Qualifier.EXACT)
                    .map(MacPattern::mac)
                    .filter(mac -> (mac & 1L << 40) == 0 || mac == also)
                    .orElseThrow(() -> Words.refused(word, expected));
        });
    }

    private static String text(Words words) throws StatementException {
        StringBuilder text = new StringBuilder(words.take("a text"));
        while (words.more()) {
            text.append(' ').append(words.take("a text"));
        }
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < ' ') {
                text.setCharAt(i, '?');
            }
        }
        if (text.length() > MOST_NOTE) {
            text.setLength(MOST_NOTE);
        }
        return text.toString();
    }

    private static Adaptation.Pair pair(Said said) {
        return new Adaptation.Pair(said.get(SOURCE), said.get(DESTINATION));
    }

    /// Leases run by the machine's clock, as a configuration has none.
    static long now() {
        return System.nanoTime();
    }

    private static Adaptation led(ConfigEditor config, String holder) throws StatementException {
        Adaptation adaptation = config.adaptation();
        if (adaptation.leftNs(now()) == 0) {
            throw new StatementException("'" + holder + "': expected to hold the lease, which nobody does now");
        }
        if (!adaptation.holder().equals(holder)) {
            throw taken(holder, adaptation);
        }
        return adaptation;
    }

    private static StatementException taken(String holder, Adaptation adaptation) {
        return new StatementException("'" + holder + "': " + adaptation.holder() + " leads this node for another "
                + adaptation.leftNs(now()) / 1_000_000 + " ms");
    }

    private static List<NodeConfig.RouteEntry> exact(ConfigEditor config, Adaptation.Pair pair) {
        return config.routes().values().stream()
                .filter(entry -> entry.route().source().equals(MacPattern.exact(pair.source()))
                        && entry.route().destination().equals(MacPattern.exact(pair.destination())))
                .toList();
    }

    private static String words(Adaptation.Pair pair) {
        return MacAddress.format(pair.source()) + " " + MacAddress.format(pair.destination());
    }

    /// `adapt on`, `adapt off`
    record Switch(boolean on) implements Statement {
        @Override
        public void apply(ConfigEditor config) throws StatementException {
            Adaptation adaptation = config.adaptation();
            if (on) {
                if (!adaptation.allowed()) {
                    config.adaptation(adaptation.allowed(true));
                }
                return;
            }
            for (Adaptation.Pair pair : adaptation.pairs()) {
                for (NodeConfig.RouteEntry entry : exact(config, pair)) {
                    config.removeRoute(entry.index());
                }
            }
            for (String link : adaptation.links()) {
                if (config.links().containsKey(link)
                        && !config.isUsed(config.link(link).port())) {
                    config.removeLink(link);
                }
            }
            config.adaptation(adaptation.allowed(false).owning(Set.of(), Set.of()));
        }

        @Override
        public void carryOut(Works works, NodeConfig before, NodeConfig after) {
            if (!on) {
                LinkStatement.close(works, before, after);
            }
        }
    }

    /// `adapt lease HOLDER TIME`
    record Lease(String holder, long timeNs) implements Statement {
        @Override
        public void apply(ConfigEditor config) throws StatementException {
            Adaptation adaptation = config.adaptation();
            if (!adaptation.allowed()) {
                throw new StatementException("'" + holder + "': adapt is off here; 'adapt on' grants leases again");
            }
            if (adaptation.leftNs(now()) > 0 && !adaptation.holder().equals(holder)) {
                throw taken(holder, adaptation);
            }
            config.adaptation(adaptation.ledBy(holder, now() + timeNs));
        }
    }

    /// `adapt release HOLDER`
    record Release(String holder) implements Statement {
        @Override
        public void apply(ConfigEditor config) throws StatementException {
            Adaptation adaptation = config.adaptation();
            if (adaptation.leftNs(now()) > 0 && !adaptation.holder().equals(holder)) {
                throw taken(holder, adaptation);
            }
            config.adaptation(adaptation.ledBy("", 0));
        }
    }

    /// `adapt claim HOLDER pair SOURCE DESTINATION`
    record ClaimPair(String holder, Adaptation.Pair pair) implements Statement {
        @Override
        public void apply(ConfigEditor config) throws StatementException {
            Adaptation adaptation = led(config, holder);
            if (adaptation.pairs().contains(pair)) {
                return;
            }
            if (!exact(config, pair).isEmpty()) {
                throw new StatementException("'" + words(pair) + "': there is a rule of these two addresses already,"
                        + " which is not the adaptation's");
            }
            if (adaptation.pairs().size() >= MOST_CLAIMS) {
                throw new StatementException("'" + words(pair) + "': more than " + MOST_CLAIMS + " pairs");
            }
            Set<Adaptation.Pair> more = new LinkedHashSet<>(adaptation.pairs());
            more.add(pair);
            config.adaptation(adaptation.owning(more, adaptation.links()));
        }
    }

    /// `adapt claim HOLDER link LINK`
    record ClaimLink(String holder, String link) implements Statement {
        @Override
        public void apply(ConfigEditor config) throws StatementException {
            Adaptation adaptation = led(config, holder);
            if (adaptation.links().contains(link)) {
                return;
            }
            if (config.links().containsKey(link)) {
                throw new StatementException(
                        "'" + link + "': there is a link of that name already, which is not the adaptation's");
            }
            Set<String> more = new LinkedHashSet<>(adaptation.links());
            more.add(link);
            config.adaptation(adaptation.owning(adaptation.pairs(), more));
        }
    }

    /// `adapt forget HOLDER pair SOURCE DESTINATION`
    record ForgetPair(String holder, Adaptation.Pair pair) implements Statement {
        @Override
        public void apply(ConfigEditor config) throws StatementException {
            Adaptation adaptation = led(config, holder);
            List<Integer> left = new ArrayList<>();
            exact(config, pair).forEach(entry -> left.add(entry.index()));
            if (adaptation.pairs().contains(pair) && !left.isEmpty()) {
                throw new StatementException("'" + words(pair) + "': delete its rules first: " + left);
            }
            Set<Adaptation.Pair> fewer = new LinkedHashSet<>(adaptation.pairs());
            fewer.remove(pair);
            config.adaptation(adaptation.owning(fewer, adaptation.links()));
        }
    }

    /// `adapt forget HOLDER link LINK`
    record ForgetLink(String holder, String link) implements Statement {
        @Override
        public void apply(ConfigEditor config) throws StatementException {
            Adaptation adaptation = led(config, holder);
            if (adaptation.links().contains(link) && config.links().containsKey(link)) {
                throw new StatementException("'" + link + "': delete the link first");
            }
            Set<String> fewer = new LinkedHashSet<>(adaptation.links());
            fewer.remove(link);
            config.adaptation(adaptation.owning(adaptation.pairs(), fewer));
        }
    }

    /// `adapt note HOLDER TEXT`
    record Note(String holder, String text) implements Statement {
        @Override
        public void apply(ConfigEditor config) throws StatementException {
            config.adaptation(led(config, holder).noted(text, now()));
        }
    }
}
