//! CODEOWNERS files: who owns which paths, a line each.

use crate::fact::{Declaration, Facts, Ownership, Text, Word};
use crate::source::Span;

/// Reads the lines that name owners; sections and negations belong to other dialects.
pub fn read(text: &str) -> Facts {
    let mut facts = Facts { lines: u32::try_from(text.lines().count()).unwrap_or(u32::MAX), ..Facts::default() };
    let mut start = 0;
    for whole in text.split_inclusive('\n') {
        let line = whole.split_once(" #").map_or(whole, |(line, _)| line);
        let mut words = line.split_whitespace();
        let pattern = words.next().filter(|word| !word.starts_with(['#', '[', '!', '^']));
        if let Some(pattern) = pattern {
            let from = start + line.find(pattern).unwrap_or_default();
            facts.declarations.push(Declaration::Owner(Ownership {
                pattern: Word { text: Text::from(pattern), span: Span::new(from, from + pattern.len()) },
                owners: words.map(Text::from).collect(),
            }));
        }
        start += whole.len();
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_a_pattern_and_its_owners() {
        let facts = read("# all\n* @team\n/data/ @data @ops # both\n/data/free/\n!x @y\n[ @z\n");
        let lines: Vec<(&str, usize)> = facts
            .declarations
            .iter()
            .filter_map(|d| match d {
                Declaration::Owner(line) => Some((line.pattern.text.as_str(), line.owners.len())),
                _ => None,
            })
            .collect();
        assert_eq!(lines, [("*", 1), ("/data/", 2), ("/data/free/", 0)]);
    }
}
