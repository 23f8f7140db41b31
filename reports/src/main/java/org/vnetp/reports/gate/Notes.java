package org.vnetp.reports.gate;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.vnetp.reports.history.MachineKey;

/// What differs between two results beside their values, in sentences.
final class Notes {
    private Notes() {}

    static List<String> of(Side base, Side head) {
        List<String> notes = new ArrayList<>();
        if (otherMachine(base, head)) {
            notes.add("The machines differ: " + base.machine() + " and " + head.machine() + ".");
        }
        for (Side side : List.of(base, head)) {
            if (side.machine().isEmpty()) {
                notes.add(side.name() + " does not say which machine it is from.");
            }
            if (List.of("running", "failed", "interrupted").contains(side.state())) {
                notes.add(side.name() + " is not complete (" + side.state() + ").");
            }
        }
        for (String fact : MachineKey.softNames()) {
            differ(notes, fact, base.facts(), head.facts());
        }
        TreeSet<String> names = new TreeSet<>(base.settings().keySet());
        names.addAll(head.settings().keySet());
        names.forEach(name -> differ(notes, name, base.settings(), head.settings()));
        return notes;
    }

    private static void differ(List<String> notes, String name, Map<String, String> before, Map<String, String> now) {
        String was = before.get(name);
        String is = now.get(name);
        if (was != null && is != null && !Objects.equals(was, is)) {
            notes.add(name + " changed: " + was + " -> " + is + ".");
        }
    }

    /// Whether both say where they are from, and it is not the same.
    static boolean otherMachine(Side base, Side head) {
        return !base.machine().isEmpty()
                && !head.machine().isEmpty()
                && !base.machine().equals(head.machine());
    }
}
