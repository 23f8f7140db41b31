package org.vnetp.nas.kernel.cfd;

/// One rank's part of a run of LU: its pencil and an iteration of the SSOR scheme.
final class LuRun implements CfdKernel.Run {
    private final FlowModel model;
    private final Links links;
    private final Cell cell;
    private final ExactSolution exact;
    private final Residual residual;
    private final PencilExchange exchange;
    private final Ssor ssor;

    LuRun(FlowModel model, Links links) {
        this.model = model;
        this.links = links;
        PencilGrid grid = new PencilGrid(model.size, links.size(), links.rank());
        this.cell = grid.makeCell(Cell.Extra.ENERGIES);
        this.exact = new ExactSolution(model);
        this.residual = new Residual(model, cell.nx);
        this.exchange = new PencilExchange(grid, cell, links);
        this.ssor = new Ssor(model, cell, exchange);
        residual.makeForcing(cell, exact);
    }

    /// Puts the initial state into all own points and computes its right-hand side.
    @Override
    public void reset() {
        cell.initialise(exact);
        computeResidual();
    }

    /// One iteration: two sweeps, the update, the new right-hand side.
    @Override
    public void step() {
        ssor.run();
        cell.update(1 / (Ssor.OMEGA * (2 - Ssor.OMEGA)));
        computeResidual();
    }

    private void computeResidual() {
        exchange.exchangeFaces();
        DerivedFields.of(cell);
        residual.compute(cell);
    }

    /// The five norms of the right-hand side of the present state.
    @Override
    public double[] residualNorms() {
        double[] sums = new double[5];
        cell.addResidualSquares(sums);
        return Norms.of(sums, links, model, 1 / model.dt);
    }

    /// The five norms of the distance from the exact solution.
    @Override
    public double[] errorNorms() {
        double[] sums = new double[5];
        cell.addErrorSquares(exact, sums);
        return Norms.of(sums, links, model, 1);
    }

    @Override
    public double surfaceIntegral() {
        return SurfaceIntegral.of(model, cell, links);
    }
}
