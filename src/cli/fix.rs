//! `mldebt check --fix` and `--diff-fix`: what can be mended is written, or shown.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Component, Path};

use similar::TextDiff;

use super::Answer;
use crate::config::Config;
use crate::fix::{Changed, Desk};
use crate::mistake::Mistake;
use crate::open;
use crate::report::clean;
use crate::rule::Remedy;
use crate::source::Content;
use crate::whole;

/// What is not mended and named; the rest is counted.
const NAMED: usize = 10;

/// Lines of a diff around what changes.
const AROUND: usize = 3;

/// Mends what can be mended of a project; what was done, in words.
pub fn make(config: &Config, wide: bool) -> Result<String, Mistake> {
    let desk = crate::mend(config, wide, &|| ())?;
    let changed = desk.changed();
    // All are looked at before the first is written.
    let ready: Vec<(&Changed, Result<(), String>)> =
        changed.iter().map(|file| (file, as_it_was(config, file))).collect();
    let mut unwritten = String::new();
    let mut written = 0;
    for (file, state) in ready {
        match state.and_then(|()| put(file)) {
            Ok(()) => written += 1,
            Err(reason) => {
                let _ = writeln!(unwritten, "Not written: {}: {}.", clean(&file.source.path), clean(&reason));
            }
        }
    }
    Ok(told(&desk, written, "Fixed") + &unwritten)
}

/// What would be mended, as one diff.
pub fn show(configs: &[Config], wide: bool) -> Result<Answer, Mistake> {
    let mut text = String::new();
    for config in configs {
        let desk = crate::mend(config, wide, &|| ())?;
        let changed = desk.changed();
        for file in &changed {
            let path = format!("{}{}", config.prefix, file.source.path);
            let diff = TextDiff::from_lines(&file.old, &file.new);
            let (old, new) = (format!("a/{path}"), format!("b/{path}"));
            text.push_str(&diff.unified_diff().context_radius(AROUND).header(&old, &new).to_string());
        }
        aside(&told(&desk, changed.len(), "Would fix"));
    }
    let code = u8::from(!text.is_empty());
    Ok(Answer { text, code })
}

/// Says of findings that are shown how many are of kinds that can be mended.
pub fn offered(remedies: &[Remedy]) -> String {
    let risks = remedies.iter().filter(|remedy| remedy.risk.is_some()).count();
    let n = remedies.len();
    let all = match n {
        0 => return String::new(),
        n => format!("`--fix` knows how to mend {n} of them"),
    };
    match risks {
        0 => format!("{all}.\n"),
        risks if risks == n => format!("{all}, with `--unsafe-fixes`.\n"),
        risks => format!("{all}, {risks} only with `--unsafe-fixes`.\n"),
    }
}

/// Says something on standard error, beside what is meant for programs.
pub fn aside(text: &str) {
    use std::io::Write as _;
    let _ = std::io::stderr().write_all(crate::report::harmless(text).as_bytes());
}

/// What was mended, what was not, and why.
fn told(desk: &Desk, files: usize, did: &str) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    desk.fixed().iter().for_each(|rule| *counts.entry(rule.as_str()).or_default() += 1);
    let each: Vec<String> = counts.iter().map(|(rule, n)| format!("{n} {rule}")).collect();
    let up_to = if files < desk.changed().len() { "up to " } else { "" };
    let mut text = match desk.fixed().len() {
        n if n == 0 || files == 0 => format!("{did} no debt.\n"),
        n => format!("{did} {up_to}{n} {} in {files} {}: {}.\n", word(n, "debt"), word(files, "file"), each.join(", ")),
    };
    let (risks, refused): (Vec<_>, Vec<_>) = desk.refused().into_iter().partition(|refused| refused.is_risk);
    for one in refused.iter().take(NAMED) {
        let _ = writeln!(text, "  not fixed: {} {}: {}", one.rule, clean(&one.message), clean(&one.reason));
    }
    if refused.len() > NAMED {
        let _ = writeln!(text, "  and {} more that are not fixed", refused.len() - NAMED);
    }
    if !risks.is_empty() {
        let _ = writeln!(text, "--unsafe-fixes mends {} more, which may do harm.", risks.len());
    }
    text
}

fn word(n: usize, word: &str) -> String {
    if n == 1 { word.to_owned() } else { format!("{word}s") }
}

/// Lies a file still there as it was looked at: below the root, behind no link, with the same content?
fn as_it_was(config: &Config, file: &Changed) -> Result<(), String> {
    let path = place(file)?;
    let below = path.strip_prefix(&config.root).map_err(|_| "it lies outside of what was looked at".to_owned())?;
    let mut at = config.root.clone();
    for part in below.components() {
        let Component::Normal(name) = part else { return Err("it lies outside of what was looked at".to_owned()) };
        at.push(name);
        if std::fs::symlink_metadata(&at).map_err(|e| e.to_string())?.is_symlink() {
            return Err("a link leads there".to_owned());
        }
    }
    let now = open::found(path).map_err(|e| e.to_string())?;
    if now.metadata().map_err(|e| e.to_string())?.permissions().readonly() {
        return Err("it may not be written".to_owned());
    }
    let now = open::bytes(now, file.old.len() as u64).unwrap_or_default();
    if now == file.old.as_bytes() { Ok(()) } else { Err("it has changed meanwhile".to_owned()) }
}

fn put(file: &Changed) -> Result<(), String> {
    whole::write(place(file)?, &[file.new.as_bytes()], None).map_err(|e| e.to_string())
}

fn place(file: &Changed) -> Result<&Path, String> {
    match &file.source.content {
        Content::Disk(path) => Ok(path),
        _ => Err("it does not lie on disk".to_owned()),
    }
}
