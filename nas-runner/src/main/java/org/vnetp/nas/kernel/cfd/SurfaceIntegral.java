package org.vnetp.nas.kernel.cfd;

import static org.vnetp.nas.kernel.cfd.Cell.GHOST;

/// LU's surface integral of the pressure over the six faces of a box inside the grid, by the trapezoidal
/// rule (RNR-94-007, section 4.8). Each rank adds what its own points contribute.
final class SurfaceIntegral {
    private SurfaceIntegral() {}

    static double of(FlowModel model, Cell cell, Links links) {
        // The box, by global indices.
        int[] low = {1, 1, 2};
        int[] high = {model.size - 2, model.size - 3, model.size - 2};
        double sum = 0;
        for (int across = 0; across < 3; across++) {
            int a = across == 0 ? 1 : 0;
            int b = across == 2 ? 1 : 2;
            int[] at = new int[3];
            for (at[b] = low[b]; at[b] <= high[b]; at[b]++) {
                for (at[a] = low[a]; at[a] <= high[a]; at[a]++) {
                    double weight = weight(at[a], low[a], high[a]) * weight(at[b], low[b], high[b]);
                    at[across] = low[across];
                    sum += weight * pressure(cell, at);
                    at[across] = high[across];
                    sum += weight * pressure(cell, at);
                }
            }
        }
        double[] total = {sum * model.h * model.h};
        links.sum(total);
        return 0.25 * total[0];
    }

    private static double weight(int index, int low, int high) {
        return index == low || index == high ? 1 : 2;
    }

    /// The pressure at a global point, or 0 where another rank owns it.
    private static double pressure(Cell cell, int[] at) {
        int i = at[0] - cell.ox;
        int j = at[1] - cell.oy;
        int k = at[2] - cell.oz;
        if (i < 0 || j < 0 || k < 0 || i >= cell.nx || j >= cell.ny || k >= cell.nz) {
            return 0;
        }
        int row = cell.row(j, k);
        int p = i + GHOST;
        double x = cell.u[1][row][p];
        double y = cell.u[2][row][p];
        double z = cell.u[3][row][p];
        return FlowModel.C2 * (cell.u[4][row][p] - 0.5 * (x * x + y * y + z * z) / cell.u[0][row][p]);
    }
}
