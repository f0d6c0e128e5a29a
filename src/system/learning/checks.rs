//! Checks of data: calls that validate, assertions, and conditions that end in an error, with the data they look at.

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::super::{Known, Role, View};
use super::{Acts, datasets, shown};
use crate::fact::{OpKind, Text, Val};
use crate::lexicon::Type;
use crate::program::{Def, Node};
use crate::system::graph::{NodeId, System, Value};
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Values looked at behind one check.
const WIDTH: usize = 300;
/// Parts of one condition.
const PARTS: usize = 48;

/// Something that looks at a value and says if it is not as it should be.
struct Look {
    def: Def,
    /// Where.
    node: Node,
    /// What it looks at, part by part.
    values: Vec<Node>,
    name: Text,
    /// It is a validation whatever it looks at.
    sure: bool,
}

/// Adds the checks of data outside of tests.
pub fn checks(view: &View<'_>, system: &mut System, known: &Known, acts: &Acts<'_>) -> Vec<(NodeId, Def)> {
    let mut looks = looks(view, known);
    // Most assertions speak of numbers and shapes; rows are in tables.
    looks.retain(|look| look.sure || look.values.iter().any(|value| holds_rows(view, *value)));
    // Of one file: what led to no data for one check leads to none for the next.
    let files: Vec<&[Look]> = looks.chunk_by(|a, b| a.def.file == b.def.file).collect();
    let of_file = |looks: &&[Look]| {
        let mut barren = FxHashSet::default();
        looks.iter().map(|look| looked_at(view, system, look, acts, &mut barren)).collect::<Vec<_>>()
    };
    let found: Vec<Vec<NodeId>> = files.par_iter().flat_map_iter(of_file).collect();
    let mut checks = Vec::new();
    for (look, data) in looks.into_iter().zip(found) {
        if data.is_empty() && !look.sure {
            continue;
        }
        let at = view.program.place(look.node);
        let id = system.add(NodeKind::Check, look.name, at, view.symbol(look.def));
        system.say(id, "what", "validation");
        system.say(id, "role", known.roles[look.def.file.index()].word());
        for dataset in data {
            system.join(EdgeKind::Checks, id, dataset, at, Certainty::Inferred);
        }
        checks.push((id, look.def));
    }
    checks
}

fn holds_rows(view: &View<'_>, node: Node) -> bool {
    let rows = |t: &Type| (t.columns || t.represents.as_deref() == Some("ndarray")).then_some(());
    view.types.instances(node).any(|of| view.lexicon.of_type(of, &rows).is_some())
}

fn looks(view: &View<'_>, known: &Known) -> Vec<Look> {
    let mut looks = Vec::new();
    for index in 0..view.program.def_count() {
        let def = view.program.def_at(index);
        if known.roles[def.file.index()] == Role::Test {
            continue;
        }
        let facts = view.program.file(def.file);
        for value in view.program.definition(def).body.clone() {
            let node = Node { file: def.file, value };
            match facts.op(value).kind {
                OpKind::Call(..) => looks.extend(validation(view, def, node)),
                OpKind::Assert(held) => {
                    let values = parts(view, Node { value: held, ..node });
                    looks.push(Look { def, node, values, name: Text::from("assert"), sure: false });
                }
                OpKind::Raise => looks.extend(refusal(view, def, node)),
                _ => {}
            }
        }
    }
    looks
}

/// A call that the lexicon knows to validate.
fn validation(view: &View<'_>, def: Def, call: Node) -> Option<Look> {
    let slot = view.types.callees(call).iter().find_map(|c| match c {
        Callee::Meaning(meaning) => meaning.validates.as_ref(),
        Callee::Function(..) => None,
    })?;
    let name = Text::from(&shown(&view.types.called_name(call).unwrap_or_default()));
    Some(Look { def, node: call, values: view.types.slot(call, slot).into_iter().collect(), name, sure: true })
}

/// `if frame.empty: raise ValueError(..)`
fn refusal(view: &View<'_>, def: Def, raise: Node) -> Option<Look> {
    let arm = view.evaluator.branches.around(raise).next()?;
    let OpKind::If(condition, _) = view.program.op(Node { value: arm.start, ..raise }).kind else { return None };
    let node = Node { value: condition, ..raise };
    Some(Look { def, node, values: parts(view, node), name: Text::from("raise"), sure: false })
}

/// The values that a condition puts together.
fn parts(view: &View<'_>, condition: Node) -> Vec<Node> {
    let mut parts = Vec::new();
    let mut waiting = vec![condition];
    while let Some(node) = waiting.pop() {
        if parts.len() >= PARTS {
            break;
        }
        let mut push = |value: Val| waiting.push(Node { value, ..node });
        match view.program.op(node).kind {
            OpKind::Compare(_, a, b) | OpKind::Binary(_, a, b) => [a, b].into_iter().for_each(push),
            OpKind::Not(a) | OpKind::Attr(a, _) | OpKind::Index(a, _) | OpKind::Element(a) => push(a),
            OpKind::Call(function, operands) => {
                push(function);
                view.program.operands(node.file, operands).iter().for_each(|o| push(o.value));
            }
            OpKind::Either(operands) | OpKind::List(operands) | OpKind::Tuple(operands) => {
                view.program.operands(node.file, operands).iter().for_each(|o| push(o.value));
            }
            _ => {}
        }
        parts.push(node);
    }
    parts
}

/// The data behind what is looked at; settings and models are no rows.
fn looked_at(
    view: &View<'_>,
    system: &System,
    look: &Look,
    acts: &Acts<'_>,
    barren: &mut FxHashSet<Node>,
) -> Vec<NodeId> {
    let mut found: Vec<NodeId> = Vec::new();
    let mut looked = 0;
    for value in &look.values {
        let before = found.len();
        let mut visited = Vec::new();
        let cut = walk(view.evaluator.follow, Seen::anywhere(*value), &mut |seen| {
            looked += 1;
            if looked > WIDTH {
                return Go::Done;
            }
            if seen.stack.is_empty() {
                if barren.contains(&seen.node) {
                    return Go::Stop;
                }
                visited.push(seen.node);
            }
            if acts.read_at.contains_key(&seen.node) {
                found.extend(datasets(seen, acts));
                return Go::Stop;
            }
            Go::On
        });
        if !cut && found.len() == before {
            barren.extend(visited);
        }
    }
    let data = Some(Value::Text(Text::from("data")));
    found.sort_unstable();
    found.dedup();
    found.retain(|dataset| system.get(*dataset, "content") == data);
    found
}
