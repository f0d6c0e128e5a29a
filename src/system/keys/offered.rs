//! Options that say which words they take, with all that the program compares them with.

use crate::fact::{OpKind, Scalar, Text};
use crate::program::{Node, parent};
use crate::source::At;
use crate::system::dead::offered;
use crate::system::options::is_parsed;
use crate::system::{Known, Role, View};
use crate::value::options::CliOption;
use crate::value::spelling::segments;

/// The words of one option.
pub(super) struct Offered {
    pub name: Text,
    /// The words, and where they are given.
    pub given: Vec<(Text, At)>,
    /// What it is compared with, and the tables that are asked by it.
    pub compared: Vec<Node>,
}

/// One for each option with words.
pub(super) fn all(view: &View<'_>, known: &Known) -> Vec<Offered> {
    let tracer = view.tracer();
    let mut found = Vec::new();
    let real = |option: &&CliOption| known.roles[option.call.file.index()] != Role::Test && !option.switch;
    for option in view.evaluator.options.all.iter().filter(real) {
        let word = |node: Node| Some((view.program.literal(node)?, view.program.place(node)));
        let choices = offered(view, option).unwrap_or_default();
        let mut given: Vec<(Text, At)> = choices.into_iter().chain(option.default).filter_map(word).collect();
        given.extend(varied(view, option));
        if given.is_empty() {
            continue;
        }
        let mut compared = Vec::new();
        for node in read(view, option) {
            for (path, nodes) in tracer.follow(node, &[]).compared {
                compared.extend(nodes.into_iter().filter(|_| path.is_empty()));
            }
        }
        compared.sort_unstable();
        compared.dedup();
        found.push(Offered { name: option.flag, given, compared });
    }
    found
}

/// Where code reads an option.
fn read(view: &View<'_>, option: &CliOption) -> Vec<Node> {
    let options = &view.evaluator.options;
    let is = |node: &Node| {
        let OpKind::Attr(object, _) = view.program.op(*node).kind else { return false };
        let found = options.find(view.program.owner(*node), option.name);
        is_parsed(view, Node { value: object, ..*node })
            && found.is_some_and(|of| options.all.get(of as usize).is_some_and(|of| of.call == option.call))
    };
    let mut nodes: Vec<Node> = view.users.attributes(option.name).filter(is).collect();
    nodes.extend(option.param.map(|value| Node { value, ..option.call }));
    nodes
}

/// The words that sweeps give to an option of the program that they start.
fn varied(view: &View<'_>, option: &CliOption) -> Vec<(Text, At)> {
    let Some((program, parameters)) = view.lexicon.keys.sweep() else { return Vec::new() };
    let mut found = Vec::new();
    for file in view.program.files() {
        let settings = &view.program.file(file).settings;
        let starts = settings.iter().find(|s| s.keys.as_slice() == [program]);
        let Some(Scalar::Text(path)) = starts.map(|s| s.value) else { continue };
        let bases = [parent(view.program.path(file)), ""];
        if !bases.iter().any(|base| view.program.at_path(&segments(base, &path)) == Some(option.call.file)) {
            continue;
        }
        let of_option =
            settings.iter().filter(|s| s.keys.len() > 2 && s.keys[0] == parameters && s.keys[1] == option.name);
        found.extend(of_option.filter(|s| matches!(s.keys[2].as_str(), "value" | "values")).filter_map(|s| {
            let Scalar::Text(word) = s.value else { return None };
            Some((word, At { file, span: s.span }))
        }));
    }
    found
}
