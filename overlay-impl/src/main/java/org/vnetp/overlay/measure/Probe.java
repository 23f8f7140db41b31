package org.vnetp.overlay.measure;

/// What is measured of a link when somebody asks.
public enum Probe {
    /// One round trip.
    ECHO,
    /// What its narrowest place takes.
    CAPACITY,
    /// What it has to spare.
    FREE
}
