//! What packages a system asks for: requirements files, pyproject and conda environments.

use crate::fact::{Declaration, Facts, Requirement, Scalar, Setting, Text, Word};
use crate::source::Span;

/// Reads a requirements file.
pub fn requirements(text: &str) -> Facts {
    let mut facts = Facts::default();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.split(" #").next().unwrap_or(line).trim();
        if !bare.is_empty() && !bare.starts_with(['#', '-']) {
            let from = start + line.find(bare).unwrap_or(0);
            facts.declarations.extend(requirement(bare, Span::new(from, from + bare.len())));
        }
        start += line.len();
    }
    let comments = super::comments::line_comments(text, &["#"]);
    facts.notes = super::comments::notes(text, comments.into_iter());
    facts
}

/// One requirement as PEP 508 writes it, or a git address.
fn requirement(line: &str, span: Span) -> Option<Declaration> {
    let line = line
        .split(';')
        .next()
        .unwrap_or(line)
        .split(" --hash")
        .next()
        .unwrap_or(line)
        .trim()
        .trim_end_matches('\\')
        .trim();
    if let Some(address) = line.strip_prefix("git+").or_else(|| line.split_once("@ git+").map(|(_, a)| a)) {
        let name = line.split_once(" @").map_or_else(|| address.rsplit('/').next().unwrap_or(address), |(n, _)| n);
        let name = name.split(['@', '#']).next().unwrap_or(name).trim_end_matches(".git");
        let pinned = address.rsplit('/').next().is_some_and(|last| last.contains('@'));
        return Some(package(name, address, pinned, span));
    }
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(line.len());
    let name = line.get(..end)?;
    if name.is_empty() {
        return None;
    }
    let version = line.get(end..)?.trim();
    let version = version.strip_prefix('[').and_then(|v| v.split_once(']')).map_or(version, |(_, v)| v.trim());
    let exact = version.starts_with("==") && !version.contains('*') && !version.contains(',');
    Some(package(name, version, exact, span))
}

fn package(name: &str, version: &str, pinned: bool, span: Span) -> Declaration {
    let name = name.trim().to_ascii_lowercase().replace(['_', '.'], "-");
    Declaration::Package(Requirement {
        package: Word { text: Text::from(&name), span },
        version: Text::from(version),
        pinned,
    })
}

/// The packages of a `pyproject.toml` that is already read as settings.
pub fn pyproject(facts: &Facts) -> Vec<Declaration> {
    let starts = |s: &Setting, path: &[&str]| s.keys.len() > path.len() && s.keys.iter().zip(path).all(|(k, p)| k == p);
    let mut found = Vec::new();
    for setting in &facts.settings {
        match setting.value {
            Scalar::Text(text)
                if starts(setting, &["project", "dependencies"])
                    || starts(setting, &["project", "optional-dependencies"]) =>
            {
                found.extend(requirement(&text, setting.value_span));
            }
            Scalar::Text(version)
                if starts(setting, &["tool", "poetry", "dependencies"]) && setting.keys.len() == 4 =>
            {
                let name = setting.keys[3];
                let exact = version.starts_with(|c: char| c.is_ascii_digit()) && !version.contains('*');
                if name != "python" {
                    found.push(package(&name, &version, exact || version.starts_with("=="), setting.span));
                }
            }
            _ => {}
        }
    }
    found
}

/// The packages of a conda environment that is already read as settings.
pub fn conda(facts: &Facts) -> Vec<Declaration> {
    let listed = facts.settings.iter().filter(|s| s.keys.first().is_some_and(|k| k == "dependencies"));
    let texts = listed.filter_map(|s| if let Scalar::Text(text) = s.value { Some((text, s)) } else { None });
    let found = texts.filter_map(|(text, s)| {
        // conda writes one `=`; an inner list under `pip` is pip's.
        if s.keys.len() > 2 {
            return requirement(&text, s.value_span);
        }
        let mut parts = text.splitn(2, '=');
        let name = parts.next()?;
        let version = parts.next().unwrap_or_default();
        (name != "python" && name != "pip")
            .then(|| package(name, version, version.bytes().filter(|b| *b == b'.').count() >= 1, s.value_span))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packages(declarations: &[Declaration]) -> Vec<(&str, bool)> {
        declarations
            .iter()
            .filter_map(
                |d| if let Declaration::Package(p) = d { Some((p.package.text.as_str(), p.pinned)) } else { None },
            )
            .collect()
    }

    #[test]
    fn only_exact_versions_pin() {
        let text =
            "-r base.txt\nNumPy==1.2 # x\npandas>=2\nx[y]==1.* ; python_version<'3'\ngit+https://h/o/r.git@abc\n";
        assert_eq!(
            packages(&requirements(text).declarations),
            [("numpy", true), ("pandas", false), ("x", false), ("r", true)]
        );
    }

    #[test]
    fn pyproject_and_conda_are_read_from_settings() {
        let facts = crate::read::settings::toml(
            "[project]\ndependencies=['torch==2.1']\n[tool.poetry.dependencies]\npython='^3'\nscipy='^1.2'\n",
        );
        assert_eq!(packages(&pyproject(&facts)), [("torch", true), ("scipy", false)]);
        let facts = crate::read::settings::yaml("dependencies:\n- python=3.9\n- numpy=1.2.3\n- pip: [x==1]\n");
        assert_eq!(packages(&conda(&facts)), [("numpy", true), ("x", true)]);
    }
}
