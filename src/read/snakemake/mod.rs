//! Snakefiles: rules are steps with declared files; what else they hold is Python.

mod arguments;

use arguments::{Argument, Known, arguments, lists};

use crate::fact::{Access, Command, Declaration, Facts, Passed, Step, Text, Word};
use crate::read::excerpt::Excerpt;
use crate::read::python;
use crate::read::shell::{self, HOLE, MARK, Variables};
use crate::source::Span;

/// What a rule may say of itself; each is followed by a colon and arguments as a Python call takes them.
/// Source: the grammar in Snakemake's documentation, "Writing Workflows".
const DIRECTIVES: [&str; 27] = [
    "input",
    "output",
    "params",
    "log",
    "benchmark",
    "threads",
    "resources",
    "conda",
    "container",
    "singularity",
    "containerized",
    "envmodules",
    "wildcard_constraints",
    "priority",
    "message",
    "group",
    "version",
    "retries",
    "shadow",
    "cache",
    "handover",
    "localrule",
    "default_target",
    "name",
    "wrapper",
    "cwl",
    "template_engine",
];

/// The directives that say what is run.
const RUNS: [&str; 4] = ["shell", "script", "notebook", "run"];

/// What stands outside of rules and is no Python.
const GLOBAL: [&str; 15] = [
    "configfile",
    "include",
    "workdir",
    "localrules",
    "ruleorder",
    "wildcard_constraints",
    "container",
    "containerized",
    "singularity",
    "report",
    "envvars",
    "pepfile",
    "pepschema",
    "scattergather",
    "resource_scopes",
];

/// Reads a Snakefile; `path` says where it lies, for rules run in the folder above `workflow` and `rules`.
pub fn read(text: &str, path: &str) -> Facts {
    let mut code = text.as_bytes().to_vec();
    let mut rules: Vec<Rule> = Vec::new();
    let lines = lines(text);
    let mut number = 0;
    while let Some(line) = lines.get(number) {
        let block = block(&lines, number);
        if let Some((name, span)) = line.rule() {
            rules.push(rule(&lines[number..block], name, span, &mut code));
        } else if GLOBAL.contains(&line.keyword().0) || line.is_handler() {
            blank(&mut code, &lines[number..block]);
        } else {
            // Other Python may hold rules in its blocks: `if config["x"]:`.
            number += 1;
            continue;
        }
        number = block;
    }
    let code = String::from_utf8(code).unwrap_or_default();
    let mut facts = python::read(&code);
    let (folder, below) = folders(path);
    let values = settings(&lines, &folder);
    let lists = lists(&facts);
    let mut made: Vec<Step> = Vec::new();
    for rule in &rules {
        let step = rule.step(text, (&folder, &below), &values, &Known { made: &made, lists: &lists });
        made.push(step);
    }
    facts.commands = made.iter().flat_map(|step| step.commands.iter().cloned()).collect();
    let declares = |step: &Step| !step.commands.is_empty() || !step.outputs.is_empty();
    facts.declarations.extend(made.into_iter().filter(declares).map(Declaration::Step));
    facts
}

/// The folder in which rules run, seen from the file, and the file's folder, seen from there.
fn folders(path: &str) -> (String, String) {
    let parts: Vec<&str> = path.split('/').collect();
    let parts = parts.get(..parts.len().saturating_sub(1)).unwrap_or_default();
    let top = parts.iter().position(|part| matches!(*part, "workflow" | "rules")).unwrap_or(parts.len());
    let below = parts.get(top..).unwrap_or_default();
    (vec![".."; below.len()].join("/"), below.join("/"))
}

/// A line, with its indentation and its place.
struct Line<'t> {
    text: &'t str,
    start: usize,
    indent: usize,
    /// It goes on with the brackets or quotes of a line before it, or holds nothing but a comment.
    inner: bool,
}

impl<'t> Line<'t> {
    fn bare(&self) -> &'t str {
        self.text.trim()
    }

    /// The word before the first colon, and where what follows the colon begins.
    fn keyword(&self) -> (&'t str, usize) {
        match self.bare().split_once(':') {
            Some((word, _)) if !self.inner => (word.trim_end(), self.start + self.indent + word.len() + 1),
            _ => ("", self.start),
        }
    }

    /// The name of the rule that begins here.
    fn rule(&self) -> Option<(&'t str, Span)> {
        let (head, _) = self.keyword();
        let head = head.split_whitespace().collect::<Vec<_>>();
        let name = match head.as_slice() {
            ["rule" | "checkpoint", name] => *name,
            ["rule" | "checkpoint"] => head[0],
            _ => return None,
        };
        let at = self.start + self.text.find(name)?;
        name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_').then(|| (name, Span::new(at, at + name.len())))
    }

    /// What is done when all is done, and modules of others.
    fn is_handler(&self) -> bool {
        let (head, _) = self.keyword();
        matches!(head, "onsuccess" | "onerror" | "onstart")
            || head.split_whitespace().next().is_some_and(|word| word == "module")
            || (self.indent == 0 && self.bare().starts_with("use rule "))
    }
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let (mut start, mut nesting) = (0, (0, None));
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start_matches([' ', '\t']);
        let inner = nesting != (0, None) || bare.trim().is_empty() || bare.starts_with('#');
        lines.push(Line { text: line, start, indent: line.len() - bare.len(), inner });
        nesting = crate::read::notebook::nesting(line, nesting.0, nesting.1);
        start += line.len();
    }
    lines
}

/// Where the block ends that a line begins: at the next line that is not indented more.
fn block(lines: &[Line<'_>], from: usize) -> usize {
    let indent = lines[from].indent;
    let ends = |line: &Line<'_>| !line.inner && line.indent <= indent;
    lines.iter().skip(from + 1).position(ends).map_or(lines.len(), |i| from + 1 + i)
}

/// Leaves a block of Python that does nothing.
fn blank(code: &mut [u8], lines: &[Line<'_>]) {
    for line in lines {
        code[line.start..line.start + line.text.trim_end_matches(['\n', '\r']).len()].fill(b' ');
    }
    code[lines[0].start + lines[0].indent] = b'0';
}

/// A rule and its directives: the word, and where its arguments begin and end.
struct Rule<'t> {
    name: &'t str,
    span: Span,
    directives: Vec<(&'t str, usize, usize)>,
}

/// Reads a rule's lines; of what stands there, only the code of `run` stays in the Python text.
fn rule<'t>(lines: &[Line<'t>], name: &'t str, span: Span, code: &mut [u8]) -> Rule<'t> {
    let mut directives = Vec::new();
    blank(code, lines);
    let mut number = 1;
    while let Some(line) = lines.get(number) {
        let (word, start) = line.keyword();
        let end = block(lines, number);
        if line.inner || !(DIRECTIVES.contains(&word) || RUNS.contains(&word)) {
            number += 1;
            continue;
        }
        let stop = lines.get(end).map_or_else(|| lines.last().map_or(start, |l| l.start + l.text.len()), |l| l.start);
        directives.push((word, start, stop));
        if word == "run" && end > number + 1 {
            let head = b"if 1:";
            let start = line.start + lines[0].indent;
            code[start..start + head.len()].copy_from_slice(head);
            for inner in &lines[number + 1..end] {
                code[inner.start..inner.start + inner.text.len()].copy_from_slice(inner.text.as_bytes());
            }
        }
        number = end;
    }
    Rule { name, span, directives }
}

impl Rule<'_> {
    fn step(&self, text: &str, (folder, below): (&str, &str), values: &[Text], known: &Known<'_>) -> Step {
        let of = |word: &str| {
            let found = self.directives.iter().find(|(w, ..)| *w == word);
            found.map(|(_, start, end)| arguments(text, *start, *end, known)).unwrap_or_default()
        };
        let files =
            |word| of(word).into_iter().map(|(name, words)| (name, words.into_iter().map(any).collect())).collect();
        let (inputs, outputs): (Vec<Argument>, Vec<Argument>) = (files("input"), files("output"));
        let params: Vec<Argument> = files("params");
        let own = [("input", inputs.as_slice()), ("output", &outputs), ("params", &params)];
        let mut commands: Vec<Command> = Vec::new();
        for (_, words) in of("shell") {
            for word in words {
                let mut line = Excerpt::default();
                line.fill(&filled(&word.text, &own), word.span.start as usize, word.span.end as usize);
                commands.extend(shell::commands(&line, &Variables::default()));
            }
        }
        for (_, words) in of("script").into_iter().chain(of("notebook")) {
            let program = |word: &Word| Text::from(&[below, "/", &word.text].concat()[usize::from(below.is_empty())..]);
            commands.extend(words.iter().map(|word| Command {
                words: vec![program(word)],
                span: word.span,
                ..Command::default()
            }));
        }
        if let Some((_, start, end)) = self.directives.iter().find(|(word, ..)| *word == "run") {
            commands.extend(run(text.get(*start..*end).unwrap_or_default(), Span::new(*start, *end), &own));
        }
        let kinds = [("input", &inputs), ("output", &outputs)].map(|(kind, all)| (kind, all.clone()));
        let all = kinds.into_iter().chain([("params", params.clone()), ("log", files("log"))]);
        let passed = all.flat_map(|(kind, all)| {
            let named = |(name, words): Argument| {
                let name = Text::from(name.as_deref().unwrap_or_default());
                Passed { kind: Text::from(kind), name, words }
            };
            all.into_iter().map(named).collect::<Vec<_>>()
        });
        Step {
            name: Text::from(self.name),
            tool: Text::from("snakemake"),
            span: self.span,
            passed: passed.collect(),
            values: values.to_vec(),
            commands,
            folder: Text::from(folder),
            inputs: words(inputs),
            outputs: words(outputs),
            ..Step::default()
        }
    }
}

/// The code of a rule as a command that reads its inputs and writes its outputs, as far as it asks for them.
fn run(code: &str, span: Span, own: &[(&str, &[Argument])]) -> Option<Command> {
    let asks = |name: &str| {
        let mut words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
        words.any(|word| word == name)
    };
    let of = |name: &str, access: Access| {
        let list = own.iter().filter(|(of, _)| *of == name && asks(name)).flat_map(|(_, list)| *list);
        let words = list.flat_map(|(_, words)| words);
        words.map(|word| (access, word.text)).collect::<Vec<_>>()
    };
    let redirects = [of("input", Access::Read), of("output", Access::Write)].concat();
    let words = vec![Text::from("run")];
    (!redirects.is_empty()).then(|| Command { words, redirects, span, ..Command::default() })
}

/// A file's name with holes in the places of its wildcards.
fn any(word: Word) -> Word {
    Word { text: Text::from(&without_wildcards(&word.text)), ..word }
}

/// The words that name a place; one of which nothing is known names none.
fn words(arguments: Vec<Argument>) -> Vec<Word> {
    let known = |word: &Word| word.text.replace(HOLE, "").contains(|c: char| c.is_alphanumeric());
    arguments.into_iter().flat_map(|(_, words)| words).filter(known).collect()
}

/// A shell line with the rule's own files in the places of `{input}`, `{output.model}`, `{input[0]}`.
fn filled(line: &str, own: &[(&str, &[Argument])]) -> String {
    let mut filled = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, behind)) = after.split_once('}') else { break };
        // `{{` is how a brace itself is written; what is between them is the shell's.
        if let Some(own) = name.strip_prefix('{') {
            filled.push_str(&format!("{{{own}}}"));
            rest = behind.strip_prefix('}').unwrap_or(behind);
            continue;
        }
        let name = name.split([':', '!']).next().unwrap_or_default();
        let (kind, part) = name.split_at(name.find(['.', '[']).unwrap_or(name.len()));
        let value = own.iter().find(|(of, _)| *of == kind).and_then(|(_, list)| chosen(list, part));
        filled.push_str(&asked(value.as_deref().unwrap_or(HOLE)));
        rest = behind;
    }
    filled + rest
}

/// A text whose references to settings are for others to tell.
fn asked(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((key, behind)) = after.split_once('}') else { break };
        out.push_str(&format!("{before}{MARK}{key}{MARK}"));
        rest = behind;
    }
    out + rest
}

/// The words that `.name`, `[0]` or nothing choose of a directive's arguments.
fn chosen(arguments: &[Argument], part: &str) -> Option<String> {
    let join = |words: &mut dyn Iterator<Item = &Word>| words.map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ");
    let mut all = arguments.iter().flat_map(|(_, words)| words);
    if part.is_empty() {
        return Some(join(&mut all));
    }
    if let Some(index) = part.strip_prefix('[').and_then(|p| p.strip_suffix(']')) {
        return all.nth(index.parse().ok()?).map(|w| w.text.as_str().to_owned());
    }
    let name = part.strip_prefix('.')?;
    let (_, words) = arguments.iter().find(|(n, _)| n.as_deref() == Some(name))?;
    Some(join(&mut words.iter()))
}

/// The settings files that a file names, or the usual ones, seen from it.
fn settings(lines: &[Line<'_>], folder: &str) -> Vec<Text> {
    let named = lines.iter().filter(|line| line.keyword().0 == "configfile").filter_map(|line| {
        let (_, path) = line.bare().split_once(':')?;
        Some(path.trim().trim_matches(['"', '\'']))
    });
    let below = |path: &str| match folder {
        "" => Text::from(path),
        _ => Text::from(&format!("{folder}/{path}")),
    };
    named.chain(["config.yaml", "config/config.yaml"]).map(below).collect()
}

/// `{sample}` and `{sample,[0-9]{4}}` stand for any name.
fn without_wildcards(text: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_usize;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        // A reference to the settings is none.
        if depth == 0
            && rest.starts_with("${")
            && let Some(end) = rest.find('}')
        {
            out.push_str(&rest[..=end]);
            rest = &rest[end + 1..];
            continue;
        }
        rest = &rest[c.len_utf8()..];
        match c {
            '{' => {
                depth += 1;
                if depth == 1 {
                    out.push_str(HOLE);
                }
            }
            '}' => depth = depth.saturating_sub(1),
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, path: &str) -> Vec<String> {
        let facts = read(text, path);
        assert!(facts.problems.is_empty(), "{:?}", facts.problems);
        let join = |words: &[Word]| words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(",");
        let command = |c: &Command| c.words.iter().map(|w| w.as_str()).collect::<Vec<_>>().join(" ");
        let show = |d: &Declaration| {
            let Declaration::Step(step) = d else { return String::new() };
            let commands = step.commands.iter().map(command).collect::<Vec<_>>().join("; ");
            format!("{} {}: {} <- {}: {commands}", step.folder, step.name, join(&step.outputs), join(&step.inputs))
        };
        facts.declarations.iter().map(show).collect()
    }

    #[test]
    fn rules_are_steps_with_their_files() {
        let text = r#"configfile: "config.yaml"
import os
SEEDS = [1, 2]

rule all:
    input:
        expand("models/{seed}.pkl", seed=SEEDS),

# cleans
rule clean:
    input: "data/raw.csv"
    output:
        table=temp("data/clean.csv"),
        log=os.path.join("a", "b")
    threads: 4
    shell:
        """
        python clean.py --in {input} \\
            --out {output.table} --n {threads}
        """

if SEEDS:
    rule train:
        input:
            rules.clean.output.table,
            config["extra"]
        output: "models/{seed,[0-9]{2}}.pkl"
        script: "scripts/train.py"

rule report:
    input: "models/" + "a.pkl", f"x/{SEEDS}/{{seed}}.json"
    output: "report.html"
    run:
        print(input[0])
"#;
        let expected = [
            " clean: data/clean.csv <- data/raw.csv: python clean.py --in data/raw.csv --out data/clean.csv --n {}",
            " train: models/{}.pkl <- data/clean.csv,${extra}: scripts/train.py",
            " report: report.html <- models/a.pkl,x/{}/{}.json: run",
        ];
        assert_eq!(shown(text, "Snakefile"), expected);
        let facts = read(text, "Snakefile");
        assert_eq!(facts.imports.len(), 1);
        let called = facts.ops.iter().filter(|op| matches!(op.kind, crate::fact::OpKind::Call(..))).count();
        assert_eq!(called, 1, "the code of `run` is read, and no argument of a rule");
    }

    #[test]
    fn rules_run_above_the_folder_of_the_workflow() {
        let text = "rule a:\n    output: \"x/y.csv\"\n    script: \"../scripts/a.py\"\n";
        assert_eq!(shown(text, "workflow/rules/a.smk"), ["../.. a: x/y.csv <- : workflow/rules/../scripts/a.py"]);
    }

    #[test]
    fn whatever_stands_in_a_rule_it_is_read() {
        for text in [
            "rule",
            "rule a:",
            "rule a:\n  input:",
            "rule a:\n  shell: \"{\"",
            "rule é:\n  run:\n\té",
            "rule a:\n input: (((\nrule b:\n output: \"}{\"",
        ] {
            read(text, "Snakefile");
        }
    }
}
