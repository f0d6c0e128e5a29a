//! The laws of the house, read from its source text.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;

/// A source file: its path below `src/` and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// The top-level module it belongs to.
    fn module(&self) -> &str {
        self.path.split(['/', '.']).next().unwrap_or_default()
    }

    /// It holds nothing but tests.
    fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs")
    }

    /// Its numbered lines up to its tests.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().take_while(|line| *line != "mod tests {");
        lines.enumerate().map(|(number, line)| (number + 1, line)).filter(|_| !self.is_test())
    }

    /// Those in which `wrong` holds, as `path:line: text`; what a comment says is no code.
    fn lines_where(&self, wrong: impl Fn(&str) -> bool) -> Vec<String> {
        let code = self.code().filter(|(_, line)| !line.trim_start().starts_with("//"));
        let found = code.filter(|(_, line)| wrong(line));
        found.map(|(number, line)| format!("src/{}:{number}: {}", self.path, line.trim())).collect()
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
                found.push(Source { path, text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn none(law: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{law}:\n{}", broken.join("\n"));
}

/// The modules in the order of `lib.rs`, from the ground floor up.
fn floors(library: &str) -> BTreeMap<&str, usize> {
    let modules = library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    modules.zip(0..).collect()
}

#[test]
fn imports_go_one_way() {
    let sources = sources();
    let library = sources.iter().find(|s| s.path == "lib.rs").unwrap();
    let floors = floors(&library.text);
    let mut broken = Vec::new();
    for source in sources.iter().filter(|s| !["lib.rs", "main.rs"].contains(&s.path.as_str())) {
        let own = floors.get(source.module());
        assert!(own.is_some(), "{} belongs to no module of lib.rs", source.path);
        broken.extend(source.lines_where(|line| {
            let named = line.split("crate::").skip(1).filter_map(|rest| rest.split(|c: char| !is_word(c)).next());
            // What lib.rs itself defines stands above all of them, for the commands and the examples.
            named.filter_map(|name| floors.get(name)).any(|floor| Some(floor) > own)
        }));
    }
    none("a module may know only those above it in lib.rs", &broken);
}

#[test]
fn the_system_measures_no_distance_in_a_text() {
    // The cache holds two texts that differ in comments and layout alone for the same: offsets are compared, never counted.
    let counts = |line: &str| ["span", "whole", "credit", "cell"].iter().any(|of| measures(line, of));
    let inner = sources().into_iter().filter(|s| ["program", "value", "system", "judge"].contains(&s.module()));
    let broken: Vec<String> = inner.flat_map(|s| s.lines_where(counts)).collect();
    none("a distance between two offsets says nothing about the system", &broken);
}

/// Is an offset of that span added to or subtracted from?
fn measures(line: &str, of: &str) -> bool {
    let parts = ["start", "end"].map(|part| format!("{of}.{part}"));
    let ends =
        parts.iter().flat_map(|part| line.match_indices(part.as_str()).map(move |(at, _)| (at, at + part.len())));
    ends.into_iter().any(|(start, end)| {
        let (before, after) = (&line[..start], line[end..].trim_start());
        let object = before.rsplit(|c: char| !is_word(c) && c != '.').next().unwrap_or_default().len();
        let before = before[..before.len() - object].trim_end();
        let is_sum = |text: &str| text.starts_with("+ ") || text.starts_with("- ");
        is_sum(after) || before.ends_with(" -") || before.ends_with(" +")
    })
}

#[test]
fn every_check_stands_in_the_file_of_its_rule() {
    let catalog = mldebt::catalog::Catalog::load(&[], &toml::Table::new()).unwrap();
    let checked = catalog.rules().iter().filter(|rule| rule.captures.is_some());
    let mut rules: Vec<String> =
        checked.map(|rule| format!("checks/{}/{}.rs", rule.family, rule.name.replace('-', "_"))).collect();
    let is_check = |s: &Source| s.path.starts_with("checks/") && !s.path.ends_with("mod.rs");
    let mut files: Vec<String> = sources().into_iter().filter(is_check).map(|s| s.path).collect();
    rules.sort();
    files.sort();
    assert_eq!(rules, files, "a check is one file, named as its rule, and the rule says `check = true`");
    let mut asked: Vec<&str> = mldebt::checks::ALL.iter().map(|check| check.rule).collect();
    let mut names: Vec<&str> =
        catalog.rules().iter().filter(|r| r.captures.is_some()).map(|r| r.name.as_str()).collect();
    asked.sort();
    names.sort();
    assert_eq!(asked, names, "every check is asked once");
}

#[test]
fn every_file_opens_with_a_sentence() {
    let opens = |s: &Source| s.text.lines().next().is_some_and(|line| line.starts_with("//! "));
    let broken: Vec<String> = sources().into_iter().filter(|s| !opens(s)).map(|s| s.path).collect();
    none("a file says first what it is for", &broken);
}

#[test]
fn knowledge_of_libraries_is_data() {
    const LIBRARIES: [&str; 10] = [
        "pandas.",
        "numpy.",
        "sklearn.",
        "torch.",
        "tensorflow.",
        "xgboost.",
        "joblib.",
        "mlflow.",
        "transformers.",
        "polars.",
    ];
    let knows = |line: &str| LIBRARIES.iter().any(|library| line.contains(&format!("\"{library}")));
    let broken: Vec<String> = sources().iter().flat_map(|s| s.lines_where(knows)).collect();
    none("what a library's call means is a line of the lexicon", &broken);
}

#[test]
fn nothing_is_left_to_do_and_only_the_way_out_prints() {
    let unfinished = |line: &str| ["todo!(", "unimplemented!(", ".unwrap()", "dbg!("].iter().any(|w| line.contains(w));
    let prints = |line: &str| line.contains("print!(") || line.contains("println!(");
    let mut broken = Vec::new();
    for source in sources() {
        broken.extend(source.lines_where(unfinished));
        if !["cli", "report"].contains(&source.module()) {
            broken.extend(source.lines_where(prints));
        }
    }
    none("no code is unfinished, and only commands and reports speak", &broken);
}

#[test]
fn files_stay_short_enough_to_read() {
    const MOST: usize = 500;
    let long = sources().into_iter().filter(|s| s.text.lines().count() > MOST).map(|s| s.path);
    none("files are short enough to read", &long.collect::<Vec<_>>());
}

/// Builders that still find for one rule what a check should find: each is to become a check, none may join them.
const DETECTORS: &[&str] = &[
    "system/clones/copies.rs",
    "system/commands/missing.rs",
    "system/consumers.rs",
    "system/dangling.rs",
    "system/dead/mod.rs",
    "system/glue.rs",
    "system/keys/declared.rs",
    "system/learning/cascades.rs",
    "system/learning/chains.rs",
    "system/learning/circles.rs",
    "system/learning/columns.rs",
    "system/learning/cuts.rs",
    "system/learning/definitions.rs",
    "system/learning/leaks.rs",
    "system/learning/logged.rs",
    "system/learning/loops.rs",
    "system/learning/promoted.rs",
    "system/learning/retyped.rs",
    "system/learning/swapped.rs",
    "system/learning/unjudged.rs",
    "system/learning/worth.rs",
    "system/orchestration/doubled.rs",
    "system/orchestration/find.rs",
    "system/orchestration/listed.rs",
    "system/orchestration/notebooks.rs",
    "system/orchestration/schedule.rs",
    "system/orchestration/sensors.rs",
    "system/owners.rs",
    "system/pipeline.rs",
    "system/pipeline/unawaited.rs",
    "system/repeat/mod.rs",
    "system/rewritten.rs",
    "system/supply/mod.rs",
];

#[test]
fn what_one_rule_asks_is_a_check() {
    let adds = |s: &Source| {
        let text: String = s.code().flat_map(|(_, line)| line.chars()).filter(|c| !c.is_whitespace()).collect();
        text.contains("add(NodeKind::Group,") || text.contains("system.add_list(")
    };
    let found = sources()
        .into_iter()
        .filter(|s| s.module() == "system" && s.path != "system/graph.rs" && adds(s))
        .map(|s| s.path);
    assert_eq!(
        found.collect::<Vec<_>>(),
        DETECTORS,
        "a new debt is a pattern or a check; who moves one takes it off the list"
    );
}

#[test]
fn rules_lie_in_the_folders_of_their_families() {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut families: BTreeMap<String, String> = BTreeMap::new();
    for family in std::fs::read_dir(rules).unwrap().map(|e| e.unwrap().path()) {
        assert!(family.is_dir(), "{} lies in no family", family.display());
        let in_words = family.file_name().unwrap().to_string_lossy().into_owned();
        // Facts on libraries, which are written by a tool.
        if in_words == "signatures" {
            continue;
        }
        for file in std::fs::read_dir(&family).unwrap().map(|e| e.unwrap().path()) {
            assert!(file.extension().is_some_and(|e| e == "toml"), "{} is no TOML file", file.display());
            if in_words != "lexicon" {
                let name = file.file_stem().unwrap().to_string_lossy().into_owned();
                let other = families.insert(name.clone(), in_words.clone());
                assert_eq!(other, None, "`{name}` is a rule of two families");
            }
        }
    }
    assert!(!families.is_empty());
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[test]
fn the_lexicon_says_each_thing_once() {
    // Of two entries for one name the later one hides the earlier, and all that only that said.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/lexicon");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    let mut first: BTreeMap<(&str, String), String> = BTreeMap::new();
    let mut twice = Vec::new();
    for path in files {
        let file: toml::Table = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let place = path.file_name().unwrap().to_string_lossy().into_owned();
        for table in ["call", "attribute", "type", "command"] {
            for entry in file.get(table).and_then(toml::Value::as_array).into_iter().flatten() {
                let names = match &entry["name"] {
                    toml::Value::Array(names) => names.clone(),
                    one => vec![one.clone()],
                };
                for name in names.iter().map(|name| name.as_str().unwrap().to_owned()) {
                    if let Some(other) = first.insert((table, name.clone()), place.clone()) {
                        twice.push(format!("{table} `{name}` in {other} and {place}"));
                    }
                }
            }
        }
    }
    none("a name of the lexicon has one entry", &twice);
}
