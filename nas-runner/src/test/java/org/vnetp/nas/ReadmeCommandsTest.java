package org.vnetp.nas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.macrobench.MacroMain;
import picocli.CommandLine;

/// Every command that README and the pages of the measuring modules show: `nas` and `macro` are planned
/// here by their own words, without running; of each command a test is named that runs it. [ReadmeRunTest]
/// runs them all.
class ReadmeCommandsTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final List<String> PAGES = List.of(
            "README.md",
            "nas-runner/README.md",
            "macrobench/README.md",
            "microbench/README.md",
            "overlay-impl/README.md",
            "reports/README.md",
            "reports/HISTORY.md");
    private static final Pattern BLOCK = Pattern.compile("```(.*?)```", Pattern.DOTALL);
    private static final Pattern INLINE = Pattern.compile("`(?:source <\\()?(\\./vnetp\\s[^`)]*)\\)?`");
    private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

    /// Command to the test that runs it in its smallest form.
    private static final Map<String, String> RUN_BY = Map.ofEntries(
            Map.entry("nas", "NasEndToEndTest"),
            Map.entry("macro", "WorkloadsEndToEndTest"),
            Map.entry("kernel", "KernelVerificationTest"),
            Map.entry("micro", "MicroMainTest"),
            Map.entry("compare", "InterleavedTest"),
            Map.entry("tune", "TuneEndToEndTest"),
            Map.entry("history", "HistoryMainTest"),
            Map.entry("report", "ReportsTest"),
            Map.entry("lab", "NamespaceTestbedTest"),
            Map.entry("node", "NodeMainTest"),
            Map.entry("ctl", "ControlSocketTest"),
            Map.entry("adapt", "AdaptTest"),
            Map.entry("key", "KeyFilesTest"),
            Map.entry("doctor", "LauncherTest"),
            Map.entry("setup", "LauncherTest"),
            Map.entry("completion", "LauncherTest"),
            Map.entry("man", "LauncherTest"),
            Map.entry("-V", "LauncherTest"),
            Map.entry("pack", "PackTest"),
            Map.entry("test", "LauncherTest"));

    @TempDir
    Path directory;

    private static Set<List<String>> commands() throws IOException {
        Set<List<String>> commands = new LinkedHashSet<>();
        lines().forEach(line -> commands.add(words("./vnetp " + line)));
        return commands;
    }

    /// Every distinct command without `./vnetp`, blanks made one, what is optional given but for names of
    /// things.
    static Set<String> lines() throws IOException {
        StringBuilder all = new StringBuilder();
        for (String page : PAGES) {
            all.append(Files.readString(ROOT.resolve(page))).append('\n');
        }
        String readme = all.toString();
        Set<String> lines = new LinkedHashSet<>();
        Matcher blocks = BLOCK.matcher(readme);
        while (blocks.find()) {
            blocks.group(1)
                    .lines()
                    .filter(line -> line.startsWith("./vnetp "))
                    .forEach(line -> lines.add(line(line.replaceFirst("\\s#\\s.*", ""))));
        }
        Matcher inline = INLINE.matcher(BLOCK.matcher(readme).replaceAll(""));
        while (inline.find()) {
            lines.add(line(inline.group(1)));
        }
        return lines;
    }

    private static String line(String command) {
        return command.replaceAll("\\[[A-Z]+]", "")
                .replaceAll("[\\[\\]]", "")
                .replaceAll("\\s+", " ")
                .strip()
                .substring("./vnetp ".length());
    }

    /// The words that a shell makes of a command, without its first.
    static List<String> words(String command) {
        List<String> words = new ArrayList<>();
        Matcher word = WORD.matcher(command);
        while (word.find()) {
            words.add(word.group(1) != null ? word.group(1) : word.group(2));
        }
        return words.subList(1, words.size());
    }

    @Test
    void everyCommandIsRunByATestThatThereIs() throws IOException {
        Set<String> names = new TreeSet<>();
        commands().forEach(words -> names.add(words.getFirst()));
        assertTrue(names.containsAll(List.of("nas", "macro", "micro", "lab")), "README is read: " + names);
        Set<String> tests = new TreeSet<>();
        for (String module : List.of("overlay-impl", "macrobench", "nas-runner", "microbench", "reports")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/test/java"))) {
                files.forEach(file -> tests.add(file.getFileName().toString()));
            }
        }
        for (String name : names) {
            String test = RUN_BY.get(name);
            assertTrue(test != null, "README shows ./vnetp " + name + ", which no test is named for");
            assertTrue(tests.contains(test + ".java"), "./vnetp " + name + ": there is no " + test);
        }
    }

    @Test
    void everyPlanOfNasAndMacroIsOneThatTheyTake() throws Exception {
        Path inventory = Files.writeString(directory.resolve("hosts"), """
                n1 n1 native=10.0.0.1,eth0 vnetp=10.99.0.1,vnet0
                n2 n2 native=10.0.0.2,eth0 vnetp=10.99.0.2,vnet0
                """);
        Path programs = Files.createDirectory(directory.resolve("bin"));
        for (String kernel : KernelCell.KERNELS) {
            for (String letter : List.of("S", "W", "A", "B")) {
                Path program = Files.writeString(programs.resolve(kernel + "." + letter + ".x"), "#!/bin/sh\n");
                assertTrue(program.toFile().setExecutable(true));
            }
        }
        int planned = 0;
        for (List<String> command : commands()) {
            List<String> arguments = new ArrayList<>(command.stream()
                    .map(word -> word.equals("FILE")
                            ? inventory.toString()
                            : word.equals("DIR") ? programs.toString() : word)
                    .toList());
            String name = arguments.removeFirst();
            if (!arguments.contains("--help") && !arguments.contains("--dry-run")) {
                arguments.add("--dry-run");
            }
            switch (name) {
                case "nas" -> nas(arguments);
                case "macro" -> macro(arguments);
                default -> {
                    continue;
                }
            }
            planned++;
        }
        assertTrue(planned >= 15, planned + " plans in README");
    }

    private static void nas(List<String> arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream both = new PrintStream(out, true, StandardCharsets.UTF_8);
        int code = NasMain.run(arguments.toArray(String[]::new), both, both);
        assertEquals(0, code, () -> "./vnetp nas " + arguments + ": " + out.toString(StandardCharsets.UTF_8));
    }

    private static void macro(List<String> arguments) throws IOException {
        PrintStream before = System.out;
        System.setOut(new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8));
        try {
            MacroMain main = new MacroMain();
            CommandLine.ParseResult parsed = new CommandLine(main).parseArgs(arguments.toArray(String[]::new));
            assertEquals(0, parsed.isUsageHelpRequested() ? 0 : main.call(), () -> "./vnetp macro " + arguments);
        } catch (CommandLine.ParameterException | IllegalArgumentException e) {
            fail("./vnetp macro " + arguments + ": " + e.getMessage(), e);
        } finally {
            System.setOut(before);
        }
    }
}
