package org.vnetp.nas.gate;

import java.util.List;
import org.vnetp.reports.Format;
import org.vnetp.reports.Reports;
import org.vnetp.reports.gate.GateFormats;
import org.vnetp.reports.gate.GateResult;

/// What a gate's result can be written as, by name.
final class Outputs {
    static final String KINDS =
            "junit, json, md, csv, github-bigger, github-smaller, bencher, nyrkio, otava, openmetrics";

    private Outputs() {}

    /// @throws IllegalArgumentException naming the legal kinds
    static void check(String kind) {
        if (!List.of(KINDS.split(", ")).contains(kind)) {
            throw new IllegalArgumentException("--write '" + kind + "': expected one of " + KINDS);
        }
    }

    static String text(String kind, GateResult result) {
        return switch (kind) {
            case "junit" -> GateFormats.junit(result);
            case "json" -> Reports.gate(result, true, Format.json);
            case "md" -> Reports.gate(result, true, Format.md);
            case "csv" -> Reports.gate(result, true, Format.csv);
            case "github-bigger" -> GateFormats.githubActionBenchmark(result, true);
            case "github-smaller" -> GateFormats.githubActionBenchmark(result, false);
            case "bencher" -> GateFormats.bencher(result);
            case "nyrkio" ->
                GateFormats.nyrkio(
                        result,
                        environment("GITHUB_SERVER_URL", "") + "/" + environment("GITHUB_REPOSITORY", ""),
                        environment("GITHUB_REF_NAME", "main"));
            case "otava" -> GateFormats.otava(result);
            case "openmetrics" -> GateFormats.openMetrics(result);
            default -> throw new IllegalArgumentException(kind);
        };
    }

    private static String environment(String name, String otherwise) {
        String value = System.getenv(name);
        return value == null ? otherwise : value;
    }
}
