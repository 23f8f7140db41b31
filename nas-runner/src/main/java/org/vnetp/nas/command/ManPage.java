package org.vnetp.nas.command;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// The manual page in the man(7) language, of picocli's description of the commands. Picocli's own generator writes
/// AsciiDoc, which would need Asciidoctor, and so Ruby, to become a page.
final class ManPage {
    private final StringBuilder page = new StringBuilder();

    private ManPage() {}

    static String of(CommandLine all) {
        ManPage page = new ManPage();
        page.head(all);
        all.getSubcommands().forEach((name, command) -> page.command("vnetp " + name, command));
        page.foot();
        return page.page.toString();
    }

    private void head(CommandLine all) {
        line(".TH VNETP 1 \"\" \""
                + quoted(String.join(" ", all.getCommandSpec().version())) + "\" \"vnetp\"");
        line(".SH NAME");
        line("vnetp \\- layer\\-2 overlay network, and the suite that measures it");
        line(".SH SYNOPSIS");
        line(".B vnetp");
        line(".I COMMAND");
        line("[OPTIONS]");
        line(".SH DESCRIPTION");
        paragraphs(all.getCommandSpec());
        for (Map.Entry<String, CommandLine> each : all.getSubcommands().entrySet()) {
            line(".TP");
            line(".B " + text(each.getKey()));
            line(text(first(each.getValue().getCommandSpec())));
        }
    }

    private static String first(CommandSpec spec) {
        return String.join(" ", rendered(spec, spec.usageMessage().description()));
    }

    private void command(String name, CommandLine command) {
        CommandSpec spec = command.getCommandSpec();
        line(".SH \"" + quoted(name.toUpperCase(java.util.Locale.ROOT)) + "\"");
        paragraphs(spec);
        for (PositionalParamSpec parameter : spec.positionalParameters()) {
            if (!parameter.hidden()) {
                item(".I " + text(parameter.paramLabel()), parameter);
            }
        }
        for (OptionSpec option : spec.options()) {
            if (!option.hidden()) {
                String value = option.arity().max() == 0 ? "" : " " + option.paramLabel();
                item(".B " + text(String.join(", ", option.names()) + value), option);
            }
        }
        for (Map.Entry<String, CommandLine> each : command.getSubcommands().entrySet()) {
            command(name + " " + each.getKey(), each.getValue());
        }
        String[] footer = spec.usageMessage().footer();
        if (footer.length > 0) {
            line(".PP");
            line(".nf");
            rendered(spec, footer).forEach(each -> line(text(each)));
            line(".fi");
        }
    }

    private void foot() {
        line(".SH EXIT STATUS");
        line(
                "0 good, 1 regression or failed cell, 2 usage, 3 verification failed, 4 something missing on this machine,");
        line("5 inconclusive, 130 interrupted.");
    }

    private void paragraphs(CommandSpec spec) {
        for (String each : rendered(spec, spec.usageMessage().description())) {
            line(".PP");
            line(text(each));
        }
    }

    private void item(String head, ArgSpec what) {
        line(".TP");
        line(head);
        List<String> meaning = rendered(what.command(), what.description());
        meaning.forEach(each -> line(text(each)));
        if (meaning.isEmpty()) {
            line("\\&");
        }
    }

    private static List<String> rendered(CommandSpec spec, String[] texts) {
        List<String> lines = new ArrayList<>();
        Arrays.stream(texts)
                .flatMap(each -> Ansi.OFF
                        .string(each.replace("%n", "\n").replace("%%", "%"))
                        .lines())
                .forEach(lines::add);
        return lines;
    }

    private void line(String line) {
        page.append(line).append('\n');
    }

    /// As text: a backslash, a hyphen and a control character at a line's start mean themselves.
    private static String text(String plain) {
        String escaped = plain.replace("\\", "\\e").replace("-", "\\-");
        return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
    }

    private static String quoted(String plain) {
        return text(plain).replace("\"", "\\(dq");
    }
}
