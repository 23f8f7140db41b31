package org.vnetp.macrobench.guest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The kernel of guests that QEMU runs: Debian's for virtual machines, unpacked to a directory of its own. It is never
/// installed as a package is, since the machine itself must not boot it.
///
/// @param image what QEMU loads
/// @param modules the directory `kernel` of its modules
public record GuestKernel(Path image, Path modules) {
    private static final Path DIRECTORY = Path.of("/var/lib/vnetp/guest-kernel");
    private static final String IMAGE = "vmlinuz-";

    /// Where the launcher unpacks it, and looks for it: the environment may say where else.
    public static Path directory() {
        String said = System.getenv("VNETP_GUEST_KERNEL");
        return said == null || said.isEmpty() ? DIRECTORY : Path.of(said);
    }

    /// The one that has been unpacked there, the last by name where there are more; empty where there is none with
    /// its modules.
    public static Optional<GuestKernel> find(Path directory) {
        try (Stream<Path> files = Files.list(directory.resolve("boot"))) {
            return files.filter(file -> file.getFileName().toString().startsWith(IMAGE))
                    .sorted()
                    .flatMap(image -> modulesOf(directory, image))
                    .reduce((_, last) -> last);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Stream<GuestKernel> modulesOf(Path directory, Path image) {
        String release = image.getFileName().toString().substring(IMAGE.length());
        return Stream.of("lib/modules", "usr/lib/modules")
                .map(each -> directory.resolve(each).resolve(release).resolve("kernel"))
                .filter(Files::isDirectory)
                .limit(1)
                .map(modules -> new GuestKernel(image, modules));
    }

    /// The files of modules, compressed or not.
    ///
    /// @param names with their directories and without suffix: `drivers/net/virtio_net`
    /// @throws IOException naming the first that it has not
    List<Path> files(List<String> names) throws IOException {
        List<Path> files = new ArrayList<>();
        for (String name : names) {
            files.add(Stream.of(".ko", ".ko.xz", ".ko.zst")
                    .map(suffix -> modules.resolve(name + suffix))
                    .filter(Files::isRegularFile)
                    .findFirst()
                    .orElseThrow(() -> new IOException("the kernel " + image + " has no module " + name)));
        }
        return files;
    }
}
