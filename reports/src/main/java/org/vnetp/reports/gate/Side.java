package org.vnetp.reports.gate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.vnetp.reports.history.MachineKey;
import org.vnetp.reports.result.JmhResult;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.ResultException;
import org.vnetp.reports.result.Results;
import org.vnetp.reports.result.RunInfo;

/// A result, read as series: a result directory of any suite, or a file that JMH wrote for any project.
///
/// @param name what it is called in messages
/// @param suite whose result it is
/// @param commit of the sources, empty where that is not known
/// @param started instant, ISO 8601 in UTC; empty where that is not known
/// @param state as in `run.json`; empty where there is none
/// @param facts of the machine, by name; empty where they are not known
/// @param settings of the run, by name
/// @param floor how far native was from itself, typically, as a factor less 1; NaN where that was not measured
/// @param series by name
public record Side(
        String name,
        String suite,
        String commit,
        String started,
        String state,
        Map<String, String> facts,
        Map<String, String> settings,
        double floor,
        Map<SeriesKey, Series> series) {

    /// Reads a directory or a file.
    ///
    /// @throws ResultException naming the file and what is wrong with it
    public static Side read(Path path) throws IOException {
        if (Files.isRegularFile(path)) {
            return jmh(path);
        }
        Results results = ResultDirectory.read(path);
        return of(results, path.toString());
    }

    /// @param name what it is called in messages
    public static Side of(Results results, String name) throws IOException {
        RunInfo info = results.info();
        StudySeries study = new StudySeries(results);
        List<Series> all = info.suite().equals("micro")
                ? JmhSeries.of(JmhResult.read(results.directory().resolve(JmhResult.FILE)))
                : study.all();
        return new Side(
                name,
                info.suite(),
                info.gitCommit() + (info.gitDirty() ? "+" : ""),
                info.started(),
                info.state(),
                info.environment().facts(),
                info.settings(),
                study.floor(),
                byKey(all));
    }

    private static Side jmh(Path file) throws IOException {
        return new Side(
                file.toString(),
                "micro",
                "",
                "",
                "",
                Map.of(),
                Map.of(),
                Double.NaN,
                byKey(JmhSeries.of(JmhResult.read(file))));
    }

    /// Two of the same name are none: nobody can tell which is meant.
    private static Map<SeriesKey, Series> byKey(List<Series> all) {
        Map<SeriesKey, Series> byKey = new TreeMap<>();
        for (Series series : all) {
            Series other = byKey.put(series.key(), series);
            if (other != null) {
                byKey.put(
                        series.key(),
                        Series.without(series.key(), series.unit(), series.gates(), "it is there more than once"));
            }
        }
        return byKey;
    }

    /// What must be the same for values to be of one machine ([MachineKey]), in words.
    String machine() {
        List<String> words = new ArrayList<>();
        MachineKey.hard(facts)
                .forEach((fact, value) -> words.add(
                        fact.equals(MachineKey.MEMORY)
                                ? "memory " + value + " GiB"
                                : (fact.startsWith("cpu.") ? fact.substring(4) : fact.replace('.', ' ')) + " "
                                        + value));
        return String.join(", ", words);
    }
}
