//! Findings and mistakes drawn at their place.

use codespan_reporting::diagnostic::{Diagnostic, Label};
use codespan_reporting::files::SimpleFile;
use codespan_reporting::term;
use codespan_reporting::term::termcolor::{Ansi, NoColor};

use super::escape::clean;
use crate::mistake::Mistake;

/// A mistake in mldebt's own input, at its place.
pub fn draw_mistake(mistake: &Mistake, color: bool) -> String {
    let mut diagnostic = Diagnostic::error().with_message(clean(&mistake.message));
    if mistake.text.is_empty() {
        diagnostic = diagnostic.with_notes(vec![format!("in {}", clean(&mistake.file))]);
    } else {
        let end = mistake.span.end.min(mistake.text.len());
        diagnostic = diagnostic.with_labels(vec![Label::primary((), mistake.span.start.min(end)..end)]);
    }
    if let Some(help) = &mistake.help {
        diagnostic.notes.push(format!("help: {}", clean(help)));
    }
    // Each stays as long as it is, so that the place does not move.
    let tame = |c: char| if c.is_control() && c.is_ascii() && c != '\n' && c != '\t' { '?' } else { c };
    let text: String = mistake.text.chars().map(tame).collect();
    draw(&SimpleFile::new(clean(&mistake.file), text), &diagnostic, color)
}

/// Draws a diagnostic.
pub fn draw<'f, F: codespan_reporting::files::Files<'f>>(
    files: &'f F,
    diagnostic: &Diagnostic<F::FileId>,
    color: bool,
) -> String {
    let config = term::Config::default();
    let mut bytes = Vec::new();
    // Writing to memory fails only where a place lies outside of its text: then the message alone is shown.
    let drawn = if color {
        term::emit_to_write_style(&mut Ansi::new(&mut bytes), &config, files, diagnostic)
    } else {
        term::emit_to_write_style(&mut NoColor::new(&mut bytes), &config, files, diagnostic)
    };
    match drawn {
        Ok(()) => super::escape::log(&String::from_utf8_lossy(&bytes)),
        Err(_) => format!("{}\n", diagnostic.message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_drawn_at_its_place() {
        let mistake =
            Mistake::new("mldebt.toml", "é = 1\nselekt = 2\n", 7..13, "unknown field").help("did you mean `select`?");
        let drawn = draw_mistake(&mistake, false);
        assert!(
            drawn.contains("mldebt.toml:2:1") && drawn.contains("^^^^^^") && drawn.contains("did you mean"),
            "{drawn}"
        );
    }
}
