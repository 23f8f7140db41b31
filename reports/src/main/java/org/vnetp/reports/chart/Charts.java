package org.vnetp.reports.chart;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.stats.Study;

/// What the charts of all kinds share.
final class Charts {
    private Charts() {}

    static List<Study.Cell> cells(Study study, String link) {
        return study.cells().stream().filter(cell -> cell.link().equals(link)).toList();
    }

    static Palette.Look look(Study study, String fabric) {
        List<String> others = study.overlays().stream()
                .filter(name -> !List.of(Fabrics.VNETP, Fabrics.VNETP_EBPF, Fabrics.VXLAN)
                        .contains(name))
                .toList();
        return Palette.of(fabric, others.indexOf(fabric));
    }

    static boolean ok(Study study, Study.Cell cell, String fabric) {
        return study.status(cell, fabric).orElse(Status.FAILED) == Status.OK;
    }

    static Optional<Picture> bars(
            String name,
            String title,
            String label,
            List<String> categories,
            Study study,
            List<String> fabrics,
            List<double[]> values,
            boolean logarithmic) {
        List<String> names = new ArrayList<>();
        List<Palette.Look> looks = new ArrayList<>();
        List<double[]> kept = new ArrayList<>();
        for (int i = 0; i < fabrics.size(); i++) {
            if (java.util.Arrays.stream(values.get(i)).anyMatch(v -> Double.isFinite(v) && v > 0)) {
                names.add(fabrics.get(i));
                looks.add(look(study, fabrics.get(i)));
                kept.add(values.get(i));
            }
        }
        return names.isEmpty()
                ? Optional.empty()
                : Optional.of(Plots.bars(name, title, label, categories, names, looks, kept, logarithmic, false));
    }

    static String file(String text) {
        return text.toLowerCase(java.util.Locale.ROOT)
                .replaceAll("[^a-z0-9]+", "-")
                .replaceAll("^-|-$", "");
    }
}
