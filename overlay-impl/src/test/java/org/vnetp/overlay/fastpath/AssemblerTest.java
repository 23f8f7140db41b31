package org.vnetp.overlay.fastpath;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.fastpath.Assembler.Do;
import org.vnetp.overlay.fastpath.Assembler.If;
import org.vnetp.overlay.fastpath.Assembler.Size;

class AssemblerTest {
    /// The fields of an instruction, in RFC 9669's order: opcode, source and destination, offset, immediate.
    private static long instruction(int opcode, int registers, int offset, int immediate) {
        return opcode | registers << 8 | (long) (offset & 0xffff) << 16 | (long) immediate << 32;
    }

    @Test
    void instructionsAreWrittenAsTheRfcSays() {
        assertArrayEquals(
                new long[] {
                    instruction(0xb7, 0x03, 0, -50),
                    instruction(0xbf, 0x16, 0, 0),
                    instruction(0x69, 0x72, -4, 0),
                    instruction(0x7b, 0x1a, -24, 0),
                    instruction(0xdb, 0x19, 8, 0),
                    instruction(0xdc, 0x01, 0, 16),
                    instruction(0x85, 0, 0, 34),
                    instruction(0x95, 0, 0, 0)
                },
                new Assembler()
                        .let(3, Do.MOVE, -50)
                        .letRegister(6, Do.MOVE, 1)
                        .load(Size.HALF, 2, 7, -4)
                        .store(Size.DOUBLE, 10, -24, 1)
                        .addTo(9, 8, 1)
                        .toNetwork16(1)
                        .call(34)
                        .exit()
                        .instructions());
    }

    @Test
    void constantsAndMapsTakeTwoInstructions() {
        assertArrayEquals(
                new long[] {
                    instruction(0x18, 0x04, 0, 0x53),
                    instruction(0, 0, 0, 0x0e00_0000),
                    instruction(0x18, 0x11, 0, 7),
                    instruction(0, 0, 0, 0)
                },
                new Assembler().constant(4, 0x0e00_0000_0000_0053L).map(1, 7).instructions());
    }

    @Test
    void jumpsCountFromTheNextInstruction() {
        long[] code = new Assembler()
                .jump(If.NOT_EQUAL, 1, 5, "end")
                .constant(2, 1)
                .jumpRegister(If.GREATER, 1, 2, "end")
                .jump("end")
                .label("end")
                .exit()
                .instructions();
        assertEquals(instruction(0x55, 0x01, 4, 5), code[0]);
        assertEquals(instruction(0x2d, 0x21, 1, 0), code[3]);
        assertEquals(instruction(0x05, 0, 0, 0), code[4]);
    }

    @Test
    void labelsThatAreMissingOrTwiceAreRefused() {
        assertThrows(
                IllegalStateException.class, () -> new Assembler().jump("x").instructions());
        assertThrows(
                IllegalStateException.class, () -> new Assembler().label("x").label("x"));
        assertThrows(
                IllegalStateException.class,
                () -> new Assembler().label("back").jump("back").instructions(),
                "programs have no loops");
    }

    @Test
    void networkNumbersAreTurnedRoundOnALittleEndianMachine() {
        boolean little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
        assertEquals(little ? 0xb512 : 0x12b5, Assembler.network16(0x12b5));
        assertEquals(little ? 0x0102_a8c0 : 0xc0a8_0201, Assembler.network32(0xc0a8_0201));
    }
}
