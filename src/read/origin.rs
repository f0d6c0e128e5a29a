//! Where the code of a notebook stands in the `.ipynb` file itself.

use jsonc_parser::ast::{Array, Object, Value};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::notebook::mended;
use crate::source::Lines;

/// The strings of JSON that a notebook's cells are written in.
#[derive(Debug)]
pub struct Origin {
    lines: Lines,
    /// For each cell, the first byte of each of its strings.
    cells: Vec<Vec<usize>>,
}

impl Origin {
    /// Finds the cells of a notebook.
    pub fn new(text: &str) -> Option<Self> {
        let text = mended(text);
        let parsed = parse_to_ast(&text, &CollectOptions::default(), &ParseOptions::default()).ok()?;
        let Some(Value::Object(root)) = parsed.value else { return None };
        let sheets = list(&root, "worksheets").into_iter().flat_map(|sheets| &sheets.elements).filter_map(object);
        let all = std::iter::once(&root).chain(sheets).filter_map(|sheet| list(sheet, "cells"));
        let cells = all.flat_map(|cells| &cells.elements).map(|cell| object(cell).map(strings).unwrap_or_default());
        let cells = cells.collect();
        Some(Self { cells, lines: Lines::new(text.as_ref().into(), Vec::new()) })
    }

    /// The lines of the file.
    pub fn lines(&self) -> &Lines {
        &self.lines
    }

    /// The byte of the file at which a character of a cell stands; number, line and column count from 1.
    pub fn byte(&self, cell: u32, line: u32, column: u32) -> Option<usize> {
        let text = self.lines.text();
        let (mut at, mut last) = ((1, 1), None);
        for start in self.cells.get((cell as usize).checked_sub(1)?)? {
            let mut rest = *start;
            while let Some((length, is_break)) = text.get(rest..).and_then(character) {
                if at >= (line, column) {
                    return Some(rest);
                }
                at = if is_break { (at.0 + 1, 1) } else { (at.0, at.1 + 1) };
                rest += length;
            }
            last = Some(rest);
        }
        last
    }
}

/// The next character of a JSON string: how many bytes it is written in, and whether it is a line break. None at its end.
fn character(rest: &str) -> Option<(usize, bool)> {
    let first = rest.chars().next().filter(|c| *c != '"')?;
    if first != '\\' {
        return Some((first.len_utf8(), false));
    }
    let escape = rest.chars().nth(1)?;
    if escape != 'u' {
        return Some((1 + escape.len_utf8(), escape == 'n'));
    }
    let code = |at: usize| u16::from_str_radix(rest.get(at..at + 4)?, 16).ok();
    // Two surrogates are one character.
    let pair = code(2).is_some_and(|c| (0xd800..0xdc00).contains(&c)) && rest.get(6..8) == Some("\\u");
    Some((if pair { 12 } else { 6 }.min(rest.len()), code(2) == Some(10)))
}

fn object<'v, 'a>(value: &'v Value<'a>) -> Option<&'v Object<'a>> {
    if let Value::Object(object) = value { Some(object) } else { None }
}

fn list<'v, 'a>(object: &'v Object<'a>, key: &str) -> Option<&'v Array<'a>> {
    if let Value::Array(array) = &object.get(key)?.value { Some(array) } else { None }
}

/// Where a cell's strings begin, behind their quotes.
fn strings(cell: &Object<'_>) -> Vec<usize> {
    let start = |value: &Value<'_>| if let Value::StringLit(text) = value { Some(text.range.start + 1) } else { None };
    match cell.get("source").or_else(|| cell.get("input")).map(|property| &property.value) {
        Some(Value::Array(lines)) => lines.elements.iter().filter_map(start).collect(),
        Some(text) => start(text).into_iter().collect(),
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Origin;

    #[test]
    fn a_place_in_a_cell_is_one_in_the_file() {
        let text = "{\"cells\": [\n {\"source\": \"# T\"},\n {\"source\": [\n  \"a = 'é\\t\\ud83d\\ude00'\\n\",\n  \"b = NaN\"\n ], \"outputs\": [{\"v\": NaN}]}\n]}";
        let origin = Origin::new(text).unwrap();
        let rest = |cell, line, column| origin.byte(cell, line, column).map(|at| &origin.lines().text()[at..at + 2]);
        assert_eq!(rest(2, 1, 1), Some("a "));
        assert_eq!(rest(2, 1, 9), Some("'\\"));
        assert_eq!(rest(2, 1, 10), Some("\\n"));
        assert_eq!(rest(2, 2, 3), Some("= "));
        assert_eq!(rest(1, 1, 3), Some("T\""));
        assert_eq!(origin.lines().line_index(origin.byte(2, 2, 3).unwrap() as u32), 4);
        assert_eq!(origin.byte(9, 1, 1), None);
    }
}
