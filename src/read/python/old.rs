//! Python 2: its print statements, written as assignments of the same length so that every place stays where it is.

use std::sync::LazyLock;

use regex::Regex;

/// The name of the literal that tells of a module of Python 2.
pub const OLD: &str = "python2";

/// A print statement, up to what it prints.
static PRINT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?m)(^[ \t]*|[:;][ \t]*)print[ \t](?:[ \t]*)["'\w\-\[{%~]"#).ok());

/// The text with all print statements as assignments to `_`; none if there are none.
pub fn without_print(text: &str) -> Option<String> {
    let pattern = PRINT.as_ref()?;
    let mut bytes = text.as_bytes().to_vec();
    let mut changed = false;
    for found in pattern.find_iter(text) {
        let Some(at) = found.as_str().find("print").map(|offset| found.start() + offset) else { continue };
        if let Some(place) = bytes.get_mut(at..at + 6) {
            place.copy_from_slice(b"_    =");
            changed = true;
        }
    }
    changed.then(|| String::from_utf8(bytes).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_become_assignments_in_place() {
        let old = "if x: print 'a', b\nprint score\nprint (y)\nprint(z)\nprinter = 1\n";
        let new = "if x: _    ='a', b\n_    =score\nprint (y)\nprint(z)\nprinter = 1\n";
        assert_eq!(without_print(old).as_deref(), Some(new));
        assert_eq!(without_print("print(1)\n"), None);
    }
}
