//! Columns that are computed on the way to a selection that names its columns.

use rustc_hash::FxHashSet;

use super::super::{Known, View};
use super::origins::{Column, Origins, names_columns, set_name};
use super::{Act, Acts};
use crate::fact::{OpKind, Text};
use crate::program::Node;
use crate::system::graph::System;
use crate::value::follow::Seen;
use crate::value::mentions::{How, Mentions};
use crate::value::slice::{Go, walk};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// The columns that code sets by a literal name.
pub fn names(view: &View<'_>) -> FxHashSet<Text> {
    let mut names = FxHashSet::default();
    for facts in view.program.facts {
        for op in &facts.ops {
            if let OpKind::SetIndex(_, index, _) = op.kind
                && let OpKind::Str(name) = facts.op(index).kind
            {
                names.insert(name);
            }
        }
    }
    names
}

/// How often a column's name is read: as a text or attribute of code, in SQL, or in a settings file.
fn read_times(mentions: &Mentions, name: Text) -> usize {
    mentions.of(name).iter().filter(|m| matches!(m.how, How::Text | How::Attribute | How::Setting)).count()
}

/// Adds the columns that are set on the way to a closed selection.
pub fn computed(
    view: &View<'_>,
    system: &mut System,
    known: &Known,
    act: &Act<'_>,
    origins: &Origins,
    selected: &[Column],
) {
    for (name, index) in set(view, origins) {
        let def = view.program.owner(index);
        let feature = system.named(NodeKind::Feature, name, view.program.place(index), view.symbol(def));
        system.say(feature, "role", known.roles[def.file.index()].word());
        system.mark(feature, "closed");
        if selected.iter().any(|column| column.name == name) || read_times(&known.mentions, name) > 1 {
            system.mark(feature, "used");
        }
        system.join(EdgeKind::Derives, feature, act.node, view.program.place(act.call), Certainty::Inferred);
    }
}

/// Who reads what is written may want every column that it holds; columns that are taken by name are read by name.
pub fn written(view: &View<'_>, system: &mut System, acts: &Acts<'_>, value: &Seen) {
    let open = system.nodes().any(|(id, node)| node.kind == NodeKind::Feature && !system.is(id, "used"));
    if !open {
        return;
    }
    walk(view.evaluator.follow, value.clone(), &mut |seen| {
        let node = seen.node;
        match view.program.op(node).kind {
            OpKind::SetIndex(..) => {
                if let Some((name, _)) = set_name(view, node)
                    && let Some(feature) = system.find(NodeKind::Feature, name)
                {
                    system.mark(feature, "used");
                }
                Go::On
            }
            _ if names_columns(view, seen) => Go::Stop,
            // What is predicted holds no columns; what is split or scaled holds all of them.
            _ => match acts.by_call.get(&node) {
                Some(act) if system.node(*act).kind == NodeKind::Prediction => Go::Stop,
                _ => Go::On,
            },
        }
    });
}

/// The columns that are set on the way.
fn set<'v>(view: &'v View<'_>, origins: &'v Origins) -> impl Iterator<Item = (Text, Node)> + 'v {
    origins.columns.iter().filter_map(|column| set_name(view, *column))
}
