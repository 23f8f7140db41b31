package org.vnetp.reports.history;

import java.util.ArrayList;
import java.util.List;

/// The runs of one suite on one machine in a row, and each series along them.
///
/// @param runs by their start
/// @param series by name
/// @param markers what changed on the machine between runs
/// @param troubles a sentence for each file or value that could not be used
/// @param older how many runs before these were not read
public record Timeline(
        String machineKey,
        String suite,
        List<HistoryRun> runs,
        List<Series> series,
        List<Marker> markers,
        List<String> troubles,
        int older) {

    /// A soft fact changed.
    ///
    /// @param run the first run with the new value
    /// @param text such as `kernel 6.12 -> 6.18`
    public record Marker(int run, String text) {}

    public Timeline {
        runs = List.copyOf(runs);
        series = List.copyOf(series);
        markers = List.copyOf(markers);
        troubles = List.copyOf(troubles);
    }

    /// The commits that a change between two runs may have come with, as git writes a range.
    public String range(int from, int to) {
        return runs.get(from).shortCommit() + ".." + runs.get(to).shortCommit();
    }

    /// The markers that came with the runs after `from`, up to `to`.
    public List<Marker> between(int from, int to) {
        return markers.stream()
                .filter(marker -> marker.run() > from && marker.run() <= to)
                .toList();
    }

    /// What changed on the machine from run to run.
    static List<Marker> markers(List<HistoryRun> runs) {
        List<Marker> markers = new ArrayList<>();
        for (int i = 1; i < runs.size(); i++) {
            String text =
                    MachineKey.difference(runs.get(i - 1).soft(), runs.get(i).soft());
            if (!text.isEmpty()) {
                markers.add(new Marker(i, text));
            }
        }
        return markers;
    }
}
