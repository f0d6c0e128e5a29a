//! Options of the program that keeps a model and of the one that asks it: what both hand to the same function must be the same.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Retold, is_looked_at, shown};
use crate::fact::{Access, OpKind, Role as ArgRole, Text};
use crate::lexicon::Subject;
use crate::program::Node;
use crate::source::FileId;
use crate::system::graph::{NodeId, System};
use crate::system::options::is_parsed;
use crate::system::{Known, View};
use crate::value::options::CliOption;

/// Which files write and read one model.
pub(super) struct Shared {
    pairs: FxHashSet<(FileId, FileId)>,
}

impl Shared {
    /// Looks at all models that are kept and read again.
    pub(super) fn new(view: &View<'_>, known: &Known) -> Self {
        let mut writers: FxHashMap<NodeId, FxHashSet<FileId>> = FxHashMap::default();
        let touches = || {
            let all = view.touches.all.iter().zip(&known.datasets);
            all.filter_map(|(touch, dataset)| Some((touch, (*dataset)?)))
        };
        for (touch, dataset) in touches().filter(|(touch, _)| touch.access == Access::Write) {
            writers.entry(dataset).or_default().extend([touch.call.file, touch.root.file]);
        }
        let mut pairs = FxHashSet::default();
        let reads = touches().filter(|(touch, _)| touch.access == Access::Read && touch.subject == Subject::Model);
        for (touch, dataset) in reads {
            for writer in writers.get(&dataset).into_iter().flatten() {
                for reader in [touch.call.file, touch.root.file].into_iter().filter(|reader| reader != writer) {
                    pairs.insert((*writer, reader));
                }
            }
        }
        Self { pairs }
    }

    /// Does one of two files write a model that the other reads?
    pub(super) fn join(&self, one: FileId, other: FileId) -> bool {
        self.pairs.contains(&(one, other)) || self.pairs.contains(&(other, one))
    }
}

/// Adds a setting for each such option whose two defaults differ.
pub(super) fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let shared = Shared::new(view, known);
    if shared.pairs.is_empty() {
        return;
    }
    let mut options: FxHashMap<(FileId, Text), Vec<&CliOption>> = FxHashMap::default();
    for option in view.evaluator.options.defined().filter(|o| o.class.is_none() && is_looked_at(known, o.call.file)) {
        options.entry((option.call.file, option.name)).or_default().push(option);
    }
    let mut pairs: Vec<&(FileId, FileId)> = shared.pairs.iter().collect();
    pairs.sort_unstable();
    let mut told: FxHashSet<(FileId, Text)> = FxHashSet::default();
    for (writer, reader) in pairs {
        let mut own: Vec<_> = options.iter().filter(|((file, _), of)| file == writer && of.len() == 1).collect();
        own.sort_unstable_by_key(|((_, name), _)| *name);
        for ((_, name), of) in own {
            let Some([other]) = options.get(&(*reader, *name)).map(Vec::as_slice) else { continue };
            let default = |option: &CliOption| shown(view.program.op(option.default?).kind);
            let (Some(one), Some(two)) = (default(of[0]), default(other)) else { continue };
            let alike = one == two || view.lexicon.keys.is_of_a_run(*name);
            if alike || handed(view, *writer, *name).is_disjoint(&handed(view, *reader, *name)) {
                continue;
            }
            if told.insert((*reader, *name)) {
                let (at, first) = (view.program.place(other.call), view.program.place(of[0].call));
                let value = format!("`{one}` where the model is made and `{two}` where it is asked");
                Retold { form: "default", name: *name, at, other: first, value }.add(view, system, known);
            }
        }
    }
}

/// The functions that a file hands an option to, each with the keyword.
fn handed(view: &View<'_>, file: FileId, name: Text) -> FxHashSet<(Text, Text)> {
    let facts = view.program.file(file);
    let mut found = FxHashSet::default();
    for (value, op) in (0..).zip(&facts.ops) {
        let OpKind::Call(function, operands) = op.kind else { continue };
        for operand in facts.operands(operands) {
            let ArgRole::Named(keyword) = operand.role else { continue };
            let OpKind::Attr(object, read) = facts.op(operand.value).kind else { continue };
            if read != name || !is_parsed(view, Node { file, value: object }) {
                continue;
            }
            let written = match facts.op(function).kind {
                OpKind::Attr(_, method) | OpKind::Global(method) => Some(method),
                _ => None,
            };
            let called = view.types.called_name(Node { file, value }).or(written);
            found.extend(called.map(|called| (called, keyword)));
        }
    }
    found
}
