package org.vnetp.reports;

/// What tables are printed as.
public enum Format {
    text,
    md,
    csv,
    tex,
    json
}
