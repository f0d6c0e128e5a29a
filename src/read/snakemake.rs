//! Snakefiles: rules are steps with declared files; what else they hold is Python.

use ruff_python_ast::{Expr, ExprCall, Operator};
use ruff_python_parser::parse_expression;
use ruff_text_size::Ranged;

use super::excerpt::Excerpt;
use super::python;
use super::shell::{self, HOLE, LONGEST, Variables};
use crate::fact::{Command, Declaration, Facts, Step, Text, Word};
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
    let mut made: Vec<Step> = Vec::new();
    for rule in &rules {
        let step = rule.step(text, &folder, &below, &made);
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
        nesting = super::notebook::nesting(line, nesting.0, nesting.1);
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

/// An argument of a directive: its name, if it has one, and the words it stands for.
type Argument = (Option<String>, Vec<Word>);

impl Rule<'_> {
    fn step(&self, text: &str, folder: &str, below: &str, made: &[Step]) -> Step {
        let of = |word: &str| {
            let found = self.directives.iter().find(|(w, ..)| *w == word);
            found.map(|(_, start, end)| arguments(text, *start, *end, made)).unwrap_or_default()
        };
        let files =
            |word| of(word).into_iter().map(|(name, words)| (name, words.into_iter().map(any).collect())).collect();
        let (inputs, outputs): (Vec<Argument>, Vec<Argument>) = (files("input"), files("output"));
        let mut commands: Vec<Command> = Vec::new();
        for (_, words) in of("shell") {
            for word in words {
                let mut line = Excerpt::default();
                line.fill(&filled(&word.text, &inputs, &outputs), word.span.start as usize, word.span.end as usize);
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
        Step {
            name: Text::from(self.name),
            tool: Text::from("snakemake"),
            span: self.span,
            commands,
            folder: Text::from(folder),
            inputs: words(inputs),
            outputs: words(outputs),
            ..Step::default()
        }
    }
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
fn filled(line: &str, inputs: &[Argument], outputs: &[Argument]) -> String {
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
        let of = |list: &[Argument], part: &str| chosen(list, part);
        let value = match name.split_at(name.find(['.', '[']).unwrap_or(name.len())) {
            ("input", part) => of(inputs, part),
            ("output", part) => of(outputs, part),
            _ => None,
        };
        filled.push_str(value.as_deref().unwrap_or(HOLE));
        rest = behind;
    }
    filled + rest
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

/// The arguments of a directive, which are those of a Python call.
fn arguments(text: &str, start: usize, end: usize, made: &[Step]) -> Vec<Argument> {
    let Some(inside) = text.get(start..end) else { return Vec::new() };
    // Nothing that people write is longer, and nothing shorter nests too deeply.
    if inside.len() > LONGEST {
        return Vec::new();
    }
    let call = format!("f({inside}\n)");
    let Ok(parsed) = parse_expression(&call) else { return Vec::new() };
    let Expr::Call(call) = parsed.expr() else { return Vec::new() };
    let values = Values { made, shift: start as isize - 2 };
    let plain = call.arguments.args.iter().map(|value| (None, values.words(value)));
    let named = call.arguments.keywords.iter();
    plain.chain(named.map(|k| (k.arg.as_ref().map(ToString::to_string), values.words(&k.value)))).collect()
}

/// Evaluates arguments, as far as they are texts.
struct Values<'m> {
    made: &'m [Step],
    /// From offsets of the parsed text to those of the file.
    shift: isize,
}

impl Values<'_> {
    /// The words that a value stands for.
    fn words(&self, value: &Expr) -> Vec<Word> {
        let (start, end) = (value.range().start().to_usize(), value.range().end().to_usize());
        let span = Span::new(start.saturating_add_signed(self.shift), end.saturating_add_signed(self.shift));
        match value {
            Expr::List(list) => list.elts.iter().flat_map(|e| self.words(e)).collect(),
            Expr::Tuple(tuple) => tuple.elts.iter().flat_map(|e| self.words(e)).collect(),
            Expr::Starred(starred) => self.words(&starred.value),
            // Marks of a file (`temp`, `protected`, `directory`, `ancient`, `expand`): the file is what is marked.
            Expr::Call(call) => self.marked(call),
            Expr::Attribute(_) | Expr::Subscript(_) => self.of_rule(value),
            _ => vec![Word { text: Text::from(&text(value)), span }],
        }
    }

    fn marked(&self, call: &ExprCall) -> Vec<Word> {
        let name = match &*call.func {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => "",
        };
        let marks = ["temp", "protected", "directory", "ancient", "touch", "pipe", "report", "expand", "multiext"];
        let first = call.arguments.args.first().filter(|_| marks.contains(&name) || name == "update");
        let words = first.map(|value| self.words(value)).unwrap_or_default();
        if name != "multiext" {
            return words;
        }
        let endings = call.arguments.args.iter().skip(1).map(text);
        let with = |ending: String| {
            words.iter().map(move |w| Word { text: Text::from(&[w.text.as_str(), &ending].concat()), ..*w })
        };
        endings.flat_map(with).collect()
    }

    /// `rules.train.output.model`: the files of a rule above.
    fn of_rule(&self, value: &Expr) -> Vec<Word> {
        let mut names: Vec<&str> = Vec::new();
        let mut at = value;
        loop {
            match at {
                Expr::Attribute(attribute) => {
                    names.push(attribute.attr.as_str());
                    at = &attribute.value;
                }
                Expr::Subscript(subscript) => at = &subscript.value,
                Expr::Name(name) => {
                    names.push(name.id.as_str());
                    break;
                }
                _ => return Vec::new(),
            }
        }
        names.reverse();
        let ["rules" | "checkpoints", rule, kind, ..] = names.as_slice() else { return Vec::new() };
        let Some(step) = self.made.iter().find(|step| step.name == *rule) else { return Vec::new() };
        match *kind {
            "output" => step.outputs.clone(),
            "input" => step.inputs.clone(),
            _ => Vec::new(),
        }
    }
}

/// A text with holes for what is computed.
fn text(value: &Expr) -> String {
    match value {
        Expr::StringLiteral(literal) => literal.value.to_str().to_owned(),
        Expr::BinOp(sum) if sum.op == Operator::Add => text(&sum.left) + &text(&sum.right),
        Expr::BinOp(path) if path.op == Operator::Div => [text(&path.left), text(&path.right)].join("/"),
        Expr::FString(format) => {
            let parts = format.value.elements().map(|part| match part {
                ruff_python_ast::InterpolatedStringElement::Literal(literal) => literal.value.to_string(),
                ruff_python_ast::InterpolatedStringElement::Interpolation(_) => HOLE.to_owned(),
            });
            parts.collect()
        }
        _ => HOLE.to_owned(),
    }
}

/// `{sample}` and `{sample,[0-9]{4}}` stand for any name.
fn without_wildcards(text: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_usize;
    for c in text.chars() {
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
            " train: models/{}.pkl <- data/clean.csv: scripts/train.py",
            " report: report.html <- models/a.pkl,x/{}/{}.json: ",
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
