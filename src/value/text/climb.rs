//! Folders that are looked for upwards: the nearest above a file that holds a marker, or else the repository's root.

use rustc_hash::FxHashMap;

use super::pattern::edit;
use super::{Evaluator, Patterns, ROOT, TextRule, Work};
use crate::fact::{Facts, OpKind, Text, Val};
use crate::program::{Node, Program, join, parent};
use crate::value::follow::Seen;
use crate::value::stack::{Into, Spot};
use crate::value::types::{Callee, Types};

/// The values that a loop replaces by the folder above them, turn by turn: `while ..: here = here.parent`.
#[derive(Default)]
pub struct Climbs {
    /// Where each begins, by itself and by what it is replaced with.
    starts: FxHashMap<Node, Node>,
}

impl Climbs {
    /// Finds the loops of a program.
    pub fn new(program: &Program<'_>, types: &Types<'_>) -> Self {
        let mut starts = FxHashMap::default();
        for file in program.files() {
            let facts = program.file(file);
            let at = |value: Val| Node { file, value };
            for (start, above) in in_loops(facts) {
                if rule(program, types, at(above)) != Some(TextRule::Parent) {
                    continue;
                }
                let below = operand(program, at(above)).filter(|below| *below < start);
                if let Some(below) = below.filter(|_| is_left_to_the_next_turn(facts, above)) {
                    starts.insert(at(above), at(below));
                    starts.insert(at(below), at(below));
                }
            }
        }
        Self { starts }
    }

    /// What the climb begins with that a value is a part of.
    pub fn start(&self, node: Node) -> Option<Node> {
        self.starts.get(&node).copied()
    }
}

/// The attributes and calls within loops, each with the beginning of the innermost.
fn in_loops(facts: &Facts) -> Vec<(Val, Val)> {
    let (mut open, mut found) = (Vec::new(), Vec::new());
    for (value, op) in (0..).zip(&facts.ops) {
        match op.kind {
            OpKind::Loop => open.push(value),
            OpKind::End(start) if open.last() == Some(&start) => drop(open.pop()),
            OpKind::Attr(..) | OpKind::Call(..) => found.extend(open.last().map(|start| (*start, value))),
            _ => {}
        }
    }
    found
}

/// Does no operation take the value, save a name that is bound to it or to what it was before?
fn is_left_to_the_next_turn(facts: &Facts, value: Val) -> bool {
    facts.ops.iter().all(|op| {
        let mut takes = false;
        facts.each_operand(op.kind, &mut |operand| takes |= operand == value);
        !takes || matches!(op.kind, OpKind::Either(_) | OpKind::Bind(..))
    })
}

/// What an attribute or a call makes of a text.
fn rule(program: &Program<'_>, types: &Types<'_>, node: Node) -> Option<TextRule> {
    match program.op(node).kind {
        OpKind::Attr(..) => types.attribute(node)?.text,
        OpKind::Call(..) => types.callees(node).iter().find_map(|callee| match callee {
            Callee::Meaning(meaning) => meaning.text,
            Callee::Function(..) => None,
        }),
        _ => None,
    }
}

/// The receiver of an attribute, or the first argument of a call.
fn operand(program: &Program<'_>, node: Node) -> Option<Val> {
    match program.op(node).kind {
        OpKind::Attr(object, _) => Some(object),
        OpKind::Call(_, operands) => program.operands(node.file, operands).first().map(|operand| operand.value),
        _ => None,
    }
}

impl Evaluator<'_> {
    /// Where a climb from these places ends that `seen` is a part of: its function names what it looks for.
    pub(super) fn summits(&self, seen: &Seen, places: Patterns) -> Patterns {
        edit(places, |place| match place.strip_prefix(ROOT) {
            Some(path) => format!("{ROOT}{}", self.summit(seen.node, path)),
            // Where a program is run, it climbs to the root of its repository.
            None if matches!(place, "" | "." | "..") => ROOT.to_owned(),
            None => place.to_owned(),
        })
    }

    fn summit(&self, node: Node, path: &str) -> String {
        let program = self.follow.program;
        let body = program.definition(program.owner(node)).body.clone();
        let markers: Vec<Text> = body.filter_map(|value| program.literal(Node { value, ..node })).collect();
        let mut folder = path;
        while !folder.is_empty() {
            folder = parent(folder);
            let holds = |marker: &str| {
                let place = join(folder, marker);
                !marker.is_empty() && (program.keeps(&place) || program.keeps_folder(&place))
            };
            if markers.iter().any(|marker| holds(marker)) {
                return folder.to_owned();
            }
        }
        String::new()
    }

    /// What is tried one after the other of the folders above a path, where it is that: `for folder in path.parents`.
    pub(super) fn tried(&self, seen: &Seen, spot: &Spot, depth: usize, out: &mut Work) -> Option<Patterns> {
        let [Into::Each | Into::Any, Into::Field(folders), rest @ ..] = spot.path.as_slice() else { return None };
        let types = self.follow.types;
        let rule = |name: &Text| {
            let mut instances = types.instances(spot.seen.node);
            instances.find_map(|of| types.lexicon().attribute(of, *name)).and_then(|meaning| meaning.text)
        };
        let above = |step: &Into| matches!(step, Into::Field(name) if rule(name) == Some(TextRule::Parent));
        if rule(folders) != Some(TextRule::Parents) || !rest.iter().all(above) {
            return None;
        }
        Some(self.summits(seen, self.text(&spot.seen, depth + 1, out)))
    }
}
