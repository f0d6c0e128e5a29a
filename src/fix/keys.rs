//! Entries of settings files, deleted so that all around them stays as it is written.

use std::ops::Range;

use super::{Edit, Made, Refusal, Texts, layout};
use crate::fact::{Scalar, Setting};
use crate::finding::Finding;
use crate::read::settings;
use crate::source::{At, FileId, Kind, Span};

/// What begins a comment in files of a kind.
fn markers(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Json => &["//", "/*"],
        Kind::Ini => &["#", ";"],
        _ => &["#"],
    }
}

/// The entries of a settings file.
pub fn entries(kind: Kind, text: &str) -> Result<Vec<Setting>, Refusal> {
    let facts = match kind {
        Kind::Yaml | Kind::Dvc => settings::yaml(text),
        Kind::Toml => settings::toml(text),
        Kind::Json => settings::json(text),
        Kind::Ini if text.trim_start().starts_with('{') => settings::json(text),
        Kind::Ini => settings::ini(text),
        Kind::Env => settings::env(text),
        _ => return Err("files of its kind are not edited".to_owned()),
    };
    match facts.problems.first() {
        Some(problem) => Err(format!("its file is not understood whole: {}", problem.reason)),
        None => Ok(facts.settings),
    }
}

/// Deletes the entry whose key stands at a place.
pub fn delete(texts: &Texts<'_>, at: At) -> Result<Made, Refusal> {
    let (text, kind) = (texts.text(at.file)?, texts.source(at.file)?.kind);
    let all = texts.entries(at.file)?;
    let risk = all.iter().find(|setting| setting.span == at.span).and_then(|entry| match (kind, entry.value) {
        (Kind::Json, _) => Some("a program may write its file, and writes it anew"),
        (_, Scalar::Map(size)) if size > 0 => Some("all settings below it go with it"),
        _ => None,
    });
    let mut made = Made { risk, ..Made::default() };
    let edits = remove(&text, kind, &all, at.span)?;
    for (range, put) in edits {
        made.loses_comment |= layout::has_comment(&text, range.clone(), markers(kind));
        made.edits.push(Edit { file: at.file, span: Span::new(range.start, range.end), text: put });
    }
    Ok(made)
}

/// Deletes the entry that is lost because its map has the key once more further down.
pub fn delete_earlier(texts: &Texts<'_>, finding: &Finding) -> Result<Made, Refusal> {
    let file: FileId = finding.at.file;
    let all = texts.entries(file)?;
    let later = all.iter().find(|setting| setting.span == finding.at.span).ok_or("the key is no longer there")?;
    let earlier = later.repeats.ok_or("the key is not repeated in one map")?;
    delete(texts, At { file, span: earlier })
}

/// The parts of a text that are replaced when an entry is deleted.
pub fn remove(text: &str, kind: Kind, all: &[Setting], at: Span) -> Result<Vec<(Range<usize>, String)>, Refusal> {
    let mut hits = all.iter().filter(|setting| setting.span == at);
    let entry = hits.next().ok_or("the key is no longer there")?;
    if hits.next().is_some() {
        return Err("it stands in a part of the file that is used in several places".to_owned());
    }
    if entry.shared && layout::part(text, at.end as usize..line_of(entry)).contains('&') {
        return Err("its value has a name by which it is used elsewhere".to_owned());
    }
    let family = Family::new(text, kind, all, entry);
    if family.is_flow {
        return family.out_of_flow();
    }
    match kind {
        Kind::Yaml | Kind::Dvc => family.out_of_block(),
        Kind::Toml => family.out_of_toml(),
        _ => family.out_of_lines(),
    }
}

/// Where an entry's value ends.
fn line_of(entry: &Setting) -> usize {
    entry.value_span.end.max(entry.span.end) as usize
}

/// An entry among its neighbours.
struct Family<'t> {
    text: &'t str,
    all: &'t [Setting],
    entry: &'t Setting,
    /// What holds it; nothing at the top of a file.
    parent: Option<&'t Setting>,
    before: Option<&'t Setting>,
    after: Option<&'t Setting>,
    /// It stands in braces or brackets.
    is_flow: bool,
}

impl<'t> Family<'t> {
    fn new(text: &'t str, kind: Kind, all: &'t [Setting], entry: &'t Setting) -> Self {
        let (depth, start) = (entry.keys.len(), entry.span.start);
        let above = &entry.keys[..depth - 1];
        let holds = |s: &&Setting| {
            s.keys == above && s.span != entry.span && s.value_span.start <= start && entry.span.end <= s.value_span.end
        };
        let parent = all.iter().filter(holds).max_by_key(|setting| setting.value_span.start);
        let is_table = matches!(kind, Kind::Toml | Kind::Ini);
        let named = parent.or_else(|| all.iter().filter(|s| is_table && s.keys == above).max_by_key(|s| s.span.start));
        let inside = |s: &&Setting| {
            s.keys.len() == depth
                && s.keys.starts_with(above)
                && parent.is_none_or(|p| p.value_span.start <= s.span.start && s.span.end <= p.value_span.end)
        };
        let siblings = || all.iter().filter(inside);
        let opens = |at: usize| layout::part(text, at..text.len()).starts_with(['{', '[']);
        let first = text.len() - text.trim_start().len();
        let is_flow = match (kind, parent) {
            (Kind::Json, _) => true,
            (Kind::Ini, _) => opens(first) && layout::part(text, first..text.len()).starts_with('{'),
            (Kind::Toml, Some(parent)) => opens(parent.value_span.start as usize) && start > parent.span.end,
            (Kind::Yaml | Kind::Dvc, Some(parent)) => opens(parent.value_span.start as usize),
            (Kind::Yaml | Kind::Dvc, None) => opens(first) && first <= start as usize,
            _ => false,
        };
        Self {
            text,
            all,
            entry,
            parent: parent.or(named),
            before: siblings().filter(|s| s.span.start < start).max_by_key(|s| s.span.start),
            after: siblings().filter(|s| s.span.start > start).min_by_key(|s| s.span.start),
            is_flow,
        }
    }

    fn start(&self) -> usize {
        self.entry.span.start as usize
    }

    /// Where the last of all that stands below the entry ends.
    fn end(&self) -> usize {
        let below = |s: &&Setting| {
            s.span.start >= self.entry.span.start
                && s.keys.len() > self.entry.keys.len()
                && s.keys.starts_with(&self.entry.keys)
                && !matches!(s.value, Scalar::Map(_) | Scalar::List(_))
        };
        let deep = self.all.iter().filter(below).map(line_of).max().unwrap_or(0);
        let own = match self.entry.value {
            Scalar::Map(_) | Scalar::List(_) if !self.opens() => self.entry.span.end as usize,
            _ => line_of(self.entry),
        };
        let end = deep.max(own);
        // The value of a text that spans lines ends behind its last line break.
        let blank = layout::part(self.text, 0..end);
        end - (blank.len() - blank.trim_end().len())
    }

    /// Is its value written in braces or brackets?
    fn opens(&self) -> bool {
        layout::part(self.text, self.entry.value_span.start as usize..self.text.len()).starts_with(['{', '['])
    }

    /// Out of braces: with the comma, and the blanks up to what follows.
    fn out_of_flow(&self) -> Result<Vec<(Range<usize>, String)>, Refusal> {
        let end = line_of(self.entry);
        let range = match (self.before, self.after) {
            (_, Some(next)) => self.start()..next.span.start as usize,
            (Some(last), None) => line_of(last)..end,
            (None, None) => {
                let rest = layout::part(self.text, end..self.text.len());
                let blank = rest.len() - rest.trim_start().len();
                let comma = if rest.trim_start().starts_with(',') { blank + 1 } else { 0 };
                let (mut from, mut to) = (self.start(), end + comma);
                let (head, tail) = (layout::part(self.text, 0..from), layout::part(self.text, to..self.text.len()));
                if tail.trim_start().starts_with(['}', ']']) && head.trim_end().ends_with(['{', '[']) {
                    from -= head.len() - head.trim_end().len();
                    to += tail.len() - tail.trim_start().len();
                }
                from..to
            }
        };
        Ok(vec![(range, String::new())])
    }

    /// Out of lines whose indentation says what belongs to what.
    fn out_of_block(&self) -> Result<Vec<(Range<usize>, String)>, Refusal> {
        let (text, start) = (self.text, self.start());
        let first = layout::line_start(text, start);
        let prefix = layout::part(text, first..start);
        let is_element = prefix.trim_end().ends_with('-') && prefix.chars().all(|c| c == '-' || c == ' ');
        let end = self.block_end(prefix.chars().count());
        if is_element {
            return Ok(vec![match self.after {
                Some(next) => (start..next.span.start as usize, String::new()),
                None => (start..end, "{}".to_owned()),
            }]);
        }
        if !prefix.trim().is_empty() {
            return Err("it does not begin its line".to_owned());
        }
        let lines = layout::whole_lines(text, start, end);
        let mut edits = vec![(lines, String::new())];
        // A map without entries is written out, or it would be nothing at all.
        if self.before.is_none() && self.after.is_none() {
            match self.parent {
                None => edits = vec![(start..end, "{}".to_owned())],
                Some(parent) => {
                    let key = parent.span.end as usize;
                    let colon = layout::part(text, key..start).find(':').ok_or("what holds it is not understood")?;
                    edits.insert(0, (key + colon + 1..key + colon + 1, " {}".to_owned()));
                }
            }
        }
        Ok(edits)
    }

    /// Where a block entry ends whose key stands in that column.
    fn block_end(&self, column: usize) -> usize {
        let text = self.text;
        let mut end = self.end().max(self.entry.span.end as usize);
        end = layout::line_stop(text, end);
        let mut at = layout::line_end(text, end);
        while at < text.len() {
            let (line, stop) = (layout::part(text, at..layout::line_end(text, at)), layout::line_stop(text, at));
            let bare = line.trim_start();
            let indent = line.len() - bare.len();
            let is_list = matches!(self.entry.value, Scalar::List(_)) && indent == column && bare.starts_with("- ");
            if bare.trim().is_empty() || bare.starts_with('#') {
                // What follows says whether it belongs to this.
            } else if indent > column || is_list {
                end = stop;
            } else {
                break;
            }
            at = layout::line_end(text, at);
        }
        end
    }

    /// Out of a file of TOML: a line, or a table with its head.
    fn out_of_toml(&self) -> Result<Vec<(Range<usize>, String)>, Refusal> {
        let (text, start) = (self.text, self.start());
        let head = layout::part(text, layout::line_start(text, start)..start);
        let behind = layout::part(text, self.entry.span.end as usize..text.len()).trim_start();
        if head.trim_start().starts_with('[') {
            let depth = self.entry.keys.len();
            let last = self.all.iter().filter(|s| s.keys.len() >= depth && s.keys.starts_with(&self.entry.keys));
            let end = last.map(|s| s.span.end as usize).max().unwrap_or(start).max(self.end());
            let inside = |s: &Setting| start <= s.span.start as usize && (s.span.end as usize) <= end;
            if !behind.starts_with(']') || self.all.iter().any(|s| inside(s) && !s.keys.starts_with(&self.entry.keys)) {
                return Err("its table is not in one piece".to_owned());
            }
            return Ok(vec![(layout::whole_lines(text, start, end), String::new())]);
        }
        if !behind.starts_with('=') {
            return Err("several entries are written behind its name".to_owned());
        }
        Ok(vec![(layout::whole_lines(text, start, self.end()), String::new())])
    }

    /// Out of lines of names and values: a line with those that go on with it, or a section.
    fn out_of_lines(&self) -> Result<Vec<(Range<usize>, String)>, Refusal> {
        let (text, start) = (self.text, self.start());
        let is_section = layout::part(text, layout::line_start(text, start)..start).trim_start().starts_with('[');
        let goes_on = |line: &str| match is_section {
            true => !line.trim_start().starts_with('['),
            false => line.starts_with([' ', '\t']) && !line.trim().is_empty(),
        };
        let mut end = layout::line_stop(text, start);
        let mut at = layout::line_end(text, start);
        while at < text.len() && goes_on(layout::part(text, at..layout::line_end(text, at))) {
            end = layout::line_stop(text, at);
            at = layout::line_end(text, at);
        }
        Ok(vec![(layout::whole_lines(text, start, end.max(self.end())), String::new())])
    }
}
