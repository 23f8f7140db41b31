package org.vnetp.macrobench.testbed;

import java.nio.file.Path;

/// The directory of this user for what can be made again: `$XDG_CACHE_HOME/vnetp` or `~/.cache/vnetp`.
public final class UserCache {
    private UserCache() {}

    /// It need not be there.
    public static Path directory() {
        String cache = System.getenv("XDG_CACHE_HOME");
        // Not first the property: in a user namespace it says /root.
        String home = System.getenv("HOME");
        Path parent = cache != null && cache.startsWith("/")
                ? Path.of(cache)
                : Path.of(home == null ? System.getProperty("user.home", "/tmp") : home, ".cache");
        return parent.resolve("vnetp");
    }
}
