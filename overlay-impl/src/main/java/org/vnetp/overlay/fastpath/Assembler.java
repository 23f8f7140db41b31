package org.vnetp.overlay.fastpath;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// Writes eBPF instructions (RFC 9669), with labels for jumps ahead. Registers are 0 to 10: 0 is a call's result, 1
/// to 5 its arguments, lost by it, 6 to 9 keep their values, 10 is the end of 512 bytes of stack.
///
/// Numbers in packets are big-endian; the programs here load and compare them as they lie there, so constants are
/// turned round instead ([#network16], [#network32]).
final class Assembler {
    /// Sizes of a load or store: the BPF_SIZE bits of RFC 9669, section 3.2.
    enum Size {
        BYTE(0x10),
        HALF(0x08),
        WORD(0x00),
        DOUBLE(0x18);

        private final int bits;

        Size(int bits) {
            this.bits = bits;
        }
    }

    /// Conditions of a jump, unsigned where not said.
    enum If {
        EQUAL(0x10),
        GREATER(0x20),
        NOT_EQUAL(0x50),
        ANY_BIT(0x40),
        LESS(0xa0),
        SIGNED_GREATER(0x60),
        SIGNED_LESS(0xc0);

        private final int bits;

        If(int bits) {
            this.bits = bits;
        }
    }

    /// Operations on 64 bits.
    enum Do {
        ADD(0x00),
        SUBTRACT(0x10),
        OR(0x40),
        AND(0x50),
        SHIFT_LEFT(0x60),
        SHIFT_RIGHT(0x70),
        XOR(0xa0),
        MOVE(0xb0);

        private final int bits;

        Do(int bits) {
            this.bits = bits;
        }
    }

    private static final int CLASS_LDX = 0x01;
    private static final int CLASS_ST = 0x02;
    private static final int CLASS_STX = 0x03;
    private static final int CLASS_JMP = 0x05;
    private static final int CLASS_ALU64 = 0x07;
    private static final int MODE_MEM = 0x60;
    private static final int MODE_ATOMIC = 0xc0;
    private static final int FETCH = 0x01;
    private static final int COMPARE_AND_EXCHANGE = 0xf1;
    private static final int FROM_REGISTER = 0x08;
    private static final int LOAD_64 = 0x18;
    private static final int SWAP_TO_BIG_ENDIAN = 0xdc;
    private static final int CALL = 0x85;
    private static final int EXIT = 0x95;
    private static final int ALWAYS = 0x05;
    private static final int MAP_DESCRIPTOR = 1;
    private static final int MAP_VALUE = 2;

    private long[] code = new long[64];
    private int length;
    private final Map<String, Integer> labels = new HashMap<>();
    private final Map<Integer, String> jumps = new HashMap<>();

    private Assembler emit(int opcode, int to, int from, int offset, int value) {
        if (length == code.length) {
            code = Arrays.copyOf(code, 2 * length);
        }
        code[length++] = opcode | to << 8 | from << 12 | (long) (offset & 0xffff) << 16 | (long) value << 32;
        return this;
    }

    Assembler let(int to, Do operation, int value) {
        return emit(CLASS_ALU64 | operation.bits, to, 0, 0, value);
    }

    Assembler letRegister(int to, Do operation, int from) {
        return emit(CLASS_ALU64 | FROM_REGISTER | operation.bits, to, from, 0, 0);
    }

    /// A constant of 64 bits.
    Assembler constant(int to, long value) {
        return emit(LOAD_64, to, 0, 0, (int) value).emit(0, 0, 0, 0, (int) (value >>> 32));
    }

    /// A map, by its descriptor.
    Assembler map(int to, int descriptor) {
        return emit(LOAD_64, to, MAP_DESCRIPTOR, 0, descriptor).emit(0, 0, 0, 0, 0);
    }

    /// The address of the only value of an array map, by the map's descriptor.
    Assembler mapValue(int to, int descriptor) {
        return emit(LOAD_64, to, MAP_VALUE, 0, descriptor).emit(0, 0, 0, 0, 0);
    }

    Assembler load(Size size, int to, int from, int offset) {
        return emit(CLASS_LDX | MODE_MEM | size.bits, to, from, offset, 0);
    }

    Assembler store(Size size, int to, int offset, int from) {
        return emit(CLASS_STX | MODE_MEM | size.bits, to, from, offset, 0);
    }

    Assembler storeConstant(Size size, int to, int offset, int value) {
        return emit(CLASS_ST | MODE_MEM | size.bits, to, 0, offset, value);
    }

    /// Adds a register to 64 bits in memory, whoever else does so too.
    Assembler addTo(int to, int offset, int from) {
        return emit(CLASS_STX | MODE_ATOMIC | Size.DOUBLE.bits, to, from, offset, 0);
    }

    /// The same, and what was there before comes into the register.
    Assembler fetchAndAddTo(int to, int offset, int register) {
        return emit(CLASS_STX | MODE_ATOMIC | Size.DOUBLE.bits, to, register, offset, FETCH);
    }

    /// Clears the bits of 64 in memory that a register has not, whoever else changes them.
    Assembler andTo(int to, int offset, int from) {
        return emit(CLASS_STX | MODE_ATOMIC | Size.DOUBLE.bits, to, from, offset, Do.AND.bits);
    }

    /// Puts a register into 64 bits in memory where register 0 has what is there; that comes into register 0.
    Assembler exchangeIfEqual(int to, int offset, int from) {
        return emit(CLASS_STX | MODE_ATOMIC | Size.DOUBLE.bits, to, from, offset, COMPARE_AND_EXCHANGE);
    }

    /// Turns the lower 16 bits round to network order (on a little-endian machine) and clears the rest.
    Assembler toNetwork16(int register) {
        return emit(SWAP_TO_BIG_ENDIAN, register, 0, 0, 16);
    }

    /// Turns the lower 32 bits round in the same way.
    Assembler toNetwork32(int register) {
        return emit(SWAP_TO_BIG_ENDIAN, register, 0, 0, 32);
    }

    Assembler jump(String label) {
        jumps.put(length, label);
        return emit(ALWAYS, 0, 0, 0, 0);
    }

    Assembler jump(If condition, int register, int value, String label) {
        jumps.put(length, label);
        return emit(CLASS_JMP | condition.bits, register, 0, 0, value);
    }

    Assembler jumpRegister(If condition, int register, int other, String label) {
        jumps.put(length, label);
        return emit(CLASS_JMP | FROM_REGISTER | condition.bits, register, other, 0, 0);
    }

    Assembler label(String name) {
        if (labels.put(name, length) != null) {
            throw new IllegalStateException("label '" + name + "' stands twice");
        }
        return this;
    }

    /// Calls a helper by its number in linux/bpf.h.
    Assembler call(int helper) {
        return emit(CALL, 0, 0, 0, helper);
    }

    Assembler exit() {
        return emit(EXIT, 0, 0, 0, 0);
    }

    /// The instructions, jumps resolved.
    long[] instructions() {
        long[] done = Arrays.copyOf(code, length);
        jumps.forEach((at, label) -> {
            Integer target = labels.get(label);
            if (target == null) {
                throw new IllegalStateException("no label '" + label + "'");
            }
            int distance = target - at - 1;
            if (distance < 0 || distance > Short.MAX_VALUE) {
                throw new IllegalStateException("jump to '" + label + "' over " + distance + " instructions");
            }
            done[at] |= (long) distance << 16;
        });
        return done;
    }

    /// The same in memory, as the kernel takes them.
    MemorySegment assemble(Arena arena) {
        long[] instructions = instructions();
        MemorySegment memory = arena.allocate(8L * instructions.length, 8);
        for (int i = 0; i < instructions.length; i++) {
            memory.setAtIndex(ValueLayout.JAVA_LONG, i, instructions[i]);
        }
        return memory;
    }

    /// What a 16-bit load of a big-endian number gives on this machine.
    static int network16(int value) {
        return Short.toUnsignedInt(
                java.nio.ByteOrder.nativeOrder() == java.nio.ByteOrder.BIG_ENDIAN
                        ? (short) value
                        : Short.reverseBytes((short) value));
    }

    /// What a 32-bit load of a big-endian number gives on this machine.
    static int network32(int value) {
        return java.nio.ByteOrder.nativeOrder() == java.nio.ByteOrder.BIG_ENDIAN ? value : Integer.reverseBytes(value);
    }
}
