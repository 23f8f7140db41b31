package org.vnetp.overlay.fastpath;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Which of a NIC's links the kernel carries flows of, and why not the others.
///
/// @param state `on`, where it is all of them; `partly: ` or `no: ` and the reasons of the others
/// @param links those that it is, by name
public record Served(String state, List<String> links) {
    public Served {
        links = List.copyOf(links);
    }

    /// None of them.
    ///
    /// @param state with the reason
    public static Served none(String state) {
        return new Served(state, List.of());
    }

    /// @param obstacles for each link that the NIC's frames may take why its flows stay with the node, or an empty text
    public static Served of(Map<String, String> obstacles) {
        if (obstacles.isEmpty()) {
            return none("no: neither a rule nor learning joins it to a link");
        }
        List<String> served = new ArrayList<>();
        List<String> others = new ArrayList<>();
        obstacles.forEach((link, obstacle) -> {
            if (obstacle.isEmpty()) {
                served.add(link);
            } else {
                others.add("link " + link + ": " + obstacle);
            }
        });
        String why = String.join("; ", others);
        return new Served(others.isEmpty() ? "on" : (served.isEmpty() ? "no: " : "partly: ") + why, served);
    }

    /// Puts what `show nics` tells of it.
    public void describe(Map<String, Object> told) {
        told.put("fastpath", state);
        if (!links.isEmpty()) {
            told.put("fastpath_links", String.join(" ", links));
        }
    }
}
