package org.vnetp.overlay.control;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vnetp.overlay.control.NodeConfig.Seal;
import org.vnetp.overlay.seal.PublicKeys;
import org.vnetp.overlay.seal.Suite;

/// `link`: the ways to other nodes.
final class LinkStatement {
    static final int MAX_NAME = 32;
    static final String WHERE_EXPECTED = "the other node's address, as 10.1.0.2:4789";
    private static final String ANYWHERE = "any";
    private static final String WHERE_OR_ANY = WHERE_EXPECTED + ", or any";
    private static final long LEAST_KEEPALIVE_NS = 1_000_000_000L;
    private static final long MOST_KEEPALIVE_NS = 600_000_000_000L;
    private static final long LEAST_REKEY_NS = 1_000_000_000L;
    private static final long DEFAULT_REKEY_NS = 120_000_000_000L;
    static final String PATH_EXPECTED = "an absolute path";
    private static final String PEER_EXPECTED =
            "a public key, as './vnetp key show' tells it (x25519:...), or an absolute path";
    private static final int LEAST_UNDERLAY_MTU = 576;
    private static final String NAME_EXPECTED = "a link's name";

    private static final Argument<String> NAME =
            new Argument<>("NAME", NAME_EXPECTED, "by which routes call it; not a number", LinkStatement::newName);
    private static final Argument<Endpoint> WHERE = new Argument<>(
            "IP:PORT",
            WHERE_EXPECTED,
            "where the other node listens, as 10.1.0.2:4789 or [fd00::2]:4789; no host names, no link-local addresses",
            words -> words.endpoint(WHERE_OR_ANY, false));
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
                case UCX ->
                    "messages of UCX (package libucx0), for interconnects that are no Ethernet, and shared"
                            + " memory: a frame is a message; IP:PORT serves for finding each other";
            }));
    private static final Option<Integer> MTU = Option.of(
            "mtu",
            Argument.number(
                    "N",
                    "the underlay's MTU",
                    LEAST_UNDERLAY_MTU,
                    65535,
                    "packets on the underlay are no longer, bytes; what the path takes is found out and followed anyhow"));

    private static final int MOST_TRANSPORTS = 32;
    private static final String TRANSPORTS_EXPECTED =
            "transports of UCX, as tcp or posix,cma: lower-case names joined by commas, at most " + MOST_TRANSPORTS
                    + " characters";
    private static final Argument<String> TRANSPORT_LIST = new Argument<>(
            "LIST",
            TRANSPORTS_EXPECTED,
            "with encap ucx: transports that it may take, as UCX calls them, of the network as tcp, or of shared memory"
                    + " as posix; all of the network unless told. Both ends need one in common",
            LinkStatement::transports);
    private static final Option<String> TRANSPORTS = Option.of("tls", TRANSPORT_LIST);

    private static final Option<Path> KEY = Option.of(
            "key",
            path(
                    "FILE",
                    "seal the link: this node's private key, which ./vnetp key new has made; an absolute path. Both ends"
                            + " are sealed, or nothing goes through"));
    private static final Argument<String> PEER_KEY = new Argument<>(
            "KEY|FILE",
            PEER_EXPECTED,
            "the other node's public key, as ./vnetp key show tells it, or a file with it",
            LinkStatement::peer);
    private static final Option<String> PEER = Option.of("peer", PEER_KEY);
    private static final Option<Suite> CIPHER = Option.of("cipher", ciphers());
    private static final Option<Long> REKEY = Option.of(
            "rekey",
            Argument.duration(
                    "TIME",
                    "an age of keys",
                    LEAST_REKEY_NS,
                    DEFAULT_REKEY_NS,
                    "the age at which keys are replaced; " + Durations.format(DEFAULT_REKEY_NS)
                            + " unless told. They end at one and a half times that"));
    private static final Option<Long> KEEPALIVE = Option.of(
            "keepalive",
            Argument.duration(
                    "TIME",
                    "a time",
                    LEAST_KEEPALIVE_NS,
                    MOST_KEEPALIVE_NS,
                    "of a sealed link: after so long without a datagram one is sent, so that NATs and firewalls on the"
                            + " way keep the way back open; 25s does for most. None is sent unless told. Where nothing"
                            + " comes back for twice as long, the link asks for new keys"));
    private static final Argument<Path> DIRECTORY = path(
            "DIR",
            "a directory with a file NAME" + PeerFiles.SUFFIX
                    + " for each node, which holds IP:PORT and public key; the"
                    + " file of this node itself is passed over, so that all nodes have the same directory");

    static final Syntax SYNTAX = Syntax.of(
                    "link",
                    "leads to another node",
                    Form.of("add", NAME, WHERE)
                            .options(ENCAP, TRANSPORTS, MTU, KEY, PEER, CIPHER, REKEY, KEEPALIVE)
                            .makes(said -> add(said, said.get(WHERE))),
                    Form.of("add", NAME, ANYWHERE)
                            .options(MTU, KEY, PEER, CIPHER, REKEY, KEEPALIVE)
                            .makes(LinkStatement::addAnywhere),
                    Form.of("all", DIRECTORY)
                            .options(KEY, CIPHER, REKEY, KEEPALIVE)
                            .makes(said -> new All(said.get(DIRECTORY), sealOfAll(said), said.big(KEEPALIVE))),
                    Form.of("del", WHICH).makes(said -> said.get(WHICH)))
            .notes(
                    "The other node needs a link back, of the same format: what comes from an address that is no link is"
                            + " dropped. A link that routes use is not deleted.",
                    "any is a sealed link to a node that may be anywhere, behind a NAT say: the address is learned from"
                            + " the other node's datagrams, which has to begin, and followed when it changes.",
                    "all makes a sealed link, called NAME, to each node of a directory.");

    private LinkStatement() {}

    private static Add add(Said said, Endpoint where) throws StatementException {
        return new Add(
                Optional.of(said.get(NAME)),
                where,
                said.get(ENCAP).orElse(Statement.Encapsulation.VNET),
                said.number(MTU),
                seal(said),
                transports(said),
                said.big(KEEPALIVE));
    }

    private static Add addAnywhere(Said said) throws StatementException {
        Add add = add(said, Endpoint.ANY);
        if (add.seal().isEmpty()) {
            throw new StatementException("'any': expected key FILE and peer KEY too, as only a sealed link knows that a"
                    + " datagram is the other node's, whatever address it comes from");
        }
        return add;
    }

    private static Argument<Path> path(String placeholder, String help) {
        return new Argument<>(placeholder, PATH_EXPECTED, help, LinkStatement::path);
    }

    static Path path(Words words) throws StatementException {
        String word = words.take(PATH_EXPECTED);
        if (!word.startsWith("/") || word.indexOf('\0') >= 0) {
            throw Words.refused(word, PATH_EXPECTED);
        }
        return Path.of(word);
    }

    private static String transports(Words words) throws StatementException {
        String word = words.take(TRANSPORTS_EXPECTED);
        if (word.length() > MOST_TRANSPORTS || !word.matches("[a-z][a-z0-9_]*(,[a-z][a-z0-9_]*)*")) {
            throw Words.refused(word, TRANSPORTS_EXPECTED);
        }
        return word;
    }

    private static Optional<String> transports(Said said) throws StatementException {
        if (said.has(TRANSPORTS)
                && said.get(ENCAP).orElse(Statement.Encapsulation.VNET) != Statement.Encapsulation.UCX) {
            throw new StatementException("'tls': expected encap ucx too, as only links over UCX have transports");
        }
        return said.get(TRANSPORTS);
    }

    private static String peer(Words words) throws StatementException {
        String word = words.take(PEER_EXPECTED);
        if (!PublicKeys.isKey(word) && !word.startsWith("/") || word.indexOf('\0') >= 0) {
            throw Words.refused(word, PEER_EXPECTED);
        }
        return word;
    }

    private static Argument<Suite> ciphers() {
        return Argument.oneOf(Suite.values(), each -> switch (each) {
            case AES_128_GCM -> "the default";
            case AES_256_GCM -> "longer keys, a tenth slower";
            case CHACHA20_POLY1305 -> "for processors without instructions for AES";
        });
    }

    private static Optional<Seal> seal(Said said) throws StatementException {
        if (!said.has(KEY)) {
            for (Option<?> option : List.of(PEER, CIPHER, REKEY, KEEPALIVE)) {
                if (said.has(option)) {
                    throw new StatementException(
                            "'" + option.word() + "': expected key FILE too, as only sealed links have" + " it");
                }
            }
            return Optional.empty();
        }
        if (!said.has(PEER)) {
            throw new StatementException("'key': expected peer KEY too: whom this link leads to");
        }
        Statement.Encapsulation format = said.get(ENCAP).orElse(Statement.Encapsulation.VNET);
        if (format != Statement.Encapsulation.VNET) {
            throw new StatementException(
                    "'key': expected encap vnet, as links of the format " + Words.label(format) + " cannot be sealed");
        }
        return Optional.of(seal(said, said.get(PEER).orElseThrow()));
    }

    private static Seal sealOfAll(Said said) throws StatementException {
        if (!said.has(KEY)) {
            throw new StatementException("'all': expected key FILE: this node's private key");
        }
        return seal(said, "");
    }

    private static Seal seal(Said said, String peer) {
        return new Seal(
                said.get(KEY).orElseThrow(),
                peer,
                said.get(CIPHER).orElse(Suite.AES_128_GCM),
                said.get(REKEY).orElse(DEFAULT_REKEY_NS));
    }

    static String newName(Words words) throws StatementException {
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
    /// @param seal how it is sealed, its peer perhaps the name of a file
    /// @param transports of one over UCX
    /// @param keepaliveNs of one that is sealed
    record Add(
            Optional<String> name,
            Endpoint endpoint,
            Encapsulation encapsulation,
            OptionalInt mtu,
            Optional<Seal> seal,
            Optional<String> transports,
            OptionalLong keepaliveNs)
            implements Statement {
        /// A plain link.
        Add(Optional<String> name, Endpoint endpoint, Encapsulation encapsulation, OptionalInt mtu) {
            this(name, endpoint, encapsulation, mtu, Optional.empty(), Optional.empty(), OptionalLong.empty());
        }

        @Override
        public boolean seals() {
            return seal.isPresent();
        }

        @Override
        public void apply(ConfigEditor config) throws StatementException {
            for (NodeConfig.Link link : config.links().values()) {
                if (link.endpoint().equals(endpoint) && !endpoint.isAny()) {
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
            Optional<Seal> known = Optional.empty();
            if (seal.isPresent()) {
                known = Optional.of(
                        withPeer(seal.get(), PeerFiles.key(seal.get().peer())));
            }
            if (known.isPresent()) {
                refuseTwice(config, known.get().peer());
            }
            config.put(new NodeConfig.Link(
                    config.freePort(),
                    config.nextLinkIndex(),
                    called,
                    endpoint,
                    encapsulation,
                    mtu,
                    known,
                    transports,
                    keepaliveNs));
        }

        /// What a node sends from anywhere must belong to one link.
        private void refuseTwice(ConfigEditor config, String key) throws StatementException {
            for (NodeConfig.Link link : config.links().values()) {
                boolean anywhere = endpoint.isAny() || link.endpoint().isAny();
                if (anywhere && link.seal().map(Seal::peer).filter(key::equals).isPresent()) {
                    throw new StatementException("'" + endpoint + "': link '" + link.name()
                            + "' leads to the node of that key already; expected one link to a node that may be"
                            + " anywhere");
                }
            }
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

    private static Seal withPeer(Seal seal, String key) {
        return new Seal(seal.keyFile(), key, seal.suite(), seal.rekeyNs());
    }

    /// `link all DIR ...`
    ///
    /// @param seal how all of them are sealed; without a peer
    record All(Path directory, Seal seal, OptionalLong keepaliveNs) implements Statement {
        @Override
        public boolean seals() {
            return true;
        }

        @Override
        public void apply(ConfigEditor config) throws StatementException {
            for (PeerFiles.Peer peer : PeerFiles.others(directory, seal.keyFile())) {
                new Add(
                                Optional.of(peer.name()),
                                peer.endpoint(),
                                Encapsulation.VNET,
                                OptionalInt.empty(),
                                Optional.of(withPeer(seal, peer.key())),
                                Optional.empty(),
                                keepaliveNs)
                        .apply(config);
            }
        }

        @Override
        public void carryOut(Works works, NodeConfig before, NodeConfig after) throws StatementException {
            if (after.listening().isEmpty()) {
                throw new StatementException("'link': expected a 'listen IP:PORT' before the first link");
            }
            List<NodeConfig.Link> opened = new ArrayList<>();
            for (NodeConfig.Link link : after.links().values()) {
                if (!before.links().containsKey(link.name())) {
                    try {
                        works.actuator().openLink(link);
                        opened.add(link);
                    } catch (StatementException e) {
                        opened.forEach(works.actuator()::closeLink);
                        throw e;
                    }
                }
            }
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

    static void close(Works works, NodeConfig before, NodeConfig after) {
        works.actuator().replaceTable(after.routingTable());
        before.links().values().stream()
                .filter(link -> !after.links().containsKey(link.name()))
                .forEach(works.actuator()::closeLink);
    }
}
