package org.vnetp.nas.kernel.cfd;

/// The coefficients of the synthetic flow problem (RNR-94-007, section 4.2) on a cube of `size`^3 points
/// with time step `dt`. The grid is a cube in every class, so the metric terms are the same in all three
/// directions.
final class FlowModel {
    /// k1 to k5 of the specification, and what is made of them.
    static final double C1 = 1.4;

    static final double C2 = 0.4;
    private static final double C3 = 0.1;
    private static final double C4 = 1.0;
    private static final double C5 = 1.4;

    /// Viscosity of tangential velocities, of the normal velocity, and of heat.
    static final double MU = C3 * C4;

    static final double MU_NORMAL = 4.0 / 3.0 * MU;
    static final double KAPPA = C1 * C3 * C4 * C5;
    /// Share of the kinetic energy in the viscous term of the energy equation.
    static final double KINETIC = 1 - C1 * C5;

    static final double HEAT = C1 * C5;

    /// Artificial diffusion of the second differences, in each direction; the same for all five components.
    private static final double[] DIFFUSION = {0.75, 0.75, 1.0};

    /// Of the fourth differences.
    static final double DISSIPATION = 0.25 * 1.0;

    final int size;
    final double dt;
    /// Mesh width.
    final double h;
    /// `dt / h^2`, the weight of second differences in one step.
    final double second;
    /// `dt / 2h`, the weight of central first differences in one step.
    final double first;

    FlowModel(int size, double dt) {
        this.size = size;
        this.dt = dt;
        this.h = 1.0 / (size - 1);
        this.second = dt / (h * h);
        this.first = dt / (2 * h);
    }

    double diffusion(int direction) {
        return DIFFUSION[direction];
    }

    /// Interior points of the whole grid, by which the norms are divided.
    double interiorPoints() {
        double n = size - 2;
        return n * n * n;
    }
}
