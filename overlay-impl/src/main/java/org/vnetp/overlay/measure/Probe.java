package org.vnetp.overlay.measure;

/// What is measured of a link when somebody asks.
///
/// @param kind what is asked for
/// @param bits a second, where it is asked whether so much is free; NaN: how much there is
public record Probe(Kind kind, double bits) {
    /// What can be asked for.
    public enum Kind {
        /// One round trip.
        ECHO,
        /// What its narrowest place takes.
        CAPACITY,
        /// What it has to spare.
        FREE
    }

    public static final Probe ECHO = new Probe(Kind.ECHO, Double.NaN);
    public static final Probe CAPACITY = new Probe(Kind.CAPACITY, Double.NaN);
    public static final Probe FREE = new Probe(Kind.FREE, Double.NaN);

    /// Whether a link has so much to spare: by less than any other probe that takes trains.
    ///
    /// @param bits a second
    public static Probe freeOf(double bits) {
        return new Probe(Kind.FREE, bits);
    }

    @Override
    public String toString() {
        return kind + (Double.isNaN(bits) ? "" : " of " + bits + " bit/s");
    }
}
