//! Lists of a model's columns and maps of its codes that are typed again in another file.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use super::super::{Known, Role, View};
use super::chosen::Chosen;
use crate::fact::{OpKind, Role as ArgRole, Text};
use crate::lexicon::{Columns, Subject};
use crate::program::Node;
use crate::source::At;
use crate::system::graph::System;
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Shorter lists are alike by chance.
const COLUMNS: usize = 5;
/// Shorter maps are alike by chance.
const CODES: usize = 4;
/// So many of each are compared.
const MANY: usize = 400;

/// A list or map that is written out.
struct Typed {
    node: Node,
    entries: BTreeSet<String>,
    /// A model's columns are chosen by it, or a column is recoded by it.
    used: bool,
}

/// Adds a group for each list of columns, and each map of codes, that several files write out.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known, chosen: &[Chosen<'_>]) {
    // Keys of what a checkpoint holds are no columns.
    let kept = view.touches.all.iter().filter(|touch| touch.subject != Subject::Data);
    let kept: FxHashSet<Node> = kept.map(|touch| touch.call).collect();
    let tables = chosen.iter().filter(|one| one.x.reads.is_empty() || !one.x.reads.iter().all(|r| kept.contains(r)));
    let selected: FxHashSet<At> = tables.flat_map(|one| &one.x.columns).map(|column| column.at).collect();
    let recoding = recoding(view, known);
    let (mut lists, mut maps) = (Vec::new(), Vec::new());
    for (_, node) in view.operations(known) {
        match view.program.op(node).kind {
            OpKind::List(_) | OpKind::Tuple(_) => lists.extend(list(view, node, &selected)),
            OpKind::Dict(_) => maps.extend(map(view, node, &recoding)),
            _ => {}
        }
    }
    tell(view, system, known, lists, "columns");
    tell(view, system, known, maps, "codes");
}

/// The maps by which columns are recoded.
fn recoding(view: &View<'_>, known: &Known) -> FxHashSet<Node> {
    let mut found = FxHashSet::default();
    for (_, call) in view.calls().filter(|(def, _)| known.roles[def.file.index()] != Role::Test) {
        let OpKind::Call(function, operands) = view.program.op(call).kind else { continue };
        let OpKind::Attr(_, name) = view.program.op(Node { value: function, ..call }).kind else { continue };
        let known =
            view.types.callees(call).iter().any(|c| matches!(c, Callee::Meaning(m) if m.frame == Some(Columns::Each)));
        if !known && view.lexicon.table_method(name).is_none_or(|m| m.frame != Some(Columns::Each)) {
            continue;
        }
        let Some(first) = view.program.operands(call.file, operands).first() else { continue };
        let mut seen = crate::value::follow::Seen::anywhere(Node { value: first.value, ..call });
        for _ in 0..4 {
            if let OpKind::Dict(_) = view.program.op(seen.node).kind {
                found.insert(seen.node);
                break;
            }
            let mut back = view.evaluator.follow.back(&seen).values;
            let Some(only) = back.pop().filter(|_| back.is_empty()) else { break };
            seen = only;
        }
    }
    found
}

fn list(view: &View<'_>, node: Node, selected: &FxHashSet<At>) -> Option<Typed> {
    let (OpKind::List(operands) | OpKind::Tuple(operands)) = view.program.op(node).kind else { return None };
    let operands = view.program.operands(node.file, operands);
    let texts: Option<Vec<Text>> =
        operands.iter().map(|o| view.program.literal(Node { value: o.value, ..node })).collect();
    let entries: BTreeSet<String> = texts?.iter().map(|text| text.to_string()).collect();
    let used = operands.iter().any(|o| selected.contains(&view.program.place(Node { value: o.value, ..node })));
    let named = entries.iter().all(|entry| !entry.is_empty() && entry.len() < 60 && !entry.contains(['/', '\n']));
    (entries.len() >= COLUMNS && named).then_some(Typed { node, entries, used })
}

fn map(view: &View<'_>, node: Node, recoding: &FxHashSet<Node>) -> Option<Typed> {
    let OpKind::Dict(operands) = view.program.op(node).kind else { return None };
    let operands = view.program.operands(node.file, operands);
    let mut entries = BTreeSet::new();
    for pair in operands.chunks(2) {
        let [key, value] = pair else { return None };
        if key.role != ArgRole::Key {
            return None;
        }
        let constant = |value: u32| match view.program.op(Node { value, ..node }).kind {
            OpKind::Str(text) => Some(format!("{:?}", text.as_str())),
            OpKind::Int(number) => Some(number.to_string()),
            OpKind::Float(bits) => Some(f64::from_bits(bits).to_string()),
            OpKind::Bool(value) => Some(value.to_string()),
            _ => None,
        };
        entries.insert(format!("{}: {}", constant(key.value)?, constant(value.value)?));
    }
    (entries.len() >= CODES).then_some(Typed { node, entries, used: recoding.contains(&node) })
}

/// Adds a group for those that are alike.
fn tell(view: &View<'_>, system: &mut System, known: &Known, mut typed: Vec<Typed>, of: &str) {
    typed.sort_by_key(|one| (!one.used, one.node));
    typed.truncate(MANY);
    let mut done: FxHashSet<usize> = FxHashSet::default();
    for index in 0..typed.len() {
        if done.contains(&index) || !typed[index].used {
            continue;
        }
        let alike: Vec<usize> = (index + 1..typed.len())
            .filter(|other| !done.contains(other) && similar(&typed[index], &typed[*other]))
            .collect();
        let elsewhere: Vec<&Typed> = alike
            .iter()
            .map(|other| &typed[*other])
            .filter(|other| other.node.file != typed[index].node.file)
            .collect();
        if elsewhere.is_empty() {
            continue;
        }
        done.extend(&alike);
        let mut all: Vec<&Typed> = std::iter::once(&typed[index]).chain(elsewhere).collect();
        all.sort_by_key(|one| one.node);
        let common: BTreeSet<&String> =
            all[0].entries.iter().filter(|entry| all.iter().all(|one| one.entries.contains(*entry))).collect();
        let differing: BTreeSet<&String> =
            all.iter().flat_map(|one| &one.entries).filter(|entry| !common.contains(entry)).collect();
        let roles: Vec<Role> = all.iter().map(|one| known.roles[one.node.file.index()]).collect();
        let place = all[0].node;
        let at = view.program.place(place);
        let name = all[0].entries.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
        let group = system.add(NodeKind::Group, Text::from(&name), at, view.symbol(view.program.owner(place)));
        system.say(group, "what", "retyped");
        system.say(group, "copies", of);
        system.count(group, "size", all.len());
        if !differing.is_empty() {
            let listed: Vec<&str> = differing.iter().take(6).map(|entry| entry.as_str()).collect();
            system.say(group, "differs", &listed.join(", "));
        }
        if roles.contains(&Role::Train) && roles.contains(&Role::Serve) {
            system.mark(group, "served");
        }
        for one in &all[1..] {
            let module = known.modules[one.node.file.index()];
            system.join(EdgeKind::Derives, group, module, view.program.place(one.node), Certainty::Seen);
        }
    }
}

/// Are two the same but for a few entries?
fn similar(one: &Typed, two: &Typed) -> bool {
    let common = one.entries.intersection(&two.entries).count();
    let all = one.entries.len().max(two.entries.len());
    common * 10 >= all * 8
}
