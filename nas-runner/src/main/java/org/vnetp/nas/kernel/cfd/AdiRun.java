package org.vnetp.nas.kernel.cfd;

/// One rank's part of a run of BT or SP: its cells and a time step of the alternating-direction implicit
/// scheme.
final class AdiRun implements CfdKernel.Run {
    /// Which of the two.
    enum Scheme {
        BLOCK,
        SCALAR
    }

    private final FlowModel model;
    private final Links links;
    private final Cell[] cells;
    private final ExactSolution exact;
    private final Residual residual;
    private final FaceExchange faces;
    private final AdiSweeps sweeps;
    private final boolean characteristic;

    AdiRun(Scheme scheme, FlowModel model, Links links) {
        this.model = model;
        this.links = links;
        this.exact = new ExactSolution(model);
        MultiPartition partition = new MultiPartition(model.size, links.size(), links.rank());
        this.cells = new Cell[partition.q];
        for (int c = 0; c < cells.length; c++) {
            cells[c] = partition.makeCell(c, scheme == Scheme.SCALAR ? Cell.Extra.SOUND : Cell.Extra.NONE);
        }
        int longest = partition.extent(0);
        this.residual = new Residual(model, longest);
        this.faces = new FaceExchange(partition, cells, links);
        this.characteristic = scheme == Scheme.SCALAR;
        if (characteristic) {
            this.sweeps = new AdiSweeps(partition, cells, new PentaDiagonal(model, longest), links, 0);
        } else {
            // NPB's BT sends room for the largest face there could be.
            int edge = model.size / partition.q + 1;
            this.sweeps = new AdiSweeps(partition, cells, new BlockTridiagonal(model, longest), links, edge * edge);
        }
        for (Cell cell : cells) {
            residual.makeForcing(cell, exact);
        }
    }

    /// Puts the initial state into all own points.
    @Override
    public void reset() {
        for (Cell cell : cells) {
            cell.initialise(exact);
        }
    }

    /// One time step.
    @Override
    public void step() {
        computeResidual();
        if (characteristic) {
            for (Cell cell : cells) {
                Characteristics.into(cell);
            }
        }
        for (int direction = 0; direction < 3; direction++) {
            sweeps.solve(direction);
        }
        for (Cell cell : cells) {
            if (characteristic) {
                Characteristics.outOf(cell);
            }
            cell.update(1.0);
        }
    }

    private void computeResidual() {
        faces.run();
        for (Cell cell : cells) {
            DerivedFields.of(cell);
            residual.compute(cell);
        }
    }

    /// The five norms of the right-hand side of the present state.
    @Override
    public double[] residualNorms() {
        computeResidual();
        double[] sums = new double[5];
        for (Cell cell : cells) {
            cell.addResidualSquares(sums);
        }
        return Norms.of(sums, links, model, 1 / model.dt);
    }

    /// The five norms of the distance from the exact solution.
    @Override
    public double[] errorNorms() {
        double[] sums = new double[5];
        for (Cell cell : cells) {
            cell.addErrorSquares(exact, sums);
        }
        return Norms.of(sums, links, model, 1);
    }

    @Override
    public double surfaceIntegral() {
        return Double.NaN;
    }
}
