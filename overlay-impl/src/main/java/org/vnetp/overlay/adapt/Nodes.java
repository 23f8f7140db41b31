package org.vnetp.overlay.adapt;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.vnetp.overlay.control.ControlClient;
import org.vnetp.overlay.control.StatementException;

/// The nodes that are led, by what the operator calls them.
interface Nodes {
    /// As they were given.
    List<String> keys();

    /// Says statements over one connection, one after the other, up to the first that is refused.
    ///
    /// @return the answers
    /// @throws StatementException with the node's message
    /// @throws IOException        where the node is not there, or does not answer
    List<String> say(String key, List<String> statements) throws IOException, StatementException;

    /// Those behind control sockets.
    record BySockets(Map<String, Path> sockets, Duration patience) implements Nodes {
        public BySockets {
            sockets = new LinkedHashMap<>(sockets);
        }

        @Override
        public List<String> keys() {
            return List.copyOf(sockets.keySet());
        }

        @Override
        public List<String> say(String key, List<String> statements) throws IOException, StatementException {
            List<String> answers = new ArrayList<>();
            try (ControlClient client = new ControlClient(sockets.get(key), patience)) {
                for (String statement : statements) {
                    answers.add(client.send(statement));
                }
            }
            return answers;
        }
    }
}
