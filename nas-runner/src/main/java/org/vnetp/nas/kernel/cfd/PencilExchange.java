package org.vnetp.nas.kernel.cfd;

import static org.vnetp.nas.kernel.cfd.Cell.GHOST;

/// LU's messages: two layers of `u` to the up to four neighbours once a step, and for the wavefronts one
/// small message a plane and neighbour.
final class PencilExchange {
    private static final int FACE_TAG = 300;
    private static final int WAVE_TAG = 310;

    private final Cell cell;
    /// By direction (0, 1) and sense (0 forwards, 1 backwards).
    private final Side[][] faces = new Side[2][2];

    private final Side[][] waves = new Side[2][2];
    private final double[] staging;

    /// One sense of traffic along one direction; a side without a neighbour is silent.
    private record Side(Links.Channel channel, boolean sends, boolean receives) {}

    PencilExchange(PencilGrid grid, Cell cell, Links links) {
        this.cell = cell;
        int most = 0;
        for (int d = 0; d < 2; d++) {
            int face = FaceExchange.faceDoubles(cell, d);
            int wave = 5 * (d == 0 ? cell.ny : cell.nx);
            most = Math.max(most, Math.max(face, wave));
            for (int sense = 0; sense < 2; sense++) {
                int step = sense == 0 ? 1 : -1;
                int to = grid.neighbour(d, step);
                int from = grid.neighbour(d, -step);
                if (to >= 0 || from >= 0) {
                    faces[d][sense] =
                            new Side(links.channel(to, from, FACE_TAG + 2 * d + sense, face), to >= 0, from >= 0);
                    waves[d][sense] =
                            new Side(links.channel(to, from, WAVE_TAG + 2 * d + sense, wave), to >= 0, from >= 0);
                }
            }
        }
        this.staging = new double[most];
    }

    /// Fills the ghosts of `u`.
    void exchangeFaces() {
        for (int d = 0; d < 2; d++) {
            int count = FaceExchange.faceDoubles(cell, d);
            for (Side side : faces[d]) {
                if (side != null && side.receives) {
                    side.channel.expect(count);
                }
            }
            for (int sense = 0; sense < 2; sense++) {
                Side side = faces[d][sense];
                if (side != null && side.sends) {
                    int first = sense == 0 ? cell.extent(d) - GHOST : 0;
                    FaceExchange.pack(cell, d, first, staging, 0);
                    side.channel.send(staging, count);
                }
            }
            for (int sense = 0; sense < 2; sense++) {
                Side side = faces[d][sense];
                if (side != null && side.receives) {
                    int first = sense == 0 ? -GHOST : cell.extent(d);
                    side.channel.take(staging, count);
                    FaceExchange.unpack(cell, d, first, staging, 0);
                }
                if (side != null) {
                    side.channel.flush();
                }
            }
        }
    }

    /// Before plane `k` of a sweep: waits for the values of the plane next to this pencil and puts them
    /// into the ghosts of the right-hand side.
    ///
    /// @param sense 0 for the lower sweep, 1 for the upper
    void receiveWave(int sense, int k) {
        for (int d = 0; d < 2; d++) {
            Side side = waves[d][sense];
            if (side != null && side.receives) {
                int count = 5 * length(d);
                side.channel.expect(count);
                side.channel.take(staging, count);
                move(d, k, sense == 0 ? cell.low[d] - 1 : cell.high[d], false);
            }
        }
    }

    /// After plane `k` of a sweep: hands the last values on.
    void sendWave(int sense, int k) {
        for (int d = 0; d < 2; d++) {
            Side side = waves[d][sense];
            if (side != null && side.sends) {
                move(d, k, sense == 0 ? cell.high[d] - 1 : cell.low[d], true);
                side.channel.send(staging, 5 * length(d));
            }
        }
    }

    /// After a sweep: all has left.
    void flushWaves(int sense) {
        for (int d = 0; d < 2; d++) {
            if (waves[d][sense] != null) {
                waves[d][sense].channel.flush();
            }
        }
    }

    private int length(int d) {
        return cell.high[1 - d] - cell.low[1 - d];
    }

    /// Copies one line of the right-hand side in plane `k` to the staging buffer or from it.
    private void move(int d, int k, int index, boolean out) {
        int low = cell.low[1 - d];
        int count = length(d);
        for (int m = 0; m < 5; m++) {
            if (d == 1) {
                double[] row = cell.rhs[m][cell.row(index, k)];
                if (out) {
                    System.arraycopy(row, low + GHOST, staging, m * count, count);
                } else {
                    System.arraycopy(staging, m * count, row, low + GHOST, count);
                }
            } else {
                for (int j = 0; j < count; j++) {
                    double[] row = cell.rhs[m][cell.row(low + j, k)];
                    if (out) {
                        staging[m * count + j] = row[index + GHOST];
                    } else {
                        row[index + GHOST] = staging[m * count + j];
                    }
                }
            }
        }
    }
}
