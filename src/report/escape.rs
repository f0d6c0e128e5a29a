//! What others wrote, made harmless for each place it is shown in: terminal, log, Markdown, markup, address.

use std::fmt::Write;

/// Direction marks, zero-width characters and separators that a reader does not see.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Text on one line, without control characters, direction marks and zero-width characters: these are written out.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push(' '),
            '\t' => out.push(c),
            c if c.is_control() || is_hidden(c) => written_out(c, &mut out),
            c => out.push(c),
        }
    }
    out
}

fn written_out(c: char, out: &mut String) {
    let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
}

/// A whole text for terminal and log: what is hidden is written out, and no line of it is a command to the runner.
///
/// Runners of CI obey lines that begin with `::word` and, anywhere in a line, `##[word]` and `##vso[word]`.
pub fn log(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start();
        if bare.starts_with("::") {
            out.push_str(&line[..line.len() - bare.len()]);
            out.push('\\');
        }
        let line = if bare.starts_with("::") { bare } else { line };
        for c in line.replace("##[", "#\\#[").replace("##vso[", "#\\#vso[").chars() {
            if is_hidden(c) || (c.is_control() && !c.is_ascii()) { written_out(c, &mut out) } else { out.push(c) }
        }
    }
    out
}

/// The last look at whatever is written out, in any form: what controls a terminal or is not seen is written as JSON would
/// write it, but for the colours of our own; so is what a runner would take for a command.
pub fn harmless(text: &str) -> String {
    let is_odd = |c: char| (c.is_control() && c != '\n' && c != '\t') || is_hidden(c);
    if !text.contains(is_odd) && !text.contains("##[") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '\u{1b}' => colour(rest).unwrap_or(0),
            '#' if rest.starts_with("##[") => 0,
            c if is_odd(c) => 0,
            c => c.len_utf8(),
        };
        if length == 0 {
            let _ = if c == '#' { write!(out, "#\\u0023") } else { write!(out, "\\u{:04x}", u32::from(c)) };
            rest = &rest[if c == '#' { 2 } else { c.len_utf8() }..];
        } else {
            out.push_str(&rest[..length]);
            rest = &rest[length..];
        }
    }
    out
}

/// The length of a sequence that only sets a colour.
fn colour(text: &str) -> Option<usize> {
    let numbers = text.strip_prefix("\u{1b}[")?;
    let end = numbers.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    numbers[end..].starts_with('m').then_some(end + 3)
}

/// The text of a GitHub annotation.
pub fn annotation(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A").chars().fold(String::new(), visible)
}

/// A property of a GitHub annotation.
pub fn annotation_property(text: &str) -> String {
    annotation(text).replace(':', "%3A").replace(',', "%2C")
}

/// The text of an Azure Pipelines issue.
pub fn azure(text: &str) -> String {
    text.replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A").chars().fold(String::new(), visible)
}

/// A property of an Azure Pipelines issue.
pub fn azure_property(text: &str) -> String {
    azure(text).replace(';', "%3B").replace(']', "%5D")
}

fn visible(mut out: String, c: char) -> String {
    if c.is_control() || is_hidden(c) {
        written_out(c, &mut out)
    } else {
        out.push(c)
    }
    out
}

/// Text of an HTML or XML element or attribute; XML has no form for other control characters, so they are written out.
pub fn markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push(' '),
            '#' => out.push_str("&#35;"),
            '\u{fffe}' | '\u{ffff}' => written_out(c, &mut out),
            c => out = visible(out, c),
        }
    }
    out
}

/// A name as Markdown code, in a table as well.
pub fn code(text: &str) -> String {
    let text = clean(text).replace('\t', " ");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{pad}{}{pad}{fence}", text.replace('|', "\\|"))
}

/// A sentence as Markdown: what stands between backticks stays code, all else is only text.
pub fn markdown(text: &str) -> String {
    let text = clean(text);
    // With an odd count the last backtick is one of a name.
    let even = text.matches('`').count().is_multiple_of(2);
    let mut out = String::new();
    for (number, piece) in text.split('`').enumerate() {
        match number % 2 {
            1 if even && !piece.is_empty() => out.push_str(&code(piece)),
            _ => piece.chars().for_each(|c| plain(c, &mut out)),
        }
    }
    // An address is made a link even without brackets, unless it is broken.
    if out.contains("://") || out.contains("www.") {
        out = out.replace("://", "&#58;//").replace("www.", "www&#46;");
    }
    out
}

fn plain(c: char, out: &mut String) {
    match c {
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '&' => out.push_str("&amp;"),
        // Names of people and numbers of issues are looked for in what is left when the rest is understood.
        '@' | '#' => {
            out.push(c);
            out.push_str("<!-- -->");
        }
        '\\' | '*' | '_' | '[' | ']' | '~' | '|' | '!' | '$' => {
            out.push('\\');
            out.push(c);
        }
        c => out.push(c),
    }
}

/// A path as a part of a URI.
pub fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_speak_to_the_terminal() {
        assert_eq!(clean("a\x1b[31m\nb\u{202e}"), "a\\u{1b}[31m b\\u{202e}");
    }

    #[test]
    fn what_is_written_out_is_harmless() {
        assert_eq!(harmless("a\u{1b}[1;31mb\u{1b}[0m\n"), "a\u{1b}[1;31mb\u{1b}[0m\n");
        assert_eq!(harmless("\"\u{9b}31m\u{202e}\u{1b}]8;;x\u{7}\""), "\"\\u009b31m\\u202e\\u001b]8;;x\\u0007\"");
        assert_eq!(harmless("x ##[error]y"), "x #\\u0023[error]y");
        let json = harmless("\"##[x]\u{85}\"");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap_or_default(), "##[x]\u{85}");
    }

    #[test]
    fn no_line_commands_the_runner() {
        assert_eq!(
            log("a ::error::\n  ::error::x\nb ##[error]c ##vso[d]\n"),
            "a ::error::\n  \\::error::x\nb #\\#[error]c #\\#vso[d]\n"
        );
        assert_eq!(annotation_property("a,b:c%\n::error::\u{1b}"), "a%2Cb%3Ac%25%0A%3A%3Aerror%3A%3A\\u{1b}");
        assert_eq!(azure_property("a;b]c%\r"), "a%3Bb%5Dc%AZP25%0D");
    }

    #[test]
    fn markup_stays_text() {
        assert_eq!(markup("<a b='c'>&\"\u{8}"), "&lt;a b=&#39;c&#39;&gt;&amp;&quot;\\u{8}");
        assert_eq!(uri("a b/é?.py"), "a%20b/%C3%A9%3F.py");
    }

    #[test]
    fn markdown_stays_text() {
        assert_eq!(code("a`b|c"), "``a`b\\|c``");
        assert_eq!(markdown("`x.csv` of @team <b> [a](b)"), "`x.csv` of @<!-- -->team &lt;b&gt; \\[a\\](b)");
        assert_eq!(markdown("a`b"), "ab");
        assert_eq!(markdown("see https://x.org"), "see https&#58;//x.org");
    }
}
