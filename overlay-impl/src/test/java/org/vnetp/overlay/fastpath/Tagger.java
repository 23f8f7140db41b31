package org.vnetp.overlay.fastpath;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import org.vnetp.overlay.fastpath.Assembler.Do;
import org.vnetp.overlay.posix.Bpf;

/// A VLAN on an interface of the namespace it is started in, also of a kernel without 802.1Q devices: what goes out
/// gets a tag beside the frame, as such a device gives it, what comes in loses one. Started by a test as a process of
/// its own with the interface's name and the VLAN; prints `tagging`, and does so until it is ended.
public final class Tagger {
    /// bpf_skb_vlan_push and bpf_skb_vlan_pop (linux/bpf.h)
    private static final int PUSH = 18;

    private static final int POP = 19;
    private static final int NEXT = -1;

    private Tagger() {}

    public static void main(String[] args) throws Exception {
        final int index = Integer.parseInt(Files.readString(Path.of("/sys/class/net/" + args[0] + "/ifindex"))
                .strip());
        final Bpf bpf = new Bpf();
        try (Arena arena = Arena.ofConfined()) {
            final Assembler push = new Assembler()
                    .let(2, Do.MOVE, Assembler.network16(0x8100))
                    .let(3, Do.MOVE, Integer.parseInt(args[1]))
                    .call(PUSH)
                    .let(0, Do.MOVE, NEXT)
                    .exit();
            final Assembler pop =
                    new Assembler().call(POP).let(0, Do.MOVE, NEXT).exit();
            bpf.attachEgress(bpf.load("vnetp_tag", push.assemble(arena)), index, args[0]);
            bpf.attachIngress(bpf.load("vnetp_untag", pop.assemble(arena)), index, args[0]);
        }
        System.out.println("tagging");
        Thread.sleep(Long.MAX_VALUE);
    }
}
