package org.vnetp.overlay.fastpath;

import static org.vnetp.overlay.fastpath.Assembler.network16;
import static org.vnetp.overlay.fastpath.Headers.IPV6_SHIFT;
import static org.vnetp.overlay.fastpath.Skb.LOAD_BYTES;
import static org.vnetp.overlay.fastpath.Skb.PACKET;
import static org.vnetp.overlay.fastpath.Skb.RECOMPUTE_CHECKSUM;
import static org.vnetp.overlay.fastpath.Skb.REPLACE_IP_SUM;
import static org.vnetp.overlay.fastpath.Skb.STACK;
import static org.vnetp.overlay.fastpath.Skb.STORE_BYTES;

import org.vnetp.overlay.fastpath.Assembler.Do;
import org.vnetp.overlay.fastpath.Assembler.If;
import org.vnetp.overlay.fastpath.Assembler.Size;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.frame.EthernetHeader;

/// Code that gives a frame what its outer header says about congestion (RFC 6040, section 4.2; [Ecn]). Most headers say
/// nothing that could change a frame.
///
/// @param ip      where the frame's IP header is in the packet
/// @param mark    where a word with the outer header's ECN field is on the stack
/// @param scratch two bytes of the stack
/// @param suffix  tells labels apart
record Marks(int ip, int mark, int scratch, String suffix) {
    private static final int IP_CHECKSUM = 10;

    /// Goes on at `congested` where the frame has to be dropped, at `next` where it is no IP, and at `lost` where
    /// writing failed.
    ///
    /// @param type the register with the frame's type
    void pass(Assembler a, int type) {
        a.load(Size.WORD, 1, STACK, mark);
        a.jump(If.ANY_BIT, 1, 1, label("marked")).jump(label("unmarked")).label(label("marked"));
        a.letRegister(1, Do.MOVE, PACKET).let(2, Do.MOVE, ip).letRegister(3, Do.MOVE, STACK);
        a.let(3, Do.ADD, scratch).let(4, Do.MOVE, 2).call(LOAD_BYTES).jump(If.NOT_EQUAL, 0, 0, "next");
        a.jump(If.NOT_EQUAL, type, network16(EthernetHeader.TYPE_IPV4), label("inIpv6"));
        change(a, 4, 0);
        a.jump(label("unmarked")).label(label("inIpv6"));
        change(a, 6, IPV6_SHIFT);
        a.label(label("unmarked"));
    }

    private String label(String name) {
        return name + suffix;
    }

    /// @param version of the frame's IP header
    /// @param shift   of the ECN field in its second byte
    private void change(Assembler a, int version, int shift) {
        String capable = label("capable" + version + "in");
        String now = label("mark" + version + "in");
        a.load(Size.BYTE, 1, STACK, scratch).let(1, Do.SHIFT_RIGHT, 4).jump(If.NOT_EQUAL, 1, version, "next");
        a.load(Size.HALF, 2, STACK, scratch).load(Size.BYTE, 3, STACK, scratch + 1);
        a.letRegister(1, Do.MOVE, 3).let(1, Do.SHIFT_RIGHT, shift).let(1, Do.AND, Ecn.FIELD);
        a.load(Size.WORD, 5, STACK, mark);
        a.jump(If.NOT_EQUAL, 1, Ecn.NOT_ECT, capable);
        a.jump(If.EQUAL, 5, Ecn.CE, "congested").jump(label("unmarked"));
        a.label(capable).jump(If.EQUAL, 5, Ecn.CE, now).jump(If.NOT_EQUAL, 1, Ecn.ECT_0, label("unmarked"));
        a.label(now)
                .let(3, Do.AND, ~(Ecn.FIELD << shift))
                .let(5, Do.SHIFT_LEFT, shift)
                .letRegister(3, Do.OR, 5);
        a.store(Size.BYTE, STACK, scratch + 1, 3);
        if (version == 4) {
            a.letRegister(3, Do.MOVE, 2).load(Size.HALF, 4, STACK, scratch).letRegister(1, Do.MOVE, PACKET);
            a.let(2, Do.MOVE, ip + IP_CHECKSUM).let(5, Do.MOVE, 2);
            a.call(REPLACE_IP_SUM).jump(If.NOT_EQUAL, 0, 0, "next");
        }
        a.letRegister(1, Do.MOVE, PACKET).let(2, Do.MOVE, ip + 1).letRegister(3, Do.MOVE, STACK);
        a.let(3, Do.ADD, scratch + 1).let(4, Do.MOVE, 1);
        // A sum over the packet, where the card gives one, stays as it was where IPv4's checksum makes up for the mark.
        a.let(5, Do.MOVE, version == 4 ? 0 : RECOMPUTE_CHECKSUM);
        a.call(STORE_BYTES).jump(If.NOT_EQUAL, 0, 0, "lost");
    }
}
