//! Shell scripts, and the shell texts of other files, as the simple commands they run.

use std::cell::Cell;
use std::ops::ControlFlow;

use rustc_hash::FxHashMap;
use tree_sitter::{Node, ParseOptions, ParseState, Parser, Tree};

use super::command::{closing, wait};
use super::comments::{line_comments, notes};
use super::excerpt::Excerpt;
use crate::fact::{Command, Facts, ProblemKind, Text};
use crate::source::Span;

/// Larger scripts carry data, not commands.
const LIMIT: usize = 1024 * 1024;

/// The parser takes the text in pieces of that many bytes.
const CHUNK: usize = 512;

/// For a plain script it takes each piece once or twice; where it looks ahead to the end at every word, there is none.
const AGAIN: usize = 64;

/// The parser asks this often whether to go on: for a plain script once in 100 to 200 bytes, but it takes ever longer
/// from one time to the next if the script nests without end.
const PATIENCE: usize = 1_000;

/// What stands for a part of a word that is not known.
pub const HOLE: &str = "{}";

/// A variable's longest value: values that are made of each other double at each step.
pub const LONGEST: usize = 4096;

/// What variables hold, as far as that is known.
pub type Variables = FxHashMap<String, String>;

/// Reads a script.
pub fn read(text: &str) -> Facts {
    let mut facts = Facts::default();
    match parse(text) {
        Ok(tree) => facts.commands = Script::new(text, &Variables::default()).commands(&tree),
        Err((kind, reason)) => facts.trouble(kind, reason, Span::default()),
    }
    facts.notes = notes(text, line_comments(text, &["#"]).into_iter());
    facts
}

/// The commands of a shell text that stands in another file; `known` variables are filled in.
pub fn commands(excerpt: &Excerpt, known: &Variables) -> Vec<Command> {
    let text = excerpt.text();
    let Ok(tree) = parse(text) else { return Vec::new() };
    let mut commands = Script::new(text, known).commands(&tree);
    for command in &mut commands {
        command.span = excerpt.span(command.span);
    }
    commands
}

fn parse(text: &str) -> Result<Tree, (ProblemKind, &'static str)> {
    if text.len() > LIMIT {
        return Err((ProblemKind::TooLarge, "a shell script of more than 1 MiB"));
    }
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).map_err(|_| (ProblemKind::Panic, "no grammar"))?;
    let bytes = text.as_bytes();
    let (asked, taken) = (Cell::new(0_usize), Cell::new(0_usize));
    let enough = 1_000 + AGAIN * (bytes.len() / CHUNK);
    let mut watch = |_: &ParseState| {
        asked.set(asked.get() + 1);
        if asked.get() > PATIENCE || taken.get() > enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let mut take = |at: usize, _| {
        taken.set(taken.get() + 1);
        let rest = bytes.get(at..).unwrap_or_default();
        rest.get(..CHUNK).unwrap_or(rest)
    };
    let tree = parser.parse_with_options(&mut take, None, Some(ParseOptions::new().progress_callback(&mut watch)));
    tree.ok_or((ProblemKind::TooDeep, "a shell script that nests too deeply, or is too long"))
}

/// What matters of a script, in its order.
enum Mark<'t> {
    /// A block begins or ends, at whose end a change of the folder is forgotten.
    Begin,
    End,
    Command(Node<'t>),
    Assignment(Node<'t>),
    Loop(Node<'t>),
}

/// Picks what matters out of a tree of any depth; here-documents are no commands.
fn outline<'t>(tree: &'t Tree, text: &str) -> Vec<Mark<'t>> {
    // Most commands hold no other: their words need not be walked through.
    let holds_commands = |node: Node<'_>| {
        let text = text.get(node.byte_range()).unwrap_or_default();
        text.contains(['(', '`'])
    };
    let mut marks = Vec::new();
    let mut cursor = tree.walk();
    let mut above: Vec<bool> = Vec::new();
    loop {
        let node = cursor.node();
        if node.child_count() > 0 {
            let kind = node.kind();
            match kind {
                "command" => marks.push(Mark::Command(node)),
                "variable_assignment" => marks.push(Mark::Assignment(node)),
                "for_statement" => marks.push(Mark::Loop(node)),
                _ => {}
            }
            let inside = match kind {
                "heredoc_body" => false,
                "command" => holds_commands(node),
                _ => true,
            };
            if inside && cursor.goto_first_child() {
                let block = is_block(kind);
                marks.extend(block.then_some(Mark::Begin));
                above.push(block);
                continue;
            }
        }
        while !cursor.goto_next_sibling() {
            let Some(block) = above.pop() else { return marks };
            cursor.goto_parent();
            marks.extend(block.then_some(Mark::End));
        }
    }
}

/// The folder that commands are run in.
#[derive(Clone, Default)]
struct Folder {
    here: String,
    /// Where the script was before.
    before: String,
    /// Where it means to return to.
    kept: Vec<String>,
}

impl Folder {
    /// Follows a command that changes the folder.
    fn follow(&mut self, words: &[Text]) {
        let target = words.iter().skip(1).find(|w| w.as_str() == "-" || !w.starts_with('-'));
        let target = target.map_or("~", |w| w.as_str());
        match words.first().map(|w| w.as_str()) {
            Some("cd" | "chdir") if target == "-" => std::mem::swap(&mut self.here, &mut self.before),
            Some("cd" | "chdir") => self.go(target),
            Some("pushd") => {
                self.kept.push(self.here.clone());
                self.go(target);
            }
            Some("popd") => self.here = self.kept.pop().unwrap_or_else(|| HOLE.to_owned()),
            _ => {}
        }
    }

    fn go(&mut self, target: &str) {
        let next = match target {
            outside if outside.starts_with(['/', '~', '$']) => HOLE.to_owned(),
            inside if self.here.is_empty() => inside.to_owned(),
            inside => format!("{}/{inside}", self.here),
        };
        self.before = std::mem::replace(&mut self.here, next);
    }
}

/// A script while it is read.
struct Script<'t> {
    text: &'t str,
    variables: Variables,
    folder: Folder,
    commands: Vec<Command>,
}

impl<'t> Script<'t> {
    fn new(text: &'t str, known: &Variables) -> Self {
        Self { text, variables: known.clone(), folder: Folder::default(), commands: Vec::new() }
    }

    fn commands(mut self, tree: &'t Tree) -> Vec<Command> {
        let marks = outline(tree, self.text);
        self.assign(&marks);
        let mut outside: Vec<Folder> = Vec::new();
        for mark in marks {
            match mark {
                Mark::Begin => outside.push(self.folder.clone()),
                Mark::End => self.folder = outside.pop().unwrap_or_default(),
                Mark::Command(node) => self.command(node),
                Mark::Assignment(_) | Mark::Loop(_) => {}
            }
        }
        wait(&mut self.commands);
        self.commands
    }

    fn command(&mut self, node: Node<'t>) {
        // What follows without a blank belongs to the same word.
        let mut spans: Vec<(usize, usize)> = Vec::new();
        let mut cursor = node.walk();
        for child in node.children(&mut cursor).filter(|child| is_word(*child)) {
            match spans.last_mut() {
                Some(last) if last.1 == child.start_byte() => last.1 = child.end_byte(),
                _ => spans.push((child.start_byte(), child.end_byte())),
            }
        }
        let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return };
        let span = Span::new(first.0, last.1);
        let word = |text: &str| {
            let plain = !text.contains(['"', '\'', '\\', '$', '`', '(']);
            if plain { Text::from(text) } else { Text::from(&self.word(text)) }
        };
        let words: Vec<Text> = spans.iter().map(|(from, to)| word(self.slice(*from, *to))).collect();
        self.folder.follow(&words);
        self.commands.push(Command { words, folder: Text::from(&self.folder.here), background: is_left(node), span });
    }

    /// What the shell makes of a word. The grammar's own view of a word is not asked: it loses blanks and dollars.
    fn word(&self, word: &str) -> String {
        let mut out = String::new();
        let mut rest = word;
        let mut quoted = false;
        while let Some(c) = rest.chars().next() {
            let after = &rest[c.len_utf8()..];
            rest = match c {
                '"' => {
                    quoted = !quoted;
                    after
                }
                '\'' if !quoted => {
                    let (text, behind) = after.split_once('\'').unwrap_or((after, ""));
                    out.push_str(text);
                    behind
                }
                '\\' => escaped(after, quoted, &mut out),
                '`' => {
                    out.push_str(HOLE);
                    after.split_once('`').map_or("", |(_, behind)| behind)
                }
                '<' | '>' if !quoted && after.starts_with('(') => {
                    out.push_str(HOLE);
                    &after[closing(after)..]
                }
                '$' => self.expansion(after, &mut out),
                _ => {
                    out.push(c);
                    after
                }
            };
        }
        out
    }

    /// Adds what an expansion stands for whose dollar has been read; what follows it.
    fn expansion<'w>(&self, text: &'w str, out: &mut String) -> &'w str {
        let name = name_of(text);
        let (value, length) = match text.chars().next() {
            Some('(') => (None, closing(text)),
            Some('{') => {
                let length = closing(text);
                (self.parameter(&text[1..length]), length)
            }
            Some(c) if "@*#?$!-0123456789".contains(c) => (None, 1),
            _ if !name.is_empty() => (self.variables.get(name), name.len()),
            // The dollar of `$'..'` and `$".."`, else one that stands for itself.
            other => {
                out.push_str(if matches!(other, Some('\'' | '"')) { "" } else { "$" });
                return text;
            }
        };
        out.push_str(value.map_or(HOLE, String::as_str));
        &text[length..]
    }

    /// What `name}` or `name:-default}` stands for; what computes another text from it is not known.
    fn parameter(&self, inner: &str) -> Option<&String> {
        let name = name_of(inner);
        let operator = inner[name.len()..].trim_start_matches(':');
        self.variables.get(name).filter(|_| operator.starts_with(['}', '-', '=', '?']))
    }

    /// Learns what variables hold that are assigned once.
    fn assign(&mut self, marks: &[Mark<'t>]) {
        let mut assigned: Vec<(&str, Option<Node<'t>>)> = Vec::new();
        for mark in marks {
            match mark {
                Mark::Assignment(node) => {
                    let Some(name) = node.child_by_field_name("name") else { continue };
                    let value = node.child_by_field_name("value");
                    let adds = |v: &Node<'_>| self.slice(name.end_byte(), v.start_byte()).contains("+=");
                    assigned.push((self.of(name), value.filter(|v| !adds(v) && v.kind() != "array")));
                }
                Mark::Loop(node) => assigned.extend(node.child_by_field_name("variable").map(|n| (self.of(n), None))),
                Mark::Command(node) if self.of(*node).starts_with("read ") => {
                    let mut cursor = node.walk();
                    assigned.extend(node.children(&mut cursor).map(|word| (self.of(word), None)));
                }
                _ => {}
            }
        }
        let mut times: FxHashMap<&str, usize> = FxHashMap::default();
        for (name, _) in &assigned {
            *times.entry(name).or_default() += 1;
        }
        for (name, value) in assigned {
            let once = value.filter(|_| times.get(name) == Some(&1));
            let text = once.map(|value| self.word(self.of(value))).filter(|text| text.len() <= LONGEST);
            let text = text.unwrap_or_else(|| HOLE.to_owned());
            self.variables.insert(name.to_owned(), text);
        }
    }

    fn of(&self, node: Node<'t>) -> &'t str {
        self.slice(node.start_byte(), node.end_byte())
    }

    fn slice(&self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or_default()
    }
}

/// Does an `&` stand behind a command, or behind what it is the last part of?
fn is_left(command: Node<'_>) -> bool {
    let mut node = command;
    while let Some(above) = node.parent().filter(|_| node.next_sibling().is_none()) {
        if !matches!(above.kind(), "redirected_statement" | "pipeline" | "list" | "subshell" | "compound_statement") {
            break;
        }
        node = above;
    }
    // What stands before a redirection belongs to it.
    let node = node.parent().filter(|above| above.kind() == "redirected_statement").unwrap_or(node);
    node.next_sibling().is_some_and(|next| next.kind() == "&")
}

/// Is a change of the folder forgotten where a node of this kind ends?
fn is_block(kind: &str) -> bool {
    matches!(
        kind,
        "subshell"
            | "command_substitution"
            | "process_substitution"
            | "function_definition"
            | "pipeline"
            | "if_statement"
            | "elif_clause"
            | "else_clause"
            | "do_group"
            | "case_item"
    )
}

/// Is a part of a command one of its words?
fn is_word(node: Node<'_>) -> bool {
    !matches!(
        node.kind(),
        "variable_assignment"
            | "file_redirect"
            | "herestring_redirect"
            | "heredoc_redirect"
            | "subshell"
            | "comment"
            | "ERROR"
    )
}

/// Adds the character behind a backslash; what follows it. A line end is no character but joins the lines.
fn escaped<'w>(text: &'w str, quoted: bool, out: &mut String) -> &'w str {
    let Some(c) = text.chars().next() else { return text };
    match c {
        '\n' => {}
        _ if quoted && !matches!(c, '"' | '\\' | '$' | '`') => out.extend(['\\', c]),
        _ => out.push(c),
    }
    &text[c.len_utf8()..]
}

/// The name at the beginning of a text.
fn name_of(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn words(text: &str) -> Vec<String> {
        read(text).commands.iter().map(|c| c.words.iter().map(|w| w.as_str()).collect::<Vec<_>>().join("|")).collect()
    }

    #[test]
    fn simple_commands_are_found_wherever_they_stand() {
        let text = "# ä\nif [ -f x ]; then A=1 wget -q 'a b' > out 2>&1; fi\nfor i in 1 2; do ls $(cat y) | wc -l; done\nf() { g; }\n";
        assert_eq!(words(text), ["wget|-q|a b", "ls|{}", "cat|y", "wc|-l", "g"]);
        let command = &read(text).commands[0];
        assert_eq!(&text[command.span.start as usize..command.span.end as usize], "wget -q 'a b'");
    }

    #[test]
    fn what_is_started_with_an_ampersand_and_not_waited_for_is_left_running() {
        let left = |text: &str| read(text).commands.iter().map(|c| c.background).collect::<Vec<_>>();
        assert_eq!(left("python a.py &\npython b.py > log 2>&1 & python c.py && d\n"), [true, true, false, false]);
        assert_eq!(left("python a.py | tee log &\n"), [false, true]);
        assert_eq!(left("for i in 1 2; do python a.py $i & done\nwait\npython b.py &"), [false, false, true]);
    }

    #[test]
    fn variables_that_are_assigned_once_are_filled_in() {
        let text = "base=https://é.org\nURL=\"$base/x\"\nn=1\nn=2\nexport D=d\nfor f in a b; do\nwget ${URL}/y.csv \"$n $D\" $f ${D%.csv} ${D:-e}\ndone";
        assert_eq!(words(text), ["wget|https://é.org/x/y.csv|{} d|{}|{}|d"]);
    }

    #[test]
    fn quotes_escapes_and_heredocs_are_undone() {
        let text =
            "echo a\\ b \"c \\\"d\\\" $X e\" $'f' g{h}i \\\n  j\npython a.py <<EOF\nwget no\n$(also no)\nEOF\nlast\n";
        assert_eq!(words(text), ["echo|a b|c \"d\" {} e|f|g{h}i|j", "python|a.py", "last"]);
    }

    #[test]
    fn a_change_of_folder_holds_to_the_end_of_its_block() {
        let text = "cd a && b\n(cd ../c; d)\npushd e\nf\npopd\ng\ncd /x\nh\ncd -\ni";
        let commands = read(text).commands;
        let folders: Vec<(&str, &str)> =
            commands.iter().filter(|c| c.words.len() == 1).map(|c| (c.words[0].as_str(), c.folder.as_str())).collect();
        let expected = [("b", "a"), ("d", "a/../c"), ("f", "a/e"), ("popd", "a"), ("g", "a"), ("h", "{}"), ("i", "a")];
        assert_eq!(folders, expected);
    }

    #[test]
    fn ignore_comments_are_notes() {
        assert_eq!(read("wget x # mldebt: ignore[a] b\n").notes.len(), 1);
    }

    #[test]
    fn hostile_scripts_end_soon() {
        let shapes = [
            "(".repeat(20_000),
            "a && ".repeat(20_000),
            "$(".repeat(20_000),
            "`".repeat(200_000),
            "${a:-".repeat(20_000),
            "if a; then ".repeat(20_000),
            "{ ".repeat(20_000),
            format!("echo \"{}", "x ".repeat(100_000)),
            format!("echo '{}", "x\n".repeat(100_000)),
            format!("cat <<EOF\n{}", "x $(y\n".repeat(20_000)),
            "cat <<A <<B\n".repeat(5_000),
            "\" ' ".repeat(20_000),
            "a=(".repeat(20_000),
            "a | ".repeat(20_000),
            (0..200).map(|i| format!("A{}=$A{i}$A{i}\n", i + 1)).collect(),
            "[[ ( ".repeat(20_000),
            "\0\u{1}é".repeat(20_000),
            "x".repeat(LIMIT + 1),
        ];
        for shape in shapes {
            let start = Instant::now();
            read(&shape);
            let shown: String = shape.chars().take(12).collect();
            assert!(start.elapsed() < Duration::from_secs(5), "{shown} took {:?}", start.elapsed());
        }
    }
}
