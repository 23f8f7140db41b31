package org.vnetp.macrobench.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vnetp.reports.result.Params;

class PlanTest {
    private static List<Cell> cells(List<String> benchmarks, List<String> fabrics, List<String> links) {
        List<Cell> cells = new ArrayList<>();
        for (String benchmark : benchmarks) {
            for (String link : links) {
                for (String fabric : fabrics) {
                    cells.add(new Cell("nas", benchmark, Params.NONE, fabric, link));
                }
            }
        }
        return cells;
    }

    private static final List<Cell> CELLS = cells(
            List.of("cg.S.4", "mg.S.4", "ft.S.4", "is.S.4"),
            List.of("native", "vnetp", "vxlan"),
            List.of("1gbit", "10gbit"));

    @Test
    void theSameSeedGivesTheSamePlan() {
        Plan a = new Plan(CELLS, 7);
        Plan b = new Plan(CELLS, 7);
        for (int block = 0; block < 6; block++) {
            assertEquals(a.block(block), b.block(block));
        }
        assertNotEquals(a.block(0), new Plan(CELLS, 8).block(0));
        assertNotEquals(
                a.block(0).stream().map(Slot::cell).toList(),
                a.block(2).stream().map(Slot::cell).toList());
    }

    @Test
    void everyBlockHoldsEveryCellOnce() {
        Plan plan = new Plan(CELLS, 1);
        for (int block = 0; block < 5; block++) {
            List<Cell> cells = plan.block(block).stream().map(Slot::cell).toList();
            assertEquals(CELLS.size(), cells.size());
            assertEquals(new HashSet<>(CELLS), new HashSet<>(cells));
        }
    }

    @Test
    void theFabricsOfAGroupStandSideBySide() {
        for (int block = 0; block < 5; block++) {
            List<Slot> slots = new Plan(CELLS, 3).block(block);
            for (int i = 0; i < slots.size(); i += 3) {
                assertEquals(
                        slots.get(i).cell().group(), slots.get(i + 1).cell().group());
                assertEquals(
                        slots.get(i).cell().group(), slots.get(i + 2).cell().group());
            }
        }
    }

    @Test
    void anOddBlockReversesTheOrderWithinEveryGroup() {
        Plan plan = new Plan(CELLS, 11);
        for (Cell.Group group : plan.groups().keySet()) {
            List<String> even = fabrics(plan.block(4), group);
            List<String> odd = fabrics(plan.block(5), group);
            assertEquals(even.reversed(), odd);
        }
    }

    private static List<String> fabrics(List<Slot> slots, Cell.Group group) {
        return slots.stream()
                .map(Slot::cell)
                .filter(c -> c.group().equals(group))
                .map(Cell::fabric)
                .toList();
    }

    @Test
    void refusesAnEmptyPlan() {
        assertThrows(IllegalArgumentException.class, () -> new Plan(List.of(), 1));
    }
}
