package org.vnetp.overlay.fastpath;

import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import org.vnetp.overlay.posix.Bpf;
import org.vnetp.overlay.posix.PosixException;

/// The program for what comes in from other nodes, at every interface of the host by which that may come. Interfaces
/// are deleted and made anew, and routes move to others: [#follow] puts the program where it has to be now.
///
/// **Thread:** control's.
final class Underlay {
    private final Bpf bpf;
    /// Attachments by the index of their interface.
    private final Map<Integer, Integer> attached = new HashMap<>();

    private final Map<Integer, String> failed = new TreeMap<>();
    private int program = -1;

    Underlay(Bpf bpf) {
        this.bpf = bpf;
    }

    /// Takes a program in the place of the one before, which is taken off everywhere.
    ///
    /// @throws PosixException where the kernel refuses it; there is none then
    void load(String name, Assembler next) {
        close();
        try (Arena arena = Arena.ofConfined()) {
            program = bpf.load(name, next.assemble(arena));
        }
    }

    /// Attaches the program to these interfaces and takes it off all others. [#failure] tells where that failed.
    ///
    /// @param interfaces names by index
    /// @return whether anything was another way before
    boolean follow(Map<Integer, String> interfaces) {
        boolean changed = false;
        for (Iterator<Map.Entry<Integer, Integer>> all = attached.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<Integer, Integer> one = all.next();
            // An index may have been given to another interface meanwhile, so the attachment itself is asked.
            if (!interfaces.containsKey(one.getKey()) || bpf.attachedTo(one.getValue()) != one.getKey()) {
                bpf.close(one.getValue());
                all.remove();
                changed = true;
            }
        }
        failed.clear();
        for (Map.Entry<Integer, String> wanted : interfaces.entrySet()) {
            if (program >= 0 && !attached.containsKey(wanted.getKey())) {
                try {
                    attached.put(wanted.getKey(), bpf.attachIngress(program, wanted.getKey(), wanted.getValue()));
                    changed = true;
                } catch (PosixException e) {
                    failed.put(wanted.getKey(), e.getMessage());
                }
            }
        }
        return changed;
    }

    /// Why the program is not at an interface, or an empty text.
    String failure(int interfaceIndex) {
        return failed.getOrDefault(interfaceIndex, "");
    }

    /// Takes the program off everywhere and gives it back.
    void close() {
        attached.values().forEach(bpf::close);
        attached.clear();
        failed.clear();
        if (program >= 0) {
            bpf.close(program);
            program = -1;
        }
    }
}
