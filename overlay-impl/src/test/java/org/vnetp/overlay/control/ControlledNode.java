package org.vnetp.overlay.control;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.measure.Estimate;
import org.vnetp.overlay.measure.LinkReport;
import org.vnetp.overlay.measure.Quantity;

/// A node without a network, as its control socket shows it: real statements and configuration, made-up
/// measurements. For tests of who talks to nodes.
public final class ControlledNode {
    private final FakeActuator actuator = new FakeActuator();
    private final NodeController controller = new NodeController(actuator);
    private final Map<String, LinkReport> reports = new LinkedHashMap<>();

    /// Says statements as one client.
    public List<String> say(List<String> statements) throws StatementException {
        actuator.reports = controller.config().links().keySet().stream()
                .filter(reports::containsKey)
                .map(reports::get)
                .toList();
        ControlSession session = new ControlSession(controller);
        List<String> answers = new ArrayList<>();
        for (String statement : statements) {
            answers.add(session.line(statement));
        }
        return answers;
    }

    /// What `show measurements` is to tell of a link, whether it is there yet or not.
    public void measured(String link, int unanswered, Map<Quantity, Estimate> known) {
        Map<Quantity, Estimate> values = new EnumMap<>(Quantity.class);
        for (Quantity quantity : Quantity.values()) {
            values.put(quantity, known.getOrDefault(quantity, Estimate.UNKNOWN));
        }
        Map<String, Object> more = new LinkedHashMap<>();
        more.put("echoes_sent", 20 + unanswered);
        more.put("echoes_answered", 20);
        more.put("unanswered", unanswered);
        reports.put(link, new LinkReport(link, Optional.empty(), values, more));
    }

    /// What `show matrix` is to tell more.
    public void count(String source, String destination, long frames, long bytes) {
        actuator.loop.matrix().count(MacAddress.parse(source), MacAddress.parse(destination), frames, bytes);
    }

    /// What was written: all rules, by what `show routes` tells.
    public String routes() throws StatementException {
        return say(List.of("show routes --json")).getFirst().replaceAll("\"index\":\\d+,", "");
    }

    /// The names of the links.
    public List<String> links() {
        return List.copyOf(controller.config().links().keySet());
    }

    public Adaptation adaptation() {
        return controller.config().adaptation();
    }
}
