//! Paths that only one machine has: below somebody's home, or on a drive.

use std::collections::BTreeMap;

use super::{Odd, View};
use crate::fact::{OpKind, Scalar, Text};
use crate::source::{At, FileId, Span};
use crate::vocabulary::Certainty;

/// Users that containers and rented machines bring along, and names that stand for whoever reads them.
const NOBODY: [&str; 34] = [
    "jovyan",
    "ubuntu",
    "ec2-user",
    "hadoop",
    "airflow",
    "app",
    "appuser",
    "runner",
    "circleci",
    "vscode",
    "docker",
    "sagemaker-user",
    "user",
    "username",
    "users",
    "me",
    "you",
    "yourname",
    "your_name",
    "your-name",
    "foo",
    "name",
    "public",
    "shared",
    "default",
    "www-data",
    "path",
    "kubernetes",
    "somebody",
    "someone",
    "runuser",
    "johndoe",
    "nonroot",
    "xxx",
];

/// What a finding of this kind is called.
pub const WHAT: &str = "absolute";

/// Folders that installers make on every machine's drive.
const INSTALLED: [&str; 10] =
    ["windows", "users", "programdata", "nvidia", "intel", "msys64", "cygwin64", "mingw64", "temp", "tmp"];

/// One finding for each machine that a file speaks of.
pub fn find(view: &View<'_>, file: FileId) -> Vec<Odd> {
    let facts = view.program.file(file);
    let mut roots: BTreeMap<String, (Span, usize, String)> = BTreeMap::new();
    let code = facts.ops.iter().filter_map(|op| match op.kind {
        OpKind::Str(text) => Some((text, op.span)),
        _ => None,
    });
    // What describes containers speaks of their own file systems.
    let container = facts.settings.iter().any(|s| s.keys.len() == 1 && s.keys[0] == "apiVersion");
    let settings = facts.settings.iter().filter(|_| !container).filter_map(|setting| match setting.value {
        Scalar::Text(text) => Some((text, setting.value_span)),
        _ => None,
    });
    for (text, span) in code.chain(settings) {
        if let Some(root) = root(&text) {
            roots.entry(root).or_insert_with(|| (span, 0, text.to_string())).1 += 1;
        }
    }
    let path = view.program.path(file);
    let odd = |(root, (span, size, first)): (String, (Span, usize, String))| Odd {
        what: WHAT,
        name: Text::from(&root),
        reason: first,
        at: At { file, span },
        symbol: Text::from(path),
        size,
        certainty: Certainty::Seen,
        listed: None,
    };
    roots.into_iter().map(odd).collect()
}

/// The part of a path that one machine or person has to itself.
fn root(text: &str) -> Option<String> {
    if text.len() > 300 || text.contains(['\n', '<', '>', '*', '$', '{', ',']) {
        return None;
    }
    let plain = text.replace('\\', "/");
    let segments: Vec<&str> = plain.split('/').collect();
    let own = |name: &str| {
        name.bytes().any(|b| b.is_ascii_alphanumeric())
            && !name.contains([' ', ':', '.'])
            && !NOBODY.contains(&name.to_ascii_lowercase().as_str())
    };
    match segments.as_slice() {
        ["", home @ ("home" | "Users"), name, rest, ..] if own(name) && !rest.is_empty() && !text.contains(':') => {
            Some(format!("/{home}/{name}"))
        }
        [drive, "Users", name, rest, ..] if is_drive(drive) && own(name) && !rest.is_empty() => {
            Some(format!("{drive}/Users/{name}"))
        }
        [drive, first, ..]
            if is_drive(drive) && own(first) && !INSTALLED.contains(&first.to_ascii_lowercase().as_str()) =>
        {
            Some(format!("{drive}/{first}"))
        }
        _ => None,
    }
}

fn is_drive(segment: &str) -> bool {
    matches!(segment.as_bytes(), [letter, b':'] if letter.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::root;

    #[test]
    fn only_what_one_machine_has_is_a_root() {
        for (path, expected) in [
            ("/home/anna/rents/a.csv", Some("/home/anna")),
            ("C:\\Users\\anna\\a.csv", Some("C:/Users/anna")),
            ("D:/rents/a.csv", Some("D:/rents")),
            ("D:/rents", Some("D:/rents")),
            ("D:/", None),
            ("/home/ubuntu/a.csv", None),
            ("/home/{user}/a.csv", None),
            ("/home/anna", None),
            ("s3://home/anna/a.csv", None),
            ("/data/a.csv", None),
            ("C:\\Program Files\\tool\\a.exe", None),
            ("C:\\NVIDIA\\cuda\\include\\cudnn.h", None),
        ] {
            assert_eq!(root(path).as_deref(), expected, "{path}");
        }
    }
}
