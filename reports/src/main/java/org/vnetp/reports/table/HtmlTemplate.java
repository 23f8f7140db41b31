package org.vnetp.reports.table;

import com.samskivert.mustache.Mustache;
import com.samskivert.mustache.Template;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// HTML by a Mustache template that lies beside the class which fills it.
///
/// A template takes its words from a record: `{{name}}` is escaped, `{{{name}}}` is HTML already. A name that the
/// record does not have is an error, never a gap. An empty text or list leaves its section out. The same record gives
/// the same bytes. Any thread may fill it.
public final class HtmlTemplate {
    private static final Mustache.Compiler COMPILER =
            Mustache.compiler().strictSections(true).emptyStringIsFalse(true).withEscaper(TableFormat::escape);

    private final Template template;

    private HtmlTemplate(Template template) {
        this.template = template;
    }

    /// @param owner the class beside which the template lies
    /// @param name of the file
    public static HtmlTemplate beside(Class<?> owner, String name) {
        return new HtmlTemplate(COMPILER.compile(text(owner, name)));
    }

    /// The template with its words.
    ///
    /// @param content whose methods without parameters are named in the template
    public String fill(Object content) {
        return template.execute(content);
    }

    /// A file that lies beside a class, such as a style sheet.
    public static String text(Class<?> owner, String name) {
        try (InputStream in = owner.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("our own file " + name, e);
        }
    }
}
