package org.vnetp.macrobench.mpi;

/// Ranks that answer each order with what all of them heard: `heard ORDER by N at rank 0's side`.
final class WaitingRanks {
    private WaitingRanks() {}

    /// @param arguments the address of rank 0's host
    public static void main(String[] arguments) {
        Mpi mpi = Mpi.init();
        Communicator world = mpi.world();
        try (Gate gate = Gate.open(world, arguments[0], System.in);
                java.lang.foreign.Arena arena = java.lang.foreign.Arena.ofConfined()) {
            java.lang.foreign.MemorySegment mine = arena.allocate(java.lang.foreign.ValueLayout.JAVA_INT);
            java.lang.foreign.MemorySegment sum = arena.allocate(java.lang.foreign.ValueLayout.JAVA_INT);
            String order = "nothing";
            while (!order.equals(Gate.END)) {
                mine.set(java.lang.foreign.ValueLayout.JAVA_INT, 0, order.hashCode());
                world.allreduce(mine, sum, 1, Datatype.INT, Op.SUM);
                if (world.rank() == 0) {
                    boolean same =
                            sum.get(java.lang.foreign.ValueLayout.JAVA_INT, 0) == order.hashCode() * world.size();
                    System.out.println("heard " + order + (same ? " by all" : " by some"));
                    System.out.println("not an answer");
                    System.out.flush();
                }
                order = gate.await();
                if (order.equals("hang") && world.rank() == 1) {
                    Thread.sleep(600_000);
                }
                if (order.equals("work")) {
                    while (true) {
                        world.barrier();
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        mpi.close();
    }
}
