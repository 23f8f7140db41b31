package org.vnetp.nas.kernel.cfd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MultiPartitionTest {
    @Test
    void everyCellOfTheCubeBelongsToExactlyOneRank() {
        for (int q = 1; q <= 5; q++) {
            Set<String> seen = new HashSet<>();
            for (int rank = 0; rank < q * q; rank++) {
                MultiPartition partition = new MultiPartition(24, q * q, rank);
                for (int c = 0; c < q; c++) {
                    assertTrue(
                            seen.add(partition.slab(0, c) + "," + partition.slab(1, c) + "," + partition.slab(2, c)));
                }
            }
            assertEquals(q * q * q, seen.size());
        }
    }

    @Test
    void aRankHasOneCellInEverySlabAndFindsIt() {
        MultiPartition partition = new MultiPartition(24, 16, 6);
        for (int direction = 0; direction < 3; direction++) {
            for (int slab = 0; slab < 4; slab++) {
                assertEquals(slab, partition.slab(direction, partition.cellIn(direction, slab)));
            }
        }
    }

    @Test
    void theNextCellInADirectionIsTheNeighboursCell() {
        int q = 4;
        for (int rank = 0; rank < q * q; rank++) {
            MultiPartition mine = new MultiPartition(24, q * q, rank);
            for (int direction = 0; direction < 3; direction++) {
                MultiPartition next = new MultiPartition(24, q * q, mine.neighbour(direction, 1));
                assertEquals(rank, next.neighbour(direction, -1));
                for (int c = 0; c < q; c++) {
                    int slab = mine.slab(direction, c) + 1;
                    if (slab == q) {
                        continue;
                    }
                    int other = next.cellIn(direction, slab);
                    for (int d = 0; d < 3; d++) {
                        assertEquals(d == direction ? slab : mine.slab(d, c), next.slab(d, other));
                    }
                }
            }
        }
    }

    @Test
    void slabsCoverTheEdgeWithoutGaps() {
        MultiPartition partition = new MultiPartition(102, 16, 0);
        int next = 0;
        for (int slab = 0; slab < 4; slab++) {
            assertEquals(next, partition.origin(slab));
            next += partition.extent(slab);
        }
        assertEquals(102, next);
    }

    @Test
    void pencilsTakeTheRankCountsOfTheSpecification() {
        int[] legal = {
            1, 2, 4, 6, 8, 9, 12, 15, 16, 18, 20, 24, 25, 28, 30, 32, 35, 36, 40, 42, 45, 48, 49, 50, 54, 56, 60, 63, 64
        };
        Set<Integer> expected = new HashSet<>();
        for (int n : legal) {
            expected.add(n);
        }
        for (int n = 1; n <= 64; n++) {
            assertEquals(expected.contains(n), PencilGrid.legal(n), "ranks " + n);
        }
        assertFalse(PencilGrid.legal(0));
    }

    @Test
    void pencilNeighboursAreMutual() {
        for (int rank = 0; rank < 6; rank++) {
            PencilGrid mine = new PencilGrid(12, 6, rank);
            for (int direction = 0; direction < 2; direction++) {
                int next = mine.neighbour(direction, 1);
                if (next >= 0) {
                    assertEquals(rank, new PencilGrid(12, 6, next).neighbour(direction, -1));
                }
            }
        }
    }
}
