package org.vnetp.reports.chart;

import java.awt.Font;
import java.awt.font.FontRenderContext;
import java.util.Optional;

/// Whether this machine can draw text: a Java without a display still needs fontconfig and one font.
public final class Fonts {
    private Fonts() {}

    /// Why plots cannot be drawn here and what mends it; empty where they can.
    public static Optional<String> lacking() {
        try {
            new Font(Font.SANS_SERIF, Font.PLAIN, 12)
                    .createGlyphVector(new FontRenderContext(null, true, true), "Mop/s")
                    .getOutline();
            return Optional.empty();
        } catch (LinkageError | InternalError | RuntimeException e) { // the JDK has no narrower type for "no fonts"
            return Optional.of("Plots were left out: this machine has no usable fonts (" + e
                    + "). Mend it with: apt-get install fontconfig fonts-dejavu-core; then run ./vnetp report again.");
        }
    }
}
