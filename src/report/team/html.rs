//! The team's report as one HTML file that loads nothing and runs nothing, as its policy says to the browser.

use std::fmt::Write;

use super::{Bar, Block};
use crate::report::escape::markup;

/// The one style; the policy below allows it alone, by its hash.
const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1c2430}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #d8dee6}\
th{font-weight:600}code{font:13px ui-monospace,monospace;background:#f2f4f7;padding:0 .2rem;overflow-wrap:anywhere}\
h2{margin-top:2.2rem;font-size:1.2rem}.n{text-align:right;white-space:nowrap}.high{fill:#b3261e}.medium{fill:#d98a00}.low{fill:#7a8aa0}\
.wide{overflow-x:auto}.wide code{overflow-wrap:break-word}.drawing{overflow:auto;max-height:80vh;border:1px solid #d8dee6}\
.drawing text{font:11px ui-monospace,monospace;fill:#1c2430}.drawing rect{fill:#f2f4f7;stroke:#7a8aa0}\
.model rect{fill:#dbe7ff;stroke:#2f5fb3}.training rect{fill:#e2f3e3;stroke:#3c7d40}.prediction rect{fill:#fff0d2;stroke:#b57b00}\
.line,.loop{fill:none;stroke:#7a8aa0}.loop{stroke:#b3261e;stroke-width:2}.tip{fill:#7a8aa0}\
@media(max-width:40rem){body{margin:1rem auto}.wide code{overflow-wrap:anywhere}th{overflow-wrap:anywhere}thead th{overflow-wrap:normal}th svg,td svg{display:none}.rows thead{display:none}.rows,.rows tbody,.rows tr{display:block}\
.rows tr{border-bottom:1px solid #d8dee6;padding:.4rem 0}.rows td{display:block;border:0;padding:.1rem 0}.rows td:empty{display:none}\
.rows td::before{content:attr(data-of) ': ';font-weight:600}}\
@media(prefers-color-scheme:dark){body{background:#14181f;color:#dfe5ee}code{background:#232a35}th,td,.drawing,.rows tr{border-color:#333c4a}}";

/// SHA-256 of the style, in base64.
const STYLE_HASH: &str = "88FQxCdwh2kYIg7b/NSPomJHqN8YTbtfpr4XgQ9PiBs=";

/// The longest bar.
const WIDTH: usize = 320;

pub fn render(blocks: &[Block]) -> String {
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Technical debt</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>Technical debt</h1>\n"
    );
    for block in blocks {
        match block {
            Block::Heading(text) => {
                let _ = writeln!(out, "<h2>{}</h2>", markup(text));
            }
            Block::Text(text) => {
                let _ = writeln!(out, "<p>{}</p>", sentence(text));
            }
            Block::List(lines) => {
                let items: String = lines.iter().map(|line| format!("<li>{}</li>\n", sentence(line))).collect();
                let _ = writeln!(out, "<ul>\n{items}</ul>");
            }
            Block::Bars(bars) => bar_table(bars, &mut out),
            Block::Table { head, rows } => table(head, rows, &mut out),
            Block::Drawing(svg) => {
                let _ = writeln!(out, "<div class=\"drawing\" tabindex=\"0\">{svg}</div>");
            }
        }
    }
    out.push_str("</body>\n</html>\n");
    out
}

/// Text in which what stands between backticks is code.
fn sentence(text: &str) -> String {
    let even = text.matches('`').count().is_multiple_of(2);
    let mut out = String::new();
    for (number, piece) in text.split('`').enumerate() {
        match number % 2 {
            1 if even => out.push_str(&format!("<code>{}</code>", breakable(piece))),
            1 => out.push_str(&format!("`{}", markup(piece))),
            _ if !even && number > 0 => out.push_str(&format!("`{}", markup(piece))),
            _ => out.push_str(&markup(piece)),
        }
    }
    out
}

/// A name as markup that may be broken between its parts, and only there if these fit.
fn breakable(name: &str) -> String {
    let parts: Vec<String> = name.split_inclusive(['/', '_', '.', ':', '-']).map(markup).collect();
    parts.join("<wbr>")
}

fn table(head: &[&str], rows: &[Vec<String>], out: &mut String) {
    let cells: String = head.iter().map(|cell| format!("<th scope=\"col\">{}</th>", markup(cell))).collect();
    let _ = writeln!(out, "<div class=\"wide\"><table class=\"rows\">\n<thead><tr>{cells}</tr></thead>\n<tbody>");
    for row in rows {
        // On a narrow page the cells stand below each other, each with what it is.
        let cell = |(cell, of): (&String, &&str)| format!("<td data-of=\"{}\">{}</td>", markup(of), sentence(cell));
        let cells: String = row.iter().zip(head).map(cell).collect();
        let _ = writeln!(out, "<tr>{cells}</tr>");
    }
    out.push_str("</tbody>\n</table></div>\n");
}

/// A table with a drawing of each row; the numbers stand beside it for whoever does not see it.
fn bar_table(bars: &[Bar], out: &mut String) {
    let longest = bars.iter().map(|bar| bar.counts.iter().sum::<usize>()).max().unwrap_or(1).max(1);
    out.push_str("<table>\n<thead><tr><th scope=\"col\"></th><th scope=\"col\" class=\"n\">High</th>");
    out.push_str("<th scope=\"col\" class=\"n\">Medium</th><th scope=\"col\" class=\"n\">Low</th><th></th></tr></thead>\n<tbody>\n");
    for bar in bars {
        let counts: String = bar.counts.iter().map(|n| format!("<td class=\"n\">{n}</td>")).collect();
        let name = breakable(&bar.name);
        let _ = writeln!(out, "<tr><th scope=\"row\">{name}</th>{counts}<td>{}</td></tr>", drawing(bar, longest));
    }
    out.push_str("</tbody>\n</table>\n");
}

fn drawing(bar: &Bar, longest: usize) -> String {
    let mut x = 0;
    let mut parts = String::new();
    for (n, class) in bar.counts.iter().zip(["high", "medium", "low"]) {
        let width = n * WIDTH / longest;
        let _ = write!(parts, "<rect class=\"{class}\" x=\"{x}\" y=\"2\" width=\"{width}\" height=\"12\"/>");
        x += width;
    }
    format!("<svg aria-hidden=\"true\" width=\"{WIDTH}\" height=\"16\" viewBox=\"0 0 {WIDTH} 16\">{parts}</svg>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_allows_the_style() {
        // When this changes, so does `STYLE_HASH`: printf %s "$STYLE" | openssl dgst -sha256 -binary | base64
        assert_eq!(crate::judge::fingerprint([STYLE].into_iter()), "e7829ec259b7400c");
        assert_eq!(STYLE_HASH.len(), 44);
    }

    #[test]
    fn names_stay_text() {
        assert_eq!(sentence("`a<b>` & c"), "<code>a&lt;b&gt;</code> &amp; c");
        assert_eq!(sentence("a`<b>"), "a`&lt;b&gt;");
    }
}
