//! A set of copies as a group of the system: one node, an edge to each copy.

use super::super::{Known, View};
use crate::fact::Text;
use crate::program::Def;
use crate::source::At;
use crate::system::graph::{NodeId, System};
use crate::vocabulary::{Certainty, EdgeKind};

/// More copies than this are counted, not shown.
const SHOWN: usize = 5;

/// A set of copies.
pub struct Copies {
    /// What is cloned.
    pub kind: &'static str,
    /// The copies, in the order of their files: the code and where it begins.
    pub members: Vec<(Def, At)>,
    /// The statements that they share.
    pub statements: usize,
    /// What differs.
    pub differs: String,
    /// Which of them are in use.
    pub used: String,
}

/// Adds the group.
pub fn add(view: &View<'_>, system: &mut System, known: &Known, copies: &Copies) {
    let nodes: Vec<NodeId> = copies.members.iter().map(|(def, _)| view.code(known, *def)).collect();
    group(system, copies, &nodes);
}

/// Adds the group of some nodes.
pub fn group(system: &mut System, copies: &Copies, nodes: &[NodeId]) {
    let Some((_, first)) = copies.members.first() else { return };
    let symbols: Vec<Text> = nodes.iter().map(|node| system.node(*node).symbol).collect();
    let name = listed(&symbols);
    // Which two are most alike, and so stand first, changes with every copy.
    let group = system.add_list(
        Text::from(&name),
        *first,
        symbols.iter().copied().min_by_key(Text::as_str).unwrap_or_default(),
    );
    system.say(group, "what", "clone");
    system.say(group, "copies", copies.kind);
    system.say(group, "differs", &copies.differs);
    system.say(group, "use", &copies.used);
    system.count(group, "size", copies.members.len());
    system.count(group, "statements", copies.statements);
    for (node, (_, at)) in nodes.iter().zip(&copies.members).skip(1).take(SHOWN) {
        system.join_again(EdgeKind::Follows, *node, group, *at, Certainty::Seen);
    }
}

/// `a.py`, `b.py` and 3 more.
fn listed(symbols: &[Text]) -> String {
    let named = |list: &[Text]| list.iter().map(|s| format!("`{s}`")).collect::<Vec<_>>().join(", ");
    match symbols {
        [a, b] => format!("`{a}` and `{b}`"),
        [first @ .., last] if symbols.len() <= 4 => format!("{} and `{last}`", named(first)),
        _ => format!("{} and {} more", named(&symbols[..3.min(symbols.len())]), symbols.len().saturating_sub(3)),
    }
}
