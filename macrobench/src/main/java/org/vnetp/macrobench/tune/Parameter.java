package org.vnetp.macrobench.tune;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// One thing that can be set.
///
/// @param name as the `dispatch` statement, the `nic` statement or the node's options call it
/// @param values that are tried, in order; a number's are on a logarithmic scale
/// @param usual its value in the default
/// @param scale how values relate
/// @param where it is set
/// @param active whether it has an effect beside the others of a setting; where it has none it is not varied
public record Parameter(
        String name, List<String> values, String usual, Scale scale, Place where, Predicate<Setting> active) {
    /// How values relate to each other.
    public enum Scale {
        /// They have an order: one step is a small change.
        STEPS,
        /// They are words.
        WORDS
    }

    /// Where a parameter is set.
    public enum Place {
        /// By the `dispatch` statement, while the node runs.
        RUNNING,
        /// When the node starts: another value is another node.
        START
    }

    public Parameter {
        values = List.copyOf(values);
        if (!values.contains(usual)) {
            List<String> more = new ArrayList<>(values);
            more.add(usual);
            values = List.copyOf(more);
        }
    }

    Parameter with(List<String> others) {
        return new Parameter(name, others, usual, scale, where, active);
    }

    /// The values one step away from one; all others where there are no steps.
    List<String> beside(String value) {
        if (scale == Scale.WORDS) {
            return values.stream().filter(other -> !other.equals(value)).toList();
        }
        int at = values.indexOf(value);
        List<String> near = new ArrayList<>();
        if (at > 0) {
            near.add(values.get(at - 1));
        }
        if (at >= 0 && at + 1 < values.size()) {
            near.add(values.get(at + 1));
        }
        return near;
    }
}
