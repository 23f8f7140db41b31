package org.vnetp.nas.gate;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.vnetp.reports.Format;
import org.vnetp.reports.Reports;
import org.vnetp.reports.gate.GateFormats;
import org.vnetp.reports.gate.GateResult;

/// What GitHub Actions shows of a gate: annotations, the table as the step's summary, and the verdict as an output.
/// Nothing elsewhere.
///
/// @param environment of this process
/// @param stdout where Actions reads its commands
record GithubActions(Map<String, String> environment, PrintStream stdout) {
    /// What Actions takes of a summary.
    private static final int MOST_SUMMARY = 1 << 20;

    void tell(GateResult result) throws IOException {
        if (!"true".equals(environment.get("GITHUB_ACTIONS"))) {
            return;
        }
        GateFormats.annotations(result).forEach(stdout::println);
        append("GITHUB_OUTPUT", "verdict=" + result.verdict().text() + "\n");
        String summary = Reports.gate(result, false, Format.md);
        append("GITHUB_STEP_SUMMARY", summary.length() > MOST_SUMMARY / 4 ? result.sentence() + "\n" : summary);
    }

    private void append(String variable, String text) throws IOException {
        String file = environment.get(variable);
        if (file != null && !file.isBlank()) {
            Files.writeString(Path.of(file), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
    }
}
