//! What an arm of a branch does: the code that it reaches, what that trains, writes and starts.

use std::ops::Range;

use rustc_hash::FxHashSet;

use super::View;
use super::check::Grounds;
use super::graph::NodeId;
use crate::fact::{Access, OpKind, Val};
use crate::lexicon::Subject;
use crate::program::{Def, Node};
use crate::source::FileId;
use crate::value::types::Callee;
use crate::vocabulary::NodeKind;

/// Some operations of a body, with all that they call.
pub struct Region {
    file: FileId,
    operations: Range<Val>,
    reached: FxHashSet<Def>,
}

impl Region {
    /// The operations of a file in that range, and what they call.
    pub fn new(view: &View<'_>, file: FileId, operations: Range<Val>) -> Self {
        let mut reached: FxHashSet<Def> = FxHashSet::default();
        for value in operations.clone() {
            for callee in view.types.callees(Node { file, value }) {
                if let Callee::Function(def, _) = callee
                    && !reached.contains(def)
                {
                    reached.extend(view.reach.from_function(*def, &|_| false));
                }
            }
        }
        Self { file, operations, reached }
    }

    /// Does an operation run here, or in what is called from here?
    pub fn holds(&self, view: &View<'_>, node: Node) -> bool {
        let here = node.file == self.file && self.operations.contains(&node.value);
        here || self.reached.contains(&view.program.owner(node))
    }

    /// Stand the operations in the body of a definition?
    pub fn is_part_of(&self, view: &View<'_>, def: Def) -> bool {
        def.file == self.file && view.program.owner(Node { file: self.file, value: self.operations.start }) == def
    }

    /// The trainings that run here.
    pub fn trainings<'g>(&'g self, grounds: &'g Grounds<'_>) -> impl Iterator<Item = (Node, NodeId)> + 'g {
        let acts = grounds.learning.acts.all.iter();
        let trains = acts.filter(|act| grounds.system.node(act.node).kind == NodeKind::Training);
        trains.filter(|act| self.holds(grounds.view, act.call)).map(|act| (act.call, act.node))
    }

    /// The data and models that are written here.
    pub fn writes<'g>(&'g self, grounds: &'g Grounds<'_>) -> impl Iterator<Item = (Node, NodeId)> + 'g {
        let is_write = |access: Access| matches!(access, Access::Write | Access::Append);
        let touched = grounds.touched().filter(move |(touch, _)| {
            is_write(touch.access) && matches!(touch.subject, Subject::Data | Subject::Model)
        });
        touched.filter(|(touch, _)| self.holds(grounds.view, touch.call)).map(|(touch, data)| (touch.call, data))
    }

    /// Does something here start a program?
    pub fn starts(&self, view: &View<'_>) -> bool {
        let starts = |value: Val| {
            let node = Node { file: self.file, value };
            view.types.callees(node).iter().any(|c| matches!(c, Callee::Meaning(m) if m.runs.is_some()))
        };
        self.operations.clone().any(starts)
    }
}

/// Is an operation of a body repeated by a loop around it?
pub fn is_repeated(view: &View<'_>, node: Node) -> bool {
    let body = view.program.definition(view.program.owner(node)).body.clone();
    let mut open: Vec<Val> = Vec::new();
    for value in body.take_while(|value| *value < node.value) {
        match view.program.op(Node { value, ..node }).kind {
            OpKind::Loop => open.push(value),
            OpKind::End(start) => open.retain(|of| *of != start),
            _ => {}
        }
    }
    !open.is_empty()
}
