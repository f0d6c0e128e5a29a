//! A script as it runs: loops over what is listed are unrolled, functions are called with their arguments, and every branch is taken.

use rustc_hash::{FxHashMap, FxHashSet};
use tree_sitter::{Node, Tree};

use super::folder::Folder;
use super::outcomes::{excuses, wanted};
use super::redirects::redirect;
use super::words::{Scope, asks, plain};
use super::{HOLE, LONGEST, Variables, wait};
use crate::fact::{Access, Command, Text};
use crate::source::Span;

/// Blocks in blocks are no deeper.
const DEPTH: usize = 120;

/// Functions that call functions are no deeper.
const CALLS: usize = 8;

/// A loop over more elements tells nothing new.
const TURNS: usize = 24;

/// Nodes looked at in all: what loops and calls multiply ends here.
const STEPS: usize = 200_000;

/// Variables that are handed on to programs.
const HANDED: usize = 32;

/// A function that runs.
#[derive(Default)]
struct Frame {
    arguments: Option<Vec<String>>,
}

/// A script while it is read.
pub(super) struct Script<'t> {
    text: &'t str,
    path: &'t str,
    variables: Variables,
    lists: FxHashMap<String, Vec<String>>,
    exported: Vec<String>,
    folder: Folder,
    functions: FxHashMap<&'t str, Node<'t>>,
    called: FxHashSet<&'t str>,
    frames: Vec<Frame>,
    /// Commands run now are left running by a call around them.
    left: bool,
    /// The file for want of which alone commands are run now.
    wanting: Option<(Text, Span)>,
    steps: usize,
    commands: Vec<Command>,
    seen: FxHashSet<(Span, Vec<Text>, String)>,
}

impl<'t> Script<'t> {
    pub(super) fn new(text: &'t str, path: &'t str, known: &Variables) -> Self {
        let mut exported: Vec<String> = known.keys().cloned().collect();
        exported.sort_unstable();
        Self {
            text,
            path,
            variables: known.clone(),
            lists: FxHashMap::default(),
            exported,
            folder: Folder::default(),
            functions: FxHashMap::default(),
            called: FxHashSet::default(),
            frames: vec![Frame::default()],
            left: false,
            wanting: None,
            steps: 0,
            commands: Vec::new(),
            seen: FxHashSet::default(),
        }
    }

    pub(super) fn commands(mut self, tree: &'t Tree) -> Vec<Command> {
        self.run(tree.root_node(), 0);
        // What nothing here calls is called by scripts that take this one in.
        let mut uncalled: Vec<(&str, Node<'t>)> =
            self.functions.iter().filter(|(name, _)| !self.called.contains(*name)).map(|(n, f)| (*n, *f)).collect();
        uncalled.sort_unstable_by_key(|(_, node)| node.start_byte());
        for (_, body) in uncalled {
            self.folder = Folder::default();
            self.frames.push(Frame { arguments: None });
            self.block(body, 1);
            self.frames.pop();
        }
        wait(&mut self.commands);
        self.commands
    }

    /// Runs a node, however deep it lies.
    fn run(&mut self, node: Node<'t>, depth: usize) {
        self.steps += 1;
        if depth > DEPTH || self.steps > STEPS {
            return;
        }
        match node.kind() {
            "command" => self.command(node, depth),
            "variable_assignment" => self.assign(node, depth),
            "declaration_command" => self.declare(node, depth),
            "for_statement" => self.each(node, depth),
            "function_definition" => self.define(node),
            "if_statement" | "case_statement" => self.branches(node, depth),
            "redirected_statement" => self.redirected(node, depth),
            "subshell" | "command_substitution" | "process_substitution" => {
                let (variables, lists) = (self.variables.clone(), self.lists.clone());
                self.block(node, depth);
                (self.variables, self.lists) = (variables, lists);
            }
            "pipeline" | "do_group" => self.block(node, depth),
            "list" => self.list(node, depth),
            "heredoc_body" | "comment" => {}
            _ => self.inside(node, depth),
        }
    }

    /// Runs what stands in a node, in its order.
    fn inside(&mut self, node: Node<'t>, depth: usize) {
        let mut cursor = node.walk();
        let children: Vec<Node<'t>> = node.named_children(&mut cursor).collect();
        for child in children {
            self.run(child, depth + 1);
        }
    }

    /// The same, at whose end a change of the folder is forgotten.
    fn block(&mut self, node: Node<'t>, depth: usize) {
        let outside = self.folder.clone();
        self.inside(node, depth);
        self.folder = outside;
    }

    /// `a && b && c`, which nests to the left.
    fn list(&mut self, node: Node<'t>, depth: usize) {
        let mut rest = Vec::new();
        let mut first = node;
        while first.kind() == "list" {
            let mut cursor = first.walk();
            let either = first.children(&mut cursor).any(|child| child.kind() == "||");
            let mut cursor = first.walk();
            let mut children: Vec<Node<'t>> = first.named_children(&mut cursor).collect();
            if children.is_empty() {
                return;
            }
            let head = children.remove(0);
            rest.extend(children.into_iter().rev().map(|child| (child, either)));
            first = head;
        }
        let before = self.commands.len();
        self.run(first, depth + 1);
        for (node, either) in rest.into_iter().rev() {
            if either && excuses(node, self.text) {
                let span = Span::new(node.start_byte(), node.end_byte());
                self.commands.iter_mut().skip(before).for_each(|command| command.excused = Some(span));
            }
            self.run(node, depth + 1);
        }
    }

    fn scope(&self) -> Scope<'_> {
        Scope {
            variables: &self.variables,
            lists: &self.lists,
            arguments: self.frames.last().and_then(|frame| frame.arguments.as_deref()),
            here: &self.folder.here,
            path: self.path,
        }
    }

    fn command(&mut self, node: Node<'t>, depth: usize) {
        // What follows without a blank belongs to the same word.
        let mut spans: Vec<(usize, usize)> = Vec::new();
        let mut own = Vec::new();
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            if child.kind() == "variable_assignment" {
                own.extend(self.pair(child));
            }
            if !is_word(child) {
                continue;
            }
            match spans.last_mut() {
                Some(last) if last.1 == child.start_byte() => last.1 = child.end_byte(),
                _ => spans.push((child.start_byte(), child.end_byte())),
            }
        }
        let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return };
        let span = Span::new(first.0, last.1);
        let scope = self.scope();
        let mut raw: Vec<String> = Vec::with_capacity(spans.len());
        for (from, to) in &spans {
            let text = self.slice(*from, *to);
            let simple = !text.contains(['"', '\'', '\\', '$', '`', '(', '{']);
            if simple { raw.push(text.to_owned()) } else { raw.extend(scope.expand(text)) }
        }
        let left = self.left || is_left(node);
        let name = raw.first().map(String::as_str).unwrap_or_default();
        if let Some((name, body)) = self.functions.get_key_value(name).map(|(n, b)| (*n, *b))
            && self.frames.len() <= CALLS
        {
            self.substitutions(node, depth);
            return self.call(name, body, raw.split_off(1), left, depth);
        }
        match name {
            "shift" => self.shift(&raw),
            "read" | "mapfile" | "readarray" => {
                for name in raw.iter().skip(1).filter(|word| !word.starts_with('-')) {
                    self.variables.insert(name.clone(), HOLE.to_owned());
                }
            }
            "set" if raw.get(1).is_some_and(|w| w == "--") => {
                if let Some(frame) = self.frames.last_mut() {
                    frame.arguments = Some(raw.get(2..).unwrap_or_default().to_vec());
                }
            }
            _ => {}
        }
        let words: Vec<Text> = raw.iter().map(|word| Text::from(&plain(word))).collect();
        self.folder.follow(&words);
        if self.seen.insert((span, words.clone(), self.folder.here.clone())) && !words.is_empty() {
            let asked =
                if raw.iter().any(|w| asks(w)) { raw.iter().map(|w| Text::from(w)).collect() } else { Vec::new() };
            let environment = self.handed(own);
            let folder = Text::from(&plain(&self.folder.here));
            let redirects = Vec::new();
            let (excused, wanting) = (None, self.wanting);
            let background = left;
            self.commands.push(Command {
                words,
                folder,
                background,
                excused,
                wanting,
                asked,
                redirects,
                fed: Text::default(),
                environment,
                span,
            });
        }
        self.substitutions(node, depth);
    }

    /// Commands within a command's words; of most there are none.
    fn substitutions(&mut self, node: Node<'t>, depth: usize) {
        if self.of(node).contains(['(', '`']) {
            self.inside(node, depth);
        }
    }

    /// What a program gets in variables of the environment.
    fn handed(&self, own: Vec<(String, String)>) -> Vec<(Text, Text)> {
        let exported = self.exported.iter().filter_map(|name| Some((name.clone(), self.variables.get(name)?.clone())));
        let known = exported.chain(own).map(|(name, value)| (name, plain(&value))).filter(|(_, v)| !v.contains(HOLE));
        known.take(HANDED).map(|(name, value)| (Text::from(&name), Text::from(&value))).collect()
    }

    fn call(&mut self, name: &'t str, body: Node<'t>, arguments: Vec<String>, left: bool, depth: usize) {
        self.called.insert(name);
        let before = std::mem::replace(&mut self.left, left);
        self.frames.push(Frame { arguments: Some(arguments) });
        self.inside(body, depth + 1);
        self.frames.pop();
        self.left = before;
    }

    fn shift(&mut self, words: &[String]) {
        let count = words.get(1).and_then(|n| n.parse::<usize>().ok()).unwrap_or(1);
        if let Some(arguments) = self.frames.last_mut().and_then(|frame| frame.arguments.as_mut()) {
            arguments.drain(..count.min(arguments.len()));
        }
    }

    fn define(&mut self, node: Node<'t>) {
        if let (Some(name), Some(body)) = (node.child_by_field_name("name"), node.child_by_field_name("body")) {
            self.functions.insert(self.of(name), body);
        }
    }

    /// `export A=b`, `local x=$1`, `declare -a L=(..)`.
    fn declare(&mut self, node: Node<'t>, depth: usize) {
        let exports = self.of(node).starts_with("export") || self.of(node).starts_with("declare -x");
        let mut cursor = node.walk();
        let children: Vec<Node<'t>> = node.named_children(&mut cursor).collect();
        for child in children {
            let name = match child.kind() {
                "variable_assignment" => child.child_by_field_name("name").map(|name| self.of(name)),
                "variable_name" => Some(self.of(child)),
                _ => None,
            };
            self.run(child, depth + 1);
            if let Some(name) = name.filter(|name| exports && !self.exported.iter().any(|e| e == name)) {
                self.exported.push(name.to_owned());
            }
        }
    }

    /// The name and the value of an assignment.
    fn pair(&self, node: Node<'t>) -> Option<(String, String)> {
        let name = node.child_by_field_name("name")?;
        let value = node.child_by_field_name("value").map_or("", |value| self.of(value));
        Some((self.of(name).to_owned(), self.scope().text(value)))
    }

    fn assign(&mut self, node: Node<'t>, depth: usize) {
        let Some((name, value)) = node.child_by_field_name("name").zip(Some(node.child_by_field_name("value"))) else {
            return;
        };
        let key = self.of(name).to_owned();
        let value_text = value.map_or("", |value| self.of(value));
        let adds = value.is_some_and(|v| self.slice(name.end_byte(), v.start_byte()).contains("+="));
        if value.is_some_and(|v| v.kind() == "array") {
            let mut list = if adds { self.lists.get(&key).cloned().unwrap_or_default() } else { Vec::new() };
            if let Some(array) = value {
                let mut cursor = array.walk();
                let elements: Vec<Node<'t>> = array.named_children(&mut cursor).collect();
                let scope = self.scope();
                list.extend(elements.iter().filter(|e| e.kind() != "comment").flat_map(|e| scope.expand(self.of(*e))));
            }
            list.truncate(LONGEST);
            self.lists.insert(key, list);
            return;
        }
        let mut text = self.scope().text(value_text);
        if adds {
            text = self.variables.get(&key).map_or_else(|| HOLE.to_owned(), |before| format!("{before}{text}"));
        }
        let text = if text.len() <= LONGEST { text } else { HOLE.to_owned() };
        self.variables.insert(key, text);
        if value_text.contains(['(', '`'])
            && let Some(value) = value
        {
            self.run(value, depth + 1);
        }
    }

    /// A loop over what is listed.
    fn each(&mut self, node: Node<'t>, depth: usize) {
        let Some(variable) = node.child_by_field_name("variable").map(|v| self.of(v).to_owned()) else { return };
        let mut cursor = node.walk();
        let values: Vec<Node<'t>> = node.children_by_field_name("value", &mut cursor).collect();
        let scope = self.scope();
        let mut elements: Vec<String> = values.iter().flat_map(|value| scope.expand(self.of(*value))).collect();
        // What a pattern of files matches is not known.
        elements.iter_mut().filter(|e| e.contains(['*', '?'])).for_each(|e| *e = HOLE.to_owned());
        elements.dedup();
        if elements.is_empty() || elements.len() > TURNS {
            elements = vec![HOLE.to_owned()];
        }
        for value in values {
            self.substitutions(value, depth);
        }
        let Some(body) = node.child_by_field_name("body") else { return };
        for element in elements {
            self.variables.insert(variable.clone(), element);
            self.run(body, depth + 1);
        }
    }

    /// All arms, each from what held before; what they leave different is known only where it was unknown before.
    fn branches(&mut self, node: Node<'t>, depth: usize) {
        let (before, outside) = (self.variables.clone(), self.folder.clone());
        let mut after: Vec<Variables> = Vec::new();
        let mut cursor = node.walk();
        let children: Vec<Node<'t>> = node.named_children(&mut cursor).collect();
        let around = self.wanting;
        self.wanting = node.child_by_field_name("condition").and_then(|asks| self.wanted(asks)).or(around);
        for child in children {
            if matches!(child.kind(), "elif_clause" | "else_clause" | "case_item") {
                self.wanting = around;
                after.push(std::mem::replace(&mut self.variables, before.clone()));
                self.folder = outside.clone();
                self.inside(child, depth + 1);
            } else {
                self.run(child, depth + 1);
            }
        }
        after.push(std::mem::take(&mut self.variables));
        self.variables = merged(before, &after);
        self.folder = outside;
        self.wanting = around;
    }

    /// The file of which a condition asks whether it is missing: `[ ! -f model.pkl ]`.
    fn wanted(&self, condition: Node<'t>) -> Option<(Text, Span)> {
        let path = wanted(self.of(condition))?;
        let path = plain(&self.scope().text(path));
        let span = Span::new(condition.start_byte(), condition.end_byte());
        (!path.is_empty() && !path.contains(HOLE)).then(|| (Text::from(&path), span))
    }

    /// A statement whose first command reads, and whose last one writes, what it is redirected to.
    fn redirected(&mut self, node: Node<'t>, depth: usize) {
        let first = self.commands.len();
        let Some(body) = node.child_by_field_name("body") else { return self.inside(node, depth) };
        self.run(body, depth + 1);
        let mut redirects = Vec::new();
        let mut cursor = node.walk();
        let mut nodes: Vec<Node<'t>> = node.children_by_field_name("redirect", &mut cursor).collect();
        while let Some(node) = nodes.pop() {
            match node.kind() {
                "file_redirect" => {
                    if let Some((access, target)) = redirect(node, self.text) {
                        redirects.push((access, Text::from(&self.scope().text(self.of(target)))));
                    }
                    self.substitutions(node, depth);
                }
                "heredoc_redirect" => {
                    self.feed(node, first);
                    let mut cursor = node.walk();
                    let inner: Vec<Node<'t>> = node.named_children(&mut cursor).collect();
                    for child in inner {
                        match child.kind() {
                            "file_redirect" => nodes.push(child),
                            "heredoc_start" | "heredoc_body" | "heredoc_end" => {}
                            _ => self.run(child, depth + 1),
                        }
                    }
                }
                _ => {}
            }
        }
        for (access, place) in redirects {
            let at = if access == Access::Read { first } else { self.commands.len().saturating_sub(1).max(first) };
            if let Some(command) = self.commands.get_mut(at) {
                command.redirects.push((access, place));
            }
        }
    }

    /// Notes the text that a command is fed with.
    fn feed(&mut self, node: Node<'t>, command: usize) {
        let mut cursor = node.walk();
        let body = node.named_children(&mut cursor).find(|child| child.kind() == "heredoc_body");
        let text = body.map_or("", |body| self.of(body));
        if let Some(command) = self.commands.get_mut(command).filter(|_| text.len() <= LONGEST) {
            command.fed = Text::from(text);
        }
    }

    fn of(&self, node: Node<'t>) -> &'t str {
        self.slice(node.start_byte(), node.end_byte())
    }

    fn slice(&self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or_default()
    }
}

/// What variables hold behind arms that leave them as they are given.
fn merged(before: Variables, after: &[Variables]) -> Variables {
    let mut merged = before.clone();
    let names: FxHashSet<&String> = after.iter().flat_map(|arm| arm.keys()).collect();
    for name in names {
        let mut values: Vec<&String> = after.iter().filter_map(|arm| arm.get(name)).collect();
        values.dedup();
        let known: FxHashSet<&String> = values.iter().copied().filter(|v| plain(v) != HOLE && !v.is_empty()).collect();
        let known: Vec<&String> = known.into_iter().collect();
        let value = match known.as_slice() {
            [only] => (*only).clone(),
            [] => values.first().map_or_else(String::new, |v| (*v).clone()),
            _ => HOLE.to_owned(),
        };
        merged.insert(name.clone(), value);
    }
    merged
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
