package org.vnetp.macrobench.campaign;

import org.vnetp.reports.result.Params;

/// What is measured: one benchmark with its parameters over one fabric at one link rate.
///
/// @param suite `nas` or `macro`
/// @param benchmark `cg.A.4`, `tcp-throughput`
/// @param params settings that tell cells of one benchmark apart
/// @param fabric `native`, `vnetp`, ...
/// @param link `1gbit`, `10gbit`, `none`
public record Cell(String suite, String benchmark, Params params, String fabric, String link) {

    /// What the fabrics are compared in: everything but the fabric.
    public record Group(String suite, String benchmark, Params params, String link) {
        @Override
        public String toString() {
            return benchmark + (params.values().isEmpty() ? "" : " " + params.text()) + " " + link;
        }
    }

    public Group group() {
        return new Group(suite, benchmark, params, link);
    }

    @Override
    public String toString() {
        return benchmark + (params.values().isEmpty() ? "" : " " + params.text()) + " " + fabric + " " + link;
    }
}
