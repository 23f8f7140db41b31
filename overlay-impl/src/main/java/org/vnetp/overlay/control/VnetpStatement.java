package org.vnetp.overlay.control;

import java.net.InetAddress;
import java.util.Optional;
import java.util.OptionalInt;
import org.vnetp.overlay.control.Statement.Encapsulation;

/// `ADD` and `DEL`: VNET/P's own statements, told from each other by shape: `ADD IP PORT` is a link, `ADD MAC MAC ...`
/// a route. `DEL INDEX` has the same shape for both; which it means is for the [StatementParser] to say.
final class VnetpStatement {
    private static final Argument<Statement> ADDED = new Argument<>(
            "IP PORT [udp]|ROUTE",
            "an IP address (a link) or a MAC address, not-MAC, any or none (a route)",
            "a link, called by its IP address, or a route as 'route add' takes it",
            VnetpStatement::added);
    private static final Argument<Integer> INDEX = new Argument<>(
            "INDEX",
            "an index as 'show links' and 'show routes' tell",
            "as 'show links' and 'show routes' tell it",
            words -> (int) words.number("an index as 'show links' and 'show routes' tell", 1, Integer.MAX_VALUE));

    static final Syntax ADD = Syntax.of(
            "ADD", "VNET/P's own: adds a link or a route", Form.of(ADDED).makes(said -> said.get(ADDED)));

    static final Syntax DEL = Syntax.of(
                    "DEL",
                    "VNET/P's own: deletes a link or a route",
                    Form.of(INDEX).makes(said -> new Delete(said.get(INDEX))))
            .notes("A route after 'ADD ROUTE' or a line 'routes:', a link after 'ADD IP PORT' or a line 'links:'.");

    private VnetpStatement() {}

    private static Statement added(Words words) throws StatementException {
        String first = words.peek("");
        if (Words.looksLikeAddress(first)) {
            InetAddress address = words.address("an IP address");
            int port = (int) words.number("a UDP port", 1, 65535);
            if (words.more()) {
                String transport = words.take("udp");
                if (transport.equals("tcp")) {
                    throw new StatementException("'tcp': links over TCP are not carried out; expected udp");
                }
                if (!transport.equals("udp")) {
                    throw Words.refused(transport, "udp");
                }
            }
            return new LinkStatement.Add(
                    Optional.empty(), new Endpoint(address, port), Encapsulation.VNET, OptionalInt.empty());
        }
        if (Words.pattern(first).isEmpty()) {
            throw Words.refused(
                    first,
                    "an IP address (a link) or a MAC address as 02:00:00:00:00:01, not-MAC, any or none (a route)");
        }
        return new RouteStatement.Add(RouteStatement.route(words));
    }

    /// `DEL INDEX`, of which is not known yet what it deletes.
    record Delete(int index) implements Statement {}
}
