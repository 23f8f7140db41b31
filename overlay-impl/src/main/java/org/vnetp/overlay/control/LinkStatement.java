package org.vnetp.overlay.control;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// `link`: the ways to other nodes.
final class LinkStatement {
    private static final int MAX_NAME = 32;
    private static final int LEAST_UNDERLAY_MTU = 576;
    private static final String NAME_EXPECTED = "a link's name";
    private static final String WHERE_EXPECTED = "the other node's address, as 10.1.0.2:4789";

    private static final Argument<String> NAME =
            new Argument<>("NAME", NAME_EXPECTED, "by which routes call it; not a number", LinkStatement::newName);
    private static final Argument<Endpoint> WHERE = new Argument<>(
            "IP:PORT",
            WHERE_EXPECTED,
            "where the other node listens, as 10.1.0.2:4789 or [fd00::2]:4789; no host names, no link-local addresses",
            words -> words.endpoint(WHERE_EXPECTED, false));
    private static final Argument<Statement> WHICH = new Argument<>(
            "NAME|INDEX",
            "a link's name or index",
            "as 'show links' tells it",
            words -> Words.isIndex(words.peek("a link's name or index"))
                    ? new DeleteIndex((int) words.number("an index", 1, Integer.MAX_VALUE))
                    : new Delete(words.take("")));
    private static final Option<Statement.Encapsulation> ENCAP =
            Option.of("encap", Argument.oneOf(Statement.Encapsulation.values(), each -> switch (each) {
                case VNET -> "this project's, the default: whole superframes, smaller headers";
                case VXLAN -> "RFC 7348, which a kernel's VXLAN device and the fast path speak";
            }));
    private static final Option<Integer> MTU = Option.of(
            "mtu",
            Argument.number(
                    "N",
                    "the underlay's MTU",
                    LEAST_UNDERLAY_MTU,
                    65535,
                    "packets on the underlay are no longer, bytes; what the path takes is found out and followed anyhow"));

    static final Syntax SYNTAX = Syntax.of(
                    "link",
                    "leads to another node",
                    Form.of("add", NAME, WHERE)
                            .options(ENCAP, MTU)
                            .makes(said -> new Add(
                                    Optional.of(said.get(NAME)),
                                    said.get(WHERE),
                                    said.get(ENCAP).orElse(Statement.Encapsulation.VNET),
                                    said.number(MTU))),
                    Form.of("del", WHICH).makes(said -> said.get(WHICH)))
            .notes("The other node needs a link back, of the same format: what comes from an address that is no link is"
                    + " dropped. A link that routes use is not deleted.");

    private LinkStatement() {}

    private static String newName(Words words) throws StatementException {
        String name = words.name(NAME_EXPECTED, MAX_NAME);
        if (Words.isIndex(name)) {
            throw Words.refused(name, "a link's name that is not a number, as 'link del' takes numbers for indexes");
        }
        return name;
    }

    /// `link add NAME IP:PORT ...`, VNET/P's `ADD IP PORT [udp]`.
    ///
    /// @param name empty for VNET/P's form: the link is then called by its IP, or by IP:PORT
    ///     where that is taken
    /// @param mtu the underlay's MTU on the way to the other node, when it is to be set by hand
    record Add(Optional<String> name, Endpoint endpoint, Encapsulation encapsulation, OptionalInt mtu)
            implements Statement {
        @Override
        public void apply(ConfigEditor config) throws StatementException {
            for (NodeConfig.Link link : config.links().values()) {
                if (link.endpoint().equals(endpoint)) {
                    throw new StatementException("'" + endpoint + "': link '" + link.name() + "' leads there already");
                }
            }
            String called = name.orElseGet(
                    () -> config.links().containsKey(endpoint.host()) ? endpoint.toString() : endpoint.host());
            if (config.links().containsKey(called)) {
                throw new StatementException("'" + called + "': there is a link of that name already");
            }
            Optional<NodeConfig.Listening> listening = config.listening();
            if (listening.isPresent() && listening.get().endpoint().equals(endpoint)) {
                throw new StatementException("'" + endpoint + "': that is where this node itself listens");
            }
            config.put(new NodeConfig.Link(
                    config.freePort(), config.nextLinkIndex(), called, endpoint, encapsulation, mtu));
        }

        @Override
        public void carryOut(Works works, NodeConfig before, NodeConfig after) throws StatementException {
            if (after.listening().isEmpty()) {
                throw new StatementException("'link': expected a 'listen IP:PORT' before the first link");
            }
            works.actuator().openLink(List.copyOf(after.links().values()).getLast());
            works.actuator().replaceTable(after.routingTable());
        }
    }

    /// `link del NAME`
    record Delete(String name) implements Statement {
        @Override
        public void apply(ConfigEditor config) throws StatementException {
            config.refuseWhenUsed("link", name, config.link(name).port());
            config.removeLink(name);
        }

        @Override
        public void carryOut(Works works, NodeConfig before, NodeConfig after) {
            close(works, before, after);
        }
    }

    /// `link del INDEX`, VNET/P's `DEL INDEX` among links.
    record DeleteIndex(int index) implements Statement {
        @Override
        public void apply(ConfigEditor config) throws StatementException {
            List<String> known = new ArrayList<>();
            for (NodeConfig.Link link : config.links().values()) {
                if (link.index() == index) {
                    new Delete(link.name()).apply(config);
                    return;
                }
                known.add(Integer.toString(link.index()));
            }
            throw ConfigEditor.noSuch("link", Integer.toString(index), known);
        }

        @Override
        public void carryOut(Works works, NodeConfig before, NodeConfig after) {
            close(works, before, after);
        }
    }

    private static void close(Works works, NodeConfig before, NodeConfig after) {
        works.actuator().replaceTable(after.routingTable());
        before.links().values().stream()
                .filter(link -> !after.links().containsKey(link.name()))
                .forEach(works.actuator()::closeLink);
    }
}
