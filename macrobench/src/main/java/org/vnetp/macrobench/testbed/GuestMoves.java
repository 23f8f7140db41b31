package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.vnetp.overlay.control.ControlClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Moves the guests of a fabric from node to node while their programs run: another node takes over a guest's TAP, and
/// all nodes hear where it is. No memory is copied, since all are on this machine. One guest a node, links between
/// all nodes.
///
/// As a program it is what a controller moves guests by (`./vnetp adapt --mover`): PLAN GUEST FROM TO..., where PLAN
/// is a file of [#plan].
///
/// **Thread:** one at a time.
public final class GuestMoves {
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);
    private static final JsonMapper JSON = JsonMapper.shared();

    /// A node.
    ///
    /// @param name   as it calls itself
    /// @param link   what the others call their links to it
    /// @param socket where it is controlled
    record Node(String name, String link, Path socket) {}

    /// A guest.
    ///
    /// @param mac its address
    /// @param nic the statement that makes its NIC
    record Guest(String mac, String nic) {}

    private final List<Node> nodes;
    private final List<Guest> guests;

    /// @param guests as many as nodes, each at home at the node of its place
    GuestMoves(List<Node> nodes, List<Guest> guests) {
        this.nodes = List.copyOf(nodes);
        this.guests = List.copyOf(guests);
    }

    public static void main(String[] arguments) {
        try {
            if (arguments.length % 3 != 1 || arguments.length < 4) {
                throw new IllegalArgumentException(
                        "expected PLAN, then GUEST FROM TO once or more often, got " + List.of(arguments));
            }
            GuestMoves moves = read(Path.of(arguments[0]));
            Map<String, String> to = new LinkedHashMap<>();
            for (int i = 1; i < arguments.length; i += 3) {
                to.put(arguments[i].toLowerCase(Locale.ROOT), arguments[i + 2]);
            }
            moves.move(to);
        } catch (IOException | IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }

    /// All of it as the text of a file.
    String plan() {
        StringBuilder text = new StringBuilder();
        nodes.forEach(node -> text.append("node\t")
                .append(node.name())
                .append('\t')
                .append(node.link())
                .append('\t')
                .append(node.socket().toAbsolutePath())
                .append('\n'));
        guests.forEach(guest -> text.append("guest\t")
                .append(guest.mac())
                .append('\t')
                .append(guest.nic())
                .append('\n'));
        return text.toString();
    }

    /// @throws IllegalArgumentException naming the line that is none of a plan
    static GuestMoves read(Path plan) throws IOException {
        List<Node> nodes = new ArrayList<>();
        List<Guest> guests = new ArrayList<>();
        for (String line : Files.readAllLines(plan)) {
            String[] words = line.split("\t");
            if (words[0].equals("node") && words.length == 4) {
                nodes.add(new Node(words[1], words[2], Path.of(words[3])));
            } else if (words[0].equals("guest") && words.length == 3) {
                guests.add(new Guest(words[1], words[2]));
            } else {
                throw new IllegalArgumentException(plan + ": expected a node or a guest, got '" + line + "'");
            }
        }
        return new GuestMoves(nodes, guests);
    }

    /// Moves guests to nodes; others stay.
    ///
    /// @param to the name of a node for an address
    /// @throws IllegalArgumentException where two would be at one node, or one is not known
    /// @throws IOException              naming the node that does not answer or refuses
    void move(Map<String, String> to) throws IOException {
        Map<Guest, Optional<Node>> before = new LinkedHashMap<>();
        Map<Guest, Node> after = new LinkedHashMap<>();
        for (Guest guest : guests) {
            Optional<Node> at = where(guest);
            before.put(guest, at);
            Node wanted = to.containsKey(guest.mac()) ? node(to.get(guest.mac())) : at.orElse(null);
            if (wanted == null || after.containsValue(wanted)) {
                throw new IllegalArgumentException(
                        "guest " + guest.mac() + ": expected a node of its own, got " + (wanted == null ? "none" : to));
            }
            after.put(guest, wanted);
        }
        List<Guest> moved = guests.stream()
                .filter(guest ->
                        before.get(guest).filter(after.get(guest)::equals).isEmpty())
                .toList();
        for (Guest guest : moved) {
            if (before.get(guest).isPresent()) {
                leave(guest, before.get(guest).get());
            }
        }
        for (Guest guest : moved) {
            arrive(guest, after.get(guest));
        }
        for (Guest guest : moved) {
            for (Node node : nodes) {
                if (!node.equals(after.get(guest))) {
                    say(
                            node,
                            "route replace any " + guest.mac() + " edge "
                                    + after.get(guest).link() + " any");
                }
            }
        }
    }

    /// Moves all guests to where they are at home.
    void home() throws IOException {
        Map<String, String> all = new LinkedHashMap<>();
        for (int i = 0; i < guests.size(); i++) {
            all.put(guests.get(i).mac(), nodes.get(i).name());
        }
        move(all);
    }

    /// The node that has a guest now.
    private Optional<Node> where(Guest guest) throws IOException {
        for (Node node : nodes) {
            for (JsonNode nic : JSON.readTree(say(node, "show nics --json")).path("nics")) {
                if (nic.path("mac").asString("").equalsIgnoreCase(guest.mac())) {
                    return Optional.of(node);
                }
            }
        }
        return Optional.empty();
    }

    private Node node(String name) {
        return nodes.stream()
                .filter(node -> node.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("node " + name + ": expected one of "
                        + nodes.stream().map(Node::name).toList()));
    }

    /// Its rules go first: a NIC that a rule uses cannot be deleted.
    private void leave(Guest guest, Node from) throws IOException {
        say(from, "route del any " + guest.mac() + " interface " + VnetpFabric.NIC + " any");
        for (Node other : nodes) {
            if (!other.equals(from)) {
                for (String rule : GuestRoutes.toAll(other.link())) {
                    say(from, "route del " + rule);
                }
            }
        }
        say(from, "nic del " + VnetpFabric.NIC);
    }

    private void arrive(Guest guest, Node to) throws IOException {
        say(to, guest.nic());
        say(to, "route replace any " + guest.mac() + " interface " + VnetpFabric.NIC + " any");
        for (Node other : nodes) {
            if (!other.equals(to)) {
                for (String rule : GuestRoutes.toAll(other.link())) {
                    say(to, "route add " + rule);
                }
            }
        }
    }

    private static String say(Node node, String statement) throws IOException {
        try {
            return ControlClient.say(node.socket(), statement, ANSWER_WITHIN);
        } catch (IOException e) {
            throw new IOException("node " + node.name() + ": " + e.getMessage(), e);
        }
    }
}
