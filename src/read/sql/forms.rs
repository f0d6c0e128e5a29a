//! Statements in forms that the parser does not know, brought into those that it knows, every byte in its place: exports,
//! loads and unloads, tables and tasks made of a query behind a dialect's own clauses.

use std::ops::Range;

use super::split::{is_word, skip};
use crate::fact::Access;

/// A statement as the parser knows it, and what the part that was taken out of it says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// The text, as long as it was.
    pub text: String,
    /// The files beside it.
    pub files: Vec<(Access, String)>,
    /// The tables beside it.
    pub tables: Vec<(Access, String)>,
}

/// The form of a statement that is told by its first word.
pub fn early(text: &str) -> Option<Form> {
    let words = words(text);
    match words.first()?.lower.as_str() {
        "export" => export(text, &words),
        "unload" => unload(text, &words),
        "load" => load(text, &words),
        "cache" => Some(Form { text: from(text, behind_as(text, &words)?), ..Form::default() }),
        _ => None,
    }
}

/// The form of a statement that the parser did not understand.
pub fn late(text: &str) -> Option<Form> {
    let words = words(text);
    match words.first()?.lower.as_str() {
        "copy" => return copy(text, &words),
        "create" => {}
        _ => return None,
    }
    let kind = words.iter().take(6).position(|w| matches!(w.lower.as_str(), "table" | "view"));
    let Some(kind) = kind else {
        // A task, a rule or a pipe: what it does is a statement of its own.
        let start = behind_as(text, &words)?;
        return Some(Form { text: from(text, start), ..Form::default() });
    };
    let name = name(text, &words, kind + 1)?;
    let place = words.iter().find(|w| w.lower == "location").and_then(|w| quoted(text, w.span.end));
    let mut form = Form::default();
    form.text = match behind_as(text, &words) {
        Some(start) => {
            // The dialect's clauses stand between the name and the query.
            let mut kept = blanked(text, name.end..start);
            let at = name.end;
            if start >= at + 4 {
                kept.replace_range(at..at + 4, " as ");
            }
            form.files.extend(place.map(|path| (Access::Write, path)));
            kept
        }
        None => {
            let path = place?;
            form.tables.push((Access::Write, unquoted(text.get(name)?)));
            form.files.push((Access::Read, path));
            blanked(text, 0..text.len())
        }
    };
    Some(form)
}

/// `COPY (SELECT ..) TO 'file' (..)`, `COPY t FROM 'file' (..)` with options of any engine.
fn copy(text: &str, words: &[Word]) -> Option<Form> {
    let way = words.iter().find(|w| matches!(w.lower.as_str(), "to" | "from"))?;
    let out = way.lower == "to";
    let path = quoted(text, way.span.end);
    let access = if out { Access::Write } else { Access::Read };
    let files = path.into_iter().map(|path| (access, path)).collect();
    let behind = words.first()?.span.end;
    let rest = text.get(behind..way.span.start)?;
    if rest.trim_start().starts_with('(') {
        let open = behind + rest.find('(')?;
        let close = closing(text.as_bytes(), open);
        let mut query = blanked(text, 0..open + 1);
        query = blanked(&query, close.saturating_sub(1)..text.len());
        return Some(Form { text: query, files, tables: Vec::new() });
    }
    let table = unquoted(text.get(name(text, words, 1)?)?);
    let access = if out { Access::Read } else { Access::Append };
    Some(Form { text: blanked(text, 0..text.len()), files, tables: vec![(access, table)] })
}

/// `EXPORT DATA OPTIONS (uri = '...') AS SELECT ..`
fn export(text: &str, words: &[Word]) -> Option<Form> {
    let start = behind_as(text, words)?;
    let files = named(text.get(..start)?, "uri").into_iter().map(|path| (Access::Write, path)).collect();
    Some(Form { text: from(text, start), files, tables: Vec::new() })
}

/// `UNLOAD ('SELECT ..') TO '...'`, `UNLOAD (SELECT ..) TO '...'`
fn unload(text: &str, words: &[Word]) -> Option<Form> {
    let open = text.find('(')?;
    let end = closing(text.as_bytes(), open);
    let mut inner = open + 1..end.saturating_sub(1);
    let trimmed = text.get(inner.clone())?;
    let lead = trimmed.len() - trimmed.trim_start().len();
    let body = trimmed.trim();
    if body.starts_with('\'') || body.starts_with("$$") {
        let quote = if body.starts_with('$') { 2 } else { 1 };
        inner = inner.start + lead + quote..inner.start + lead + body.len().saturating_sub(quote);
    }
    // Quotes in the quoted text stand twice.
    let query = text.get(inner.clone())?.replace("''", " '");
    let mut whole = blanked(text, 0..text.len());
    whole.replace_range(inner, &query);
    let to = words.iter().find(|w| w.lower == "to" && w.span.start >= end)?;
    let files = quoted(text, to.span.end).into_iter().map(|path| (Access::Write, path)).collect();
    Some(Form { text: whole, files, tables: Vec::new() })
}

/// `LOAD DATA INTO t FROM FILES (uris = ['..'])`; another engine's `LOAD DATA INPATH` the parser knows.
fn load(text: &str, words: &[Word]) -> Option<Form> {
    let files = words.iter().position(|w| w.lower == "files")?;
    let into = words.iter().position(|w| matches!(w.lower.as_str(), "into" | "overwrite")).filter(|at| *at < files)?;
    let next = words.get(into + 1)?;
    let start = if next.lower == "table" { into + 2 } else { into + 1 };
    let access = if words[into].lower == "into" { Access::Append } else { Access::Write };
    let table = unquoted(text.get(name(text, words, start)?)?);
    let files = named(text, "uris").into_iter().map(|path| (Access::Read, path)).collect();
    Some(Form { text: blanked(text, 0..text.len()), files, tables: vec![(access, table)] })
}

/// A word outside of quotes and parentheses.
struct Word {
    lower: String,
    span: Range<usize>,
}

fn words(text: &str) -> Vec<Word> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if let Some((end, _)) = skip(bytes, at) {
            at = end;
        } else if bytes[at] == b'(' {
            at = closing(bytes, at);
        } else if is_word(bytes[at]) {
            let end = at + bytes[at..].iter().take_while(|b| is_word(**b)).count();
            found.push(Word { lower: text[at..end].to_ascii_lowercase(), span: at..end });
            at = end;
        } else {
            at += 1;
        }
    }
    found
}

/// Behind the parenthesis that closes the one at `open`.
fn closing(bytes: &[u8], open: usize) -> usize {
    let (mut at, mut depth) = (open, 0_usize);
    while at < bytes.len() {
        if let Some((end, _)) = skip(bytes, at) {
            at = end;
            continue;
        }
        match bytes[at] {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return at;
        }
    }
    bytes.len()
}

/// Where the statement begins behind the first `AS` that has one.
fn behind_as(text: &str, words: &[Word]) -> Option<usize> {
    let statement = |word: &str| matches!(word, "select" | "with" | "insert" | "merge" | "update" | "delete" | "copy");
    words.iter().zip(words.iter().skip(1).map(Some).chain([None])).find_map(|(word, next)| {
        if word.lower != "as" {
            return None;
        }
        let rest = text.get(word.span.end..)?;
        let start = word.span.end + (rest.len() - rest.trim_start().len());
        let own = next.is_some_and(|next| next.span.start == start && statement(&next.lower));
        (own || text.get(start..)?.starts_with('(')).then_some(start)
    })
}

/// The name that begins with the word of that number, with all that a dot joins to it.
fn name(text: &str, words: &[Word], from: usize) -> Option<Range<usize>> {
    let rest = words.get(from..)?;
    let skipped = rest.iter().take_while(|w| matches!(w.lower.as_str(), "if" | "not" | "exists")).count();
    let before = if from + skipped > 0 { words.get(from + skipped - 1)?.span.end } else { 0 };
    let start = before + (text.get(before..)?.len() - text.get(before..)?.trim_start().len());
    let bytes = text.as_bytes();
    let mut at = start;
    while at < bytes.len() {
        match bytes[at] {
            b'"' | b'`' => at = skip(bytes, at).map_or(at + 1, |(end, _)| end),
            b'[' => at += text[at..].find(']').map_or(1, |end| end + 1),
            b'.' | b'-' => at += 1,
            b if is_word(b) => at += 1,
            _ => break,
        }
    }
    (at > start).then_some(start..at)
}

fn unquoted(name: &str) -> String {
    name.replace(['"', '`', '[', ']'], "").to_lowercase()
}

/// The quoted text that comes next.
fn quoted(text: &str, at: usize) -> Option<String> {
    let rest = text.get(at..)?.trim_start().trim_start_matches('=').trim_start();
    let inner = rest.strip_prefix('\'').or_else(|| rest.strip_prefix('"'))?;
    let end = inner.find(['\'', '"'])?;
    inner.get(..end).map(str::to_owned)
}

/// The texts that stand behind a name: `uri = 'x'`, `uris = ['x', 'y']`.
fn named(text: &str, name: &str) -> Vec<String> {
    let lower = text.to_ascii_lowercase();
    let bytes = lower.as_bytes();
    let whole =
        |at: &usize| (*at == 0 || !is_word(bytes[at - 1])) && bytes.get(at + name.len()).is_none_or(|b| !is_word(*b));
    let Some(at) = lower.match_indices(name).map(|(at, _)| at).find(whole) else { return Vec::new() };
    let rest = text.get(at + name.len()..).unwrap_or_default().trim_start().trim_start_matches('=').trim_start();
    match rest.strip_prefix('[') {
        Some(list) => {
            let list = list.split(']').next().unwrap_or_default();
            list.split(',').filter_map(|item| quoted(item, 0)).collect()
        }
        None => quoted(rest, 0).into_iter().collect(),
    }
}

/// All from there on.
fn from(text: &str, start: usize) -> String {
    blanked(text, 0..start)
}

fn blanked(text: &str, span: Range<usize>) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for byte in bytes.get_mut(span).into_iter().flatten() {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_exported_is_a_query_and_a_file() {
        let form =
            early("EXPORT DATA OPTIONS (uri = 'gs://a/*.csv', format='CSV') AS SELECT * FROM t;").unwrap_or_default();
        assert_eq!(form.text.trim(), "SELECT * FROM t;");
        assert_eq!(form.files, [(Access::Write, "gs://a/*.csv".to_owned())]);
        let form = early("unload ('select a from t where b = ''x''') to 's3://c/' iam_role 'r'").unwrap_or_default();
        assert_eq!(form.text.trim(), "select a from t where b =  'x '");
        assert_eq!(form.files, [(Access::Write, "s3://c/".to_owned())]);
    }

    #[test]
    fn a_table_with_clauses_of_its_dialect_is_one_of_a_query() {
        let form = late("CREATE TABLE IF NOT EXISTS a.b USING x OPTIONS (y) LOCATION 's3://z' AS SELECT 1")
            .unwrap_or_default();
        assert_eq!(
            form.text.split_whitespace().collect::<Vec<_>>().join(" "),
            "CREATE TABLE IF NOT EXISTS a.b as SELECT 1"
        );
        let form = late("CREATE EXTERNAL TABLE a.b (c int) STORED AS ORC LOCATION 's3://z/'").unwrap_or_default();
        assert_eq!((form.tables, form.files.len()), (vec![(Access::Write, "a.b".to_owned())], 1));
    }
}
