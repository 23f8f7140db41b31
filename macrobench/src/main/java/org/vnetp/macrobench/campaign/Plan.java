package org.vnetp.macrobench.campaign;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.vnetp.macrobench.campaign.Cell.Group;

/// Which runs make up a block, and in which order. A function of cells, seed and block number alone, so that a
/// resumed campaign has the same plan.
///
/// A block holds every cell once. Its groups (one benchmark at one link rate) come in random order; within a
/// group the fabrics follow each other at once, in random order too. An odd block has the reverse order of the even
/// one before it (ABBA), so that a fabric's place in the group cancels out over two blocks, and a link's rate changes
/// only every other time.
public final class Plan {
    private final Map<Group, List<Cell>> groups;
    private final long seed;

    /// @param cells at least one; duplicates count once
    public Plan(List<Cell> cells, long seed) {
        if (cells.isEmpty()) {
            throw new IllegalArgumentException("a plan needs at least one cell");
        }
        Map<Group, List<Cell>> byGroup = new LinkedHashMap<>();
        for (Cell cell : new LinkedHashSet<>(cells)) {
            byGroup.computeIfAbsent(cell.group(), g -> new ArrayList<>()).add(cell);
        }
        this.groups = Collections.unmodifiableMap(byGroup);
        this.seed = seed;
    }

    public long seed() {
        return seed;
    }

    /// The cells that are compared with each other, by what they have in common, in the order given.
    public Map<Group, List<Cell>> groups() {
        return groups;
    }

    /// The runs of a block in their order.
    ///
    /// @param block from 0
    public List<Slot> block(int block) {
        List<Slot> slots = new ArrayList<>();
        for (Group group : order(block)) {
            for (Cell cell : arms(group, block)) {
                slots.add(new Slot(cell, block, 0));
            }
        }
        return slots;
    }

    /// The groups in the order of a block.
    ///
    /// @param block from 0
    public List<Group> order(int block) {
        List<Group> order = new ArrayList<>(groups.keySet());
        Collections.shuffle(order, random(block & ~1, 0));
        if ((block & 1) == 1) {
            Collections.reverse(order);
        }
        return order;
    }

    /// The cells of a group in the order of a block.
    ///
    /// @param block from 0
    public List<Cell> arms(Group group, int block) {
        int index = List.copyOf(groups.keySet()).indexOf(group);
        List<Cell> cells = new ArrayList<>(groups.get(group));
        Collections.shuffle(cells, random(block & ~1, index + 1));
        if ((block & 1) == 1) {
            Collections.reverse(cells);
        }
        return cells;
    }

    private java.util.Random random(int block, int stream) {
        // Mixed by SplitMix64's finaliser, so that neighbouring seeds, blocks and groups have unrelated orders.
        long z = seed * 0x9E3779B97F4A7C15L + block * 0xBF58476D1CE4E5B9L + stream * 0x94D049BB133111EBL;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return new java.util.Random(z ^ (z >>> 31));
    }

    /// A seed for a user who gave none.
    public static long randomSeed() {
        return RandomGenerator.getDefault().nextLong(1, 1_000_000);
    }
}
