package org.vnetp.overlay.measure;

/// What is measured of a link only when somebody asks, as it costs trains of datagrams.
public enum Probe {
    /// What its narrowest place takes.
    CAPACITY,
    /// What it has to spare.
    FREE
}
