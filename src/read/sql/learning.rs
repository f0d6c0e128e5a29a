//! Models in SQL: what a statement fits or asks, and the statement as the parser understands it.

use std::borrow::Cow;
use std::ops::Range;

use super::split::{is_word, skip};

/// Functions of a table that ask a model.
const ASKS: [&str; 9] = [
    "ml.predict",
    "ml.forecast",
    "ml.recommend",
    "ml.generate_text",
    "ml.generate_embedding",
    "ml.detect_anomalies",
    "ml.explain_predict",
    "ml.transform",
    "ai.forecast",
];
/// Clauses between a model's name and its query.
const CLAUSES: [&str; 6] = ["options", "transform", "input", "output", "remote", "settings"];

/// A model that a statement fits or asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// Its name, lower case, unquoted.
    pub name: String,
    /// It is fitted; else it is asked.
    pub fitted: bool,
    /// The place of its name, or of the function that asks it.
    pub span: Range<usize>,
}

/// The models of a statement, and the statement with a table where a model was, as long as before.
pub fn models(text: &str) -> (Vec<Model>, Cow<'_, str>) {
    let lower = text.to_ascii_lowercase();
    if !lower.contains("model") {
        return (Vec::new(), Cow::Borrowed(text));
    }
    let words = words(&lower);
    let mut made = text.as_bytes().to_vec();
    let mut found = Vec::new();
    fitted(&lower, &words, &mut made, &mut found);
    asked(&lower, &words, &mut made, &mut found);
    match String::from_utf8(made) {
        Ok(made) if !found.is_empty() => (found, Cow::Owned(made)),
        _ => (Vec::new(), Cow::Borrowed(text)),
    }
}

/// The words of a statement outside of quotes and comments; names in backquotes are words.
fn words(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let (mut at, mut found) = (0, Vec::new());
    while at < bytes.len() {
        if let Some((end, _)) = skip(bytes, at) {
            if bytes[at] == b'`' || bytes[at] == b'"' {
                found.push(at..end);
            }
            at = end.max(at + 1);
        } else if is_word(bytes[at]) {
            let length = bytes[at..].iter().take_while(|b| is_word(**b) || matches!(**b, b'.' | b'-' | b'`')).count();
            found.push(at..at + length);
            at += length;
        } else {
            at += 1;
        }
    }
    found
}

/// `CREATE [OR REPLACE] MODEL [IF NOT EXISTS] name OPTIONS (..) AS SELECT ..`
fn fitted(text: &str, words: &[Range<usize>], made: &mut [u8], found: &mut Vec<Model>) {
    let word = |index: usize| words.get(index).map_or("", |range| &text[range.clone()]);
    if word(0) != "create" {
        return;
    }
    let Some(at) = (1..5).find(|index| word(*index) == "model") else { return };
    let mut next = at + 1;
    while matches!(word(next), "if" | "not" | "exists") {
        next += 1;
    }
    let Some(name) = words.get(next) else { return };
    made[words[at].clone()].copy_from_slice(b"TABLE");
    found.push(Model { name: plain(&text[name.clone()]), fitted: true, span: name.clone() });
    let bytes = text.as_bytes();
    for index in next + 1..words.len() {
        if word(index) == "as" || word(index) == "select" {
            break;
        }
        if CLAUSES.contains(&word(index)) {
            let end = closed(bytes, words[index].end).unwrap_or(words[index].end);
            blank(made, words[index].start..end);
        } else if words[index].start > name.end && made[words[index].start] != b' ' {
            blank(made, words[index].clone());
        }
    }
    if let Some(from) = (next..words.len()).find(|index| word(*index) == "from")
        && !(next..words.len()).any(|index| word(index) == "select")
    {
        // Redshift: `CREATE MODEL name FROM table TARGET column ..`
        let table = words.get(from + 1).map_or(words[from].end, |range| range.end);
        let query = b"AS SELECT * FROM ";
        let room = words[from].end - name.end;
        if room > query.len() {
            blank(made, name.end..words[from].end);
            let start = words[from].end - query.len() + 1;
            made[start..start + query.len()].copy_from_slice(query);
            blank(made, table..text.len());
        }
    }
}

/// `FROM ML.PREDICT(MODEL name, (SELECT ..))`
fn asked(text: &str, words: &[Range<usize>], made: &mut [u8], found: &mut Vec<Model>) {
    let bytes = text.as_bytes();
    for (index, range) in words.iter().enumerate() {
        let Some(model) = words.get(index + 1).filter(|model| &text[(*model).clone()] == "model") else { continue };
        let Some(name) = words.get(index + 2) else { continue };
        if !ASKS.contains(&&text[range.clone()]) {
            continue;
        }
        let Some(end) = closed(bytes, range.end) else { continue };
        found.push(Model { name: plain(&text[name.clone()]), fitted: false, span: range.clone() });
        blank(made, range.clone());
        let rows = bytes[name.end..end].iter().position(|b| *b == b',').map(|comma| name.end + comma + 1);
        // What follows the rows says how to ask.
        let rest = rows.and_then(|start| comma(bytes, start, end - 1));
        match rows {
            Some(start) if !text[start..end].trim_start().starts_with("struct") => {
                blank(made, model.start..start);
                if let Some(rest) = rest {
                    blank(made, rest..end - 1);
                }
                for table in words.iter().filter(|w| w.start >= start && w.end < end && &text[(*w).clone()] == "table")
                {
                    if text[start..table.start].trim().is_empty() {
                        blank(made, table.clone());
                    }
                }
            }
            _ => {
                blank(made, model.start..end - 1);
                let nothing = b"SELECT 1";
                if end - 1 - model.start > nothing.len() {
                    made[model.start..model.start + nothing.len()].copy_from_slice(nothing);
                }
            }
        }
    }
}

/// The end of the parentheses that open at or behind a place.
fn closed(bytes: &[u8], from: usize) -> Option<usize> {
    let open = bytes[from..].iter().position(|b| !b.is_ascii_whitespace()).map(|n| from + n)?;
    if bytes[open] != b'(' {
        return None;
    }
    let (mut at, mut depth) = (open, 0_usize);
    while at < bytes.len() {
        if let Some((end, _)) = skip(bytes, at) {
            at = end.max(at + 1);
            continue;
        }
        match bytes[at] {
            b'(' => depth += 1,
            b')' if depth == 1 => return Some(at + 1),
            b')' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    None
}

/// The first comma that stands in no parentheses.
fn comma(bytes: &[u8], from: usize, end: usize) -> Option<usize> {
    let (mut at, mut depth) = (from, 0_usize);
    while at < end {
        if let Some((end, _)) = skip(bytes, at) {
            at = end.max(at + 1);
            continue;
        }
        match bytes[at] {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

fn blank(made: &mut [u8], range: Range<usize>) {
    made[range].iter_mut().filter(|b| !matches!(**b, b'\n' | b'\r')).for_each(|b| *b = b' ');
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '`' | '"')).collect()
}

#[cfg(test)]
mod tests {
    use super::models;

    #[test]
    fn a_model_is_made_like_a_table() {
        let text = "CREATE OR REPLACE MODEL `shop.ltv` OPTIONS (model_type = 'x(') AS SELECT a FROM t";
        let (found, made) = models(text);
        assert_eq!((found[0].name.as_str(), found[0].fitted), ("shop.ltv", true));
        assert_eq!(
            made.split_whitespace().collect::<Vec<_>>().join(" "),
            "CREATE OR REPLACE TABLE `shop.ltv` AS SELECT a FROM t"
        );
        assert_eq!(made.len(), text.len());
    }

    #[test]
    fn the_rows_of_a_question_are_its_table() {
        let (found, made) = models("SELECT p FROM ML.PREDICT(MODEL d.m, (SELECT a FROM t), STRUCT(0.5 AS threshold))");
        assert_eq!((found[0].name.as_str(), found[0].fitted), ("d.m", false));
        assert_eq!(made.split_whitespace().collect::<Vec<_>>().join(" "), "SELECT p FROM ( (SELECT a FROM t) )");
        let (_, made) = models("select * from ml.predict(model `m`, table d.rows)");
        assert_eq!(made.split_whitespace().collect::<Vec<_>>().join(" "), "select * from ( d.rows)");
    }
}
