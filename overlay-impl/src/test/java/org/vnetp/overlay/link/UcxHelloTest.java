package org.vnetp.overlay.link;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class UcxHelloTest {
    private static final UcxHello HELLO =
            new UcxHello(true, 42, 0x1_000D, 7, 9, 0x1234_5678_9ABCL, 11, "posix,cma", new byte[] {1, 2, 3});

    @Test
    void comesBackAsItWasSaid() {
        byte[] bytes = HELLO.encode();
        UcxHello back = UcxHello.read(bytes, bytes.length).hello().orElseThrow();
        assertTrue(back.free());
        assertEquals(42, back.network());
        assertEquals(0x1_000D, back.ucxVersion());
        assertEquals(7, back.session());
        assertEquals(9, back.echo());
        assertEquals(0x1234_5678_9ABCL, back.secret());
        assertEquals(11, back.wakeSpace());
        assertEquals("posix,cma", back.transports());
        assertArrayEquals(new byte[] {1, 2, 3}, back.address());
    }

    @Test
    void hasItsFieldsInTheirPlaces() {
        assertEquals(
                "56554358" + "01" + "01" + "0003" + "0000002a" + "0001000d" + "0000000000000007" + "0000000000000009"
                        + "0000123456789abc" + "000000000000000b" + "706f7369782c636d61" + "00".repeat(23),
                HexFormat.of().formatHex(HELLO.encode(), 0, 80));
    }

    @Test
    void refusesEveryBitThatIsNotAsItWasSent() {
        byte[] good = HELLO.encode();
        for (int bit = 0; bit < 8 * good.length; bit++) {
            byte[] bad = good.clone();
            bad[bit / 8] ^= (byte) (1 << bit % 8);
            UcxHello.Read read = UcxHello.read(bad, bad.length);
            assertTrue(read.hello().isEmpty(), "bit " + bit + " was taken");
            assertTrue(!read.refusal().isEmpty(), "bit " + bit + " was refused without a word");
        }
    }

    @Test
    void refusesWhatIsCutOrLonger() {
        byte[] good = HELLO.encode();
        for (int length = 0; length < good.length; length++) {
            assertTrue(UcxHello.read(good, length).hello().isEmpty(), length + " bytes were taken");
        }
        assertTrue(UcxHello.read(Arrays.copyOf(good, good.length + 1), good.length + 1)
                .hello()
                .isEmpty());
    }

    @Test
    void saysWhatItIsThatCannotBeUnderstood() {
        assertTrue(UcxHello.read(new byte[64], 64).refusal().contains("another format"));
        byte[] newer = HELLO.encode();
        newer[4] = 2;
        assertTrue(UcxHello.read(newer, newer.length).refusal().contains("of version 2; expected 1"));
    }

    @Test
    void neitherMakesNorTakesAnEmptyOrTooLongAddress() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new UcxHello(true, 0, 0, 1, 0, 0, 0, "tcp", new byte[UcxHello.MOST_ADDRESS + 1]));
        byte[] empty = new UcxHello(true, 0, 0, 1, 0, 0, 0, "tcp", new byte[0]).encode();
        assertTrue(UcxHello.read(empty, empty.length).hello().isEmpty());
    }
}
