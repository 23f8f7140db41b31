package org.vnetp.macrobench.mpi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MpiAbiTest {
    private final Map<String, Long> exported = new HashMap<>();

    /// As if the library exported whatever is asked for, each at a place of its own.
    private MpiAbi openMpi() {
        return MpiAbi.openMpi(name -> Optional.of(MemorySegment.ofAddress(
                exported.computeIfAbsent(name, any -> 0x7f0000001000L + 64 * exported.size()))));
    }

    @Test
    void everyTableNamesEveryTypeAndOperationAndNoHandleTwice() {
        for (MpiAbi abi : List.of(openMpi(), MpiAbi.mpich(), MpiAbi.standard())) {
            List<Long> handles =
                    new ArrayList<>(List.of(abi.commWorld(), abi.commNull(), abi.requestNull(), abi.errorsReturn()));
            for (Datatype type : Datatype.values()) {
                handles.add(abi.datatype(type));
            }
            for (Op op : Op.values()) {
                handles.add(abi.op(op));
            }
            assertEquals(handles.size(), new HashSet<>(handles).size(), abi.toString());
            assertTrue(handles.stream().noneMatch(handle -> handle == 0), abi.toString());
            assertTrue(abi.pointerHandles() || handles.stream().allMatch(handle -> handle >>> 32 == 0), abi.toString());
        }
    }

    @Test
    void mpichHandlesOfTypesCarryTheSizeThatJavaCountsWith() {
        for (Datatype type : Datatype.values()) {
            long handle = MpiAbi.mpich().datatype(type);
            assertEquals(0x4c, handle >>> 24, type.toString());
            assertEquals(type.bytes(), (int) (handle >> 8 & 0xff), type.toString());
        }
    }

    @Test
    void handlesOfTheStandardAbiFitThePageThatNoObjectLiesOn() {
        MpiAbi abi = MpiAbi.standard();
        for (Datatype type : Datatype.values()) {
            // Types: 0b10.........; those of a fixed size have its logarithm in bits 3 to 5.
            assertEquals(0b10, abi.datatype(type) >> 8, type.toString());
        }
        assertEquals(0, abi.datatype(Datatype.BYTE) >> 3 & 7);
        assertEquals(3, abi.datatype(Datatype.LONG) >> 3 & 7);
        for (Op op : Op.values()) {
            assertEquals(0b1, abi.op(op) >> 5, op.toString());
        }
    }

    /// Neighbours in value mean something else: 0x142 is `MPI_ERRORS_ABORT`.
    @Test
    void theStandardAbiHasItsOwnErrorHandler() {
        assertEquals(0x143, MpiAbi.standard().errorsReturn());
    }

    @Test
    void aLibraryWithoutOpenMpiSymbolsIsRefusedByTheMissingOne() {
        MpiUnavailableException e =
                assertThrows(MpiUnavailableException.class, () -> MpiAbi.openMpi(name -> Optional.empty()));
        assertTrue(e.getMessage().contains("does not export ompi_mpi_comm_world"), e.getMessage());
    }
}
