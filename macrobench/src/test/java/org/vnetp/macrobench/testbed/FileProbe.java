package org.vnetp.macrobench.testbed;

import java.nio.file.Files;
import java.nio.file.Path;

/// Says whether it finds the directory that it is given.
final class FileProbe {
    private FileProbe() {}

    public static void main(String[] arguments) {
        System.out.println(arguments[0] + (Files.isDirectory(Path.of(arguments[0])) ? " is here" : " is not here"));
    }
}
