//! Declarations of steps: what a step reads, writes and looks up is added to them, what it never reads is taken out.

use std::ops::Range;

use super::{Edit, Made, Refusal, Texts, keys, layout, snakemake};
use crate::fact::{Scalar, Setting, Text};
use crate::finding::Finding;
use crate::source::{Kind, Span};

/// A list of a step's declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// What it reads.
    Inputs,
    /// What it writes.
    Outputs,
    /// What it looks up.
    Parameters,
}

/// Adds what a finding names to the declaration of its step.
pub fn declare(texts: &Texts<'_>, finding: &Finding, list: List) -> Result<Made, Refusal> {
    let at = finding.at;
    let source = texts.source(at.file)?;
    match source.kind {
        Kind::Dvc => {}
        Kind::Snakemake => return snakemake::declare(texts, finding, list),
        _ => return Err("steps that such a file declares are not edited".to_owned()),
    }
    let text = texts.text(at.file)?;
    let stage = Stage::new(&text, &source.path, at.span)?;
    let words = match list {
        List::Parameters => parameters(finding, &stage)?,
        _ => places(finding, &stage, list)?,
    };
    let key = match list {
        List::Inputs => "deps",
        List::Outputs => "outs",
        List::Parameters => "params",
    };
    let (at_byte, put) = stage.add(key, &words)?;
    let edit = Edit { file: at.file, span: Span::new(at_byte, at_byte), text: put };
    Ok(Made { edits: vec![edit], ..Made::default() })
}

/// Takes an input out of the declaration.
pub fn delete(texts: &Texts<'_>, finding: &Finding) -> Result<Made, Refusal> {
    let at = finding.at;
    let source = texts.source(at.file)?;
    if source.kind != Kind::Dvc {
        return Err("steps that such a file declares are not edited".to_owned());
    }
    let text = texts.text(at.file)?;
    let (place, step) = (one(finding, "group")?, one(finding, "step")?);
    let all = keys::entries(source.kind, &text)?;
    let named = all.iter().find(|s| s.keys.len() == 2 && s.keys[0] == "stages" && s.keys[1] == step);
    let stage = Stage::new(&text, &source.path, named.map_or(at.span, |setting| setting.span))?;
    let deps = stage.list("deps").ok_or("the step has no list of inputs")?;
    let elements = stage.elements(deps);
    let is_it = |s: &&Setting| s.value.text().is_some_and(|text| joined(&stage.base, &text) == place);
    let element = elements.iter().copied().find(is_it).ok_or("its declaration is not written as a plain path")?;
    let alone = elements.len() == 1;
    let cuts = match alone {
        true => keys::remove(&text, source.kind, &stage.all, deps.span)?,
        false => vec![(element_lines(&text, deps, element, &elements), String::new())],
    };
    let mut made = Made::default();
    for (range, put) in cuts {
        made.loses_comment |= layout::has_comment(&text, range.clone(), &["#"]);
        made.edits.push(Edit { file: at.file, span: Span::new(range.start, range.end), text: put });
    }
    Ok(made)
}

/// The bytes of an element of a list, with what sets it apart from the others.
fn element_lines(text: &str, list: &Setting, element: &Setting, all: &[&Setting]) -> Range<usize> {
    let (start, end) = (element.span.start as usize, element.value_span.end as usize);
    if !layout::part(text, list.value_span.start as usize..text.len()).starts_with('[') {
        return layout::line_start(text, start)..layout::line_end(text, end);
    }
    let at = all.iter().position(|own| own.span == element.span).unwrap_or(0);
    match (all.get(at + 1), at.checked_sub(1).and_then(|before| all.get(before))) {
        (Some(next), _) => start..next.span.start as usize,
        (None, Some(last)) => last.value_span.end as usize..end,
        (None, None) => start..end,
    }
}

/// The one thing that a finding calls so.
pub fn one<'f>(finding: &'f Finding, name: &str) -> Result<&'f str, Refusal> {
    let found = finding.parts.iter().find(|(own, _)| *own == name);
    found.map(|(_, part)| part.as_str()).ok_or_else(|| "what it speaks of is not known".to_owned())
}

/// What a finding names, as paths from the repository's root.
pub fn named(finding: &Finding) -> Result<Vec<&str>, Refusal> {
    let found: Vec<&str> = finding.parts("data").chain(finding.parts("code")).collect();
    if found.is_empty() {
        return Err("what it speaks of is not known".to_owned());
    }
    let is_path = |place: &&str| {
        !place.is_empty()
            && !place.starts_with(['/', '~', '<', '.'])
            && !place.contains(['{', '}', ':', '*', '?', '$', '\n', '"', '\'', '\\', '\u{1}'])
    };
    match found.iter().find(|place| !is_path(place)) {
        Some(place) => Err(format!("`{}` is no plain path", place.replace('\u{1}', ""))),
        None => Ok(found),
    }
}

/// The paths of what a finding names, as the stage writes them.
fn places(finding: &Finding, stage: &Stage<'_>, list: List) -> Result<Vec<String>, Refusal> {
    let mut words = Vec::new();
    for place in named(finding)? {
        if list == List::Outputs && stage.is_made(place) {
            return Err(format!("another step has `{place}` among its outputs"));
        }
        words.push(quoted(&relative(&stage.base, place)));
    }
    Ok(words)
}

/// The parameters that a finding names, with their file where that is not the usual one.
fn parameters(finding: &Finding, stage: &Stage<'_>) -> Result<Vec<String>, Refusal> {
    let (names, file) = (one(finding, "group")?, relative(&stage.base, one(finding, "file")?));
    let names = names.split('`').skip(1).step_by(2).map(quoted);
    if file == "params.yaml" {
        return Ok(names.collect());
    }
    let mut words = vec![format!("{}:", quoted(&file))];
    words.extend(names.map(|name| format!("    - {name}")));
    Ok(vec![words.join("\n")])
}

/// A text as YAML writes it.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let is_word = text.starts_with(|c: char| c.is_alphabetic() || matches!(c, '.' | '_' | '/'));
    if is_word && text.chars().all(is_plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "''")) }
}

/// A path below a folder, both from the repository's root, without `.` and `..`.
pub fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// A path from the repository's root as it is called from a folder.
pub fn relative(folder: &str, path: &str) -> String {
    let (from, to): (Vec<&str>, Vec<&str>) =
        (folder.split('/').filter(|part| !part.is_empty()).collect(), path.split('/').collect());
    let same = from.iter().zip(&to).take_while(|(a, b)| a == b).count().min(to.len().saturating_sub(1));
    let up = std::iter::repeat_n("..", from.len() - same);
    up.chain(to.iter().skip(same).copied()).collect::<Vec<_>>().join("/")
}

/// A stage of a DVC pipeline in its file.
struct Stage<'t> {
    text: &'t str,
    all: Vec<Setting>,
    /// The keys of the map that holds its lists.
    body: Vec<Text>,
    /// The folder in which it runs, from the repository's root.
    base: String,
}

impl<'t> Stage<'t> {
    fn new(text: &'t str, path: &str, at: Span) -> Result<Self, Refusal> {
        let all = keys::entries(Kind::Dvc, text)?;
        let own = all.iter().find(|setting| setting.span == at).ok_or("the step is no longer there")?;
        let mut body = own.keys.clone();
        let has = |keys: &[Text]| all.iter().any(|setting| setting.keys == keys);
        let inner = [body.as_slice(), &[Text::from("do")]].concat();
        if has(&inner) {
            body = inner;
        }
        let below = |key: &str| [body.as_slice(), &[Text::from(key)]].concat();
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let wdir = all.iter().find(|setting| setting.keys == below("wdir")).and_then(|s| s.value.text());
        let wdir = wdir.unwrap_or_default();
        if wdir.contains('$') || wdir.starts_with('/') {
            return Err("the folder in which the step runs is not known".to_owned());
        }
        let base = joined(folder, &wdir);
        Ok(Self { text, all, body, base })
    }

    fn list(&self, key: &str) -> Option<&Setting> {
        let keys = [self.body.as_slice(), &[Text::from(key)]].concat();
        self.all.iter().find(|setting| setting.keys == keys)
    }

    /// The elements of a list.
    fn elements(&self, list: &Setting) -> Vec<&Setting> {
        let depth = list.keys.len() + 1;
        self.all.iter().filter(|s| s.keys.len() == depth && s.keys.starts_with(&list.keys)).collect()
    }

    /// Has any stage a path among its outputs?
    fn is_made(&self, place: &str) -> bool {
        let ends = |s: &Setting| {
            let named = s.value.text().or_else(|| s.keys.last().map(|key| key.to_string()));
            let is_output = s.keys.iter().any(|key| matches!(key.as_str(), "outs" | "metrics" | "plots"));
            is_output && named.is_some_and(|named| joined(&self.base, &named) == place)
        };
        self.all.iter().any(ends)
    }

    /// Where words are put to be elements of a list, and how they are written there.
    fn add(&self, key: &str, words: &[String]) -> Result<(usize, String), Refusal> {
        let text = self.text;
        let Some(list) = self.list(key) else { return self.begin(key, words) };
        if list.shared || !matches!(list.value, Scalar::List(_)) {
            return Err(format!("its `{key}` are not written as a plain list"));
        }
        let elements = self.elements(list);
        let start = list.value_span.start as usize;
        if layout::part(text, start..text.len()).starts_with('[') {
            if words.iter().any(|word| word.contains('\n')) {
                return Err(format!("its `{key}` are written in brackets"));
            }
            let Some(last) = elements.last() else { return Ok((start + 1, words.join(", "))) };
            return Ok((last.value_span.end.max(last.span.end) as usize, format!(", {}", words.join(", "))));
        }
        let last = elements.last().ok_or("its list is empty")?;
        let first = layout::line_start(text, last.span.start as usize);
        let prefix = layout::part(text, first..last.span.start as usize);
        if prefix.trim_end() != format!("{}-", &prefix[..prefix.len() - prefix.trim_start().len()]) {
            return Err(format!("its `{key}` are not written one to a line"));
        }
        // An element may be a map that says more of it on further lines.
        let below = self.all.iter().filter(|s| s.keys.starts_with(&last.keys));
        let is_leaf = |s: &&Setting| !matches!(s.value, Scalar::Map(_) | Scalar::List(_));
        let end = below.filter(is_leaf).map(|s| s.value_span.end.max(s.span.end)).max().unwrap_or(last.span.end);
        let end = layout::line_stop(text, (end as usize).min(text.len()));
        let margin = prefix.trim_end_matches(['-', ' ']).to_owned();
        let put: String =
            words.iter().map(|word| format!("\n{}{}", prefix, word.replace('\n', &format!("\n{margin}")))).collect();
        Ok((end, put))
    }

    /// Begins a list behind the stage's first key.
    fn begin(&self, key: &str, words: &[String]) -> Result<(usize, String), Refusal> {
        let text = self.text;
        let depth = self.body.len() + 1;
        let own = || self.all.iter().filter(|s| s.keys.len() == depth && s.keys.starts_with(&self.body));
        let first = own().min_by_key(|s| s.span.start).ok_or("the step is empty")?;
        let start = first.span.start as usize;
        let margin = layout::part(text, layout::line_start(text, start)..start);
        if !margin.trim().is_empty() {
            return Err("the step is written in braces".to_owned());
        }
        // Behind what comes before its outputs, as people write it: the command, and the folder.
        let next = own().map(|s| s.span.start).filter(|at| *at > first.span.start).min();
        let at = match next {
            Some(next) => layout::line_start(text, next as usize),
            None => layout::line_end(text, first.value_span.end as usize),
        };
        let step = if margin.len().is_multiple_of(4) && margin.len() >= 8 { "    " } else { "  " };
        let inner = format!("{margin}{step}");
        let lines: String =
            words.iter().map(|word| format!("{inner}- {}\n", word.replace('\n', &format!("\n{inner}")))).collect();
        let gap = if at > 0 && !layout::part(text, 0..at).ends_with('\n') { "\n" } else { "" };
        Ok((at, format!("{gap}{margin}{key}:\n{lines}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_from_a_folder() {
        assert_eq!(relative("", "data/a.csv"), "data/a.csv");
        assert_eq!(relative("src/etl", "data/a.csv"), "../../data/a.csv");
        assert_eq!(relative("src", "src/a.py"), "a.py");
        assert_eq!(joined("src/etl", "../../data/./a.csv"), "data/a.csv");
        assert_eq!(quoted("data/a-1.csv"), "data/a-1.csv");
        assert_eq!(quoted("a b's"), "'a b''s'");
    }
}
