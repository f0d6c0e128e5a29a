//! Models that learn a logarithm or root of their label, and whose predictions are handed on as they come.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::fact::{OpKind, Operator, Text};
use crate::lexicon::Learns;
use crate::program::{Def, Node};
use crate::source::FileId;
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::graph::NodeId;
use crate::system::learning::made_columns::{Place, columns};
use crate::system::learning::{Act, starts};
use crate::system::{Role, View};
use crate::value::follow::Seen;
use crate::value::sampled::{Columns, plain, shown};
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind};

pub const CHECK: Check = Check { rule: "uninverted-target", find };

/// Values on the way to a label.
const DEPTH: usize = 14;

/// One sighting for each prediction that is handed on so.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, system, acts) = (grounds.view, grounds.system, &grounds.learning.acts.all);
    let real = |act: &&Act<'_>| grounds.role(act.call.file) != Role::Test;
    let fits: Vec<&Act<'_>> =
        acts.iter().filter(|act| act.meaning.trains == Some(Learns::Model)).filter(real).collect();
    let fitting: FxHashSet<FileId> = fits.iter().map(|act| act.call.file).collect();
    let files = view.program.files().filter(|file| grounds.role(*file) != Role::Test && view.is_code(*file)).collect();
    let labels = Labels { view, made: columns(view, &files, Place::Training) };
    let mut bent: FxHashMap<NodeId, Node> = FxHashMap::default();
    let mut straight = false;
    for act in &fits {
        let label = starts(view, act).into_iter().find(|(is_x, _)| !is_x);
        match label.and_then(|(_, node)| labels.bent(node, DEPTH)) {
            Some(by) => {
                bent.insert(act.node, by);
            }
            None => straight = true,
        }
    }
    // Labels that come out of files were split before they went in.
    if bent.is_empty() && labels.hidden(&fits) {
        for act in acts.iter().filter(|act| act.meaning.splits).filter(real) {
            let OpKind::Call(_, operands) = view.program.op(act.call).kind else { continue };
            let Some(second) = view.program.operands(act.call.file, operands).get(1) else { continue };
            if let Some(by) = labels.bent(Node { value: second.value, ..act.call }, DEPTH) {
                bent.insert(act.node, by);
                straight = false;
            }
        }
    }
    if bent.is_empty() {
        return Vec::new();
    }
    let network = view.lexicon.call(Text::from("protocol.Network.call"));
    let local = |act: &&Act<'_>| {
        let declares = view.program.file(act.call.file).definitions.iter();
        let declares = declares.flat_map(|definition| &definition.decorators).any(|value| *value == act.call.value);
        !declares && !network.is_some_and(|meaning| std::ptr::eq(meaning, act.meaning))
    };
    let mut found = Vec::new();
    let mut told = FxHashSet::default();
    for act in acts.iter().filter(|act| act.meaning.predicts).filter(real).filter(local) {
        let file = act.call.file;
        if fitting.contains(&file) || grounds.role(file) == Role::Prototype || measures(view, file) {
            continue;
        }
        let linked: Vec<NodeId> = system
            .reaching(act.node, EdgeKind::Feeds)
            .filter(|node| fits.iter().any(|fit| fit.node == *node))
            .collect();
        let by = match linked.as_slice() {
            [] if straight => None,
            [] => bent.values().min().copied(),
            some if some.iter().all(|fit| !bent.contains_key(fit)) && !straight => bent.values().min().copied(),
            some if some.iter().all(|fit| bent.contains_key(fit)) => {
                some.first().and_then(|fit| bent.get(fit).copied())
            }
            _ => None,
        };
        let Some(by) = by.filter(|_| !straightens(view, file)) else { continue };
        let owner = view.program.owner(act.call);
        if !told.insert(owner) {
            continue;
        }
        found.push(Sighting::new(
            view.program.place(act.call),
            vec![view.symbol(owner), Text::from("label")],
            if linked.is_empty() { Certainty::Guessed } else { Certainty::Inferred },
            vec![
                ("label", Text::from(shown(view.program, by).as_str()).into()),
                ("bent", view.program.place(by).into()),
                ("role", grounds.role(file).into()),
            ],
        ));
    }
    found
}

/// Does a file compare predictions with what is true?
fn measures(view: &View<'_>, file: FileId) -> bool {
    view.calls().filter(|(def, _)| def.file == file).any(|(_, call)| {
        view.types.callees(call).iter().any(|callee| matches!(callee, Callee::Meaning(m) if m.measures))
    })
}

/// Does a file, what it imports or what imports it undo a logarithm or root?
fn straightens(view: &View<'_>, file: FileId) -> bool {
    let program = view.program;
    let mut files: FxHashSet<FileId> = program.imported_files(file).map(|(of, _)| of).collect();
    files.extend(program.files().filter(|other| program.imported_files(*other).any(|(of, _)| of == file)));
    files.insert(file);
    files.into_iter().any(|file| {
        let facts = program.file(file);
        (0..).zip(&facts.ops).any(|(value, op)| {
            let node = Node { file, value };
            match op.kind {
                OpKind::Binary(Operator::Pow, ..) => true,
                OpKind::Attr(_, name) if name.contains("inverse") => true,
                OpKind::Attr(..) | OpKind::Import(_) => view
                    .types
                    .library_name(node)
                    .and_then(|name| view.lexicon.computation(&name))
                    .is_some_and(|template| template.contains("exp(") || template.starts_with("pow(")),
                _ => false,
            }
        })
    })
}

struct Labels<'a> {
    view: &'a View<'a>,
    made: FxHashMap<Def, Columns>,
}

impl Labels<'_> {
    /// Do the labels of all fits come from what was read as a whole?
    fn hidden(&self, fits: &[&Act<'_>]) -> bool {
        let program = self.view.program;
        fits.iter().all(|act| {
            starts(self.view, act).into_iter().filter(|(is_x, _)| !is_x).all(|(_, node)| {
                let back = self.view.evaluator.follow.back_shared(&Seen::anywhere(node));
                let of = |node: Node| matches!(program.op(node).kind, OpKind::Part(..) | OpKind::Call(..));
                of(node) && back.values.iter().all(|seen| of(seen.node))
            })
        })
    }

    /// What bends a label, if anything does.
    fn bent(&self, node: Node, depth: usize) -> Option<Node> {
        let depth = depth.checked_sub(1)?;
        let (view, program) = (self.view, self.view.program);
        let at = |value: u32| Node { value, ..node };
        match program.op(node).kind {
            OpKind::Call(function, operands) => {
                if self.bends(node) {
                    return Some(node);
                }
                match program.op(at(function)).kind {
                    OpKind::Attr(object, _) if view.types.library_name(at(function)).is_none() => {
                        self.bent(at(object), depth)
                    }
                    _ => {
                        let library = view.types.library_name(at(function)).is_some();
                        let first = program.operands(node.file, operands).first().filter(|_| library);
                        match first {
                            Some(first) => self.bent(at(first.value), depth),
                            None => self.behind(node, depth),
                        }
                    }
                }
            }
            OpKind::Part(split, index) => match program.op(at(split)).kind {
                // What a split is given second comes out as the third and the fourth.
                OpKind::Call(_, operands) => {
                    let given = program.operands(node.file, operands).get(index as usize / 2);
                    given.and_then(|given| self.bent(at(given.value), depth)).or_else(|| self.behind(node, depth))
                }
                _ => self.behind(node, depth),
            },
            OpKind::Index(object, index) => match program.literal(at(index)) {
                Some(name) => self.column(name, node.file, depth),
                None => {
                    let named = view.evaluator.follow.back_shared(&Seen::anywhere(at(index)));
                    let name = named.values.iter().find_map(|seen| program.literal(seen.node));
                    match name {
                        Some(name) => self.column(name, node.file, depth),
                        None => self.bent(at(object), depth),
                    }
                }
            },
            OpKind::Attr(object, _) => self.behind(node, depth).or_else(|| self.bent(at(object), depth)),
            OpKind::SetIndex(..) => None,
            _ => self.behind(node, depth),
        }
    }

    fn behind(&self, node: Node, depth: usize) -> Option<Node> {
        let back = self.view.evaluator.follow.back_shared(&Seen::anywhere(node));
        match back.values.as_slice() {
            [only] if only.node != node => self.bent(only.node, depth),
            _ => None,
        }
    }

    /// What bends the column of a name: in this file, or, if it stays what it is called, in another one.
    fn column(&self, name: Text, file: FileId, depth: usize) -> Option<Node> {
        let name = plain(&name);
        let mut owners: Vec<&Def> = self.made.keys().collect();
        owners.sort_unstable_by_key(|def| (def.file != file, **def));
        owners.into_iter().find_map(|owner| {
            let last = self.made[owner].get(&name)?.last()?;
            let again = owner.file == file || self.is_made_of(last.value, name);
            let bent = if owner.file == file { self.bent(last.value, depth) } else { None };
            bent.or_else(|| self.bends(last.value).then_some(last.value)).filter(|_| again)
        })
    }

    /// Is a value made of a column of that name?
    fn is_made_of(&self, node: Node, name: Text) -> bool {
        let program = self.view.program;
        let OpKind::Call(function, operands) = program.op(node).kind else { return false };
        let given = program.operands(node.file, operands).iter().map(|o| o.value);
        let receiver = match program.op(Node { value: function, ..node }).kind {
            OpKind::Attr(object, _) => Some(object),
            _ => None,
        };
        given.chain(receiver).any(|value| match program.op(Node { value, ..node }).kind {
            OpKind::Index(_, index) => {
                program.literal(Node { value: index, ..node }).is_some_and(|of| plain(&of) == name)
            }
            _ => false,
        })
    }

    /// Does a call give a logarithm or root?
    fn bends(&self, node: Node) -> bool {
        let (view, program) = (self.view, self.view.program);
        let OpKind::Call(function, operands) = program.op(node).kind else { return false };
        let bends = |name: &str| {
            view.lexicon
                .computation(name)
                .is_some_and(|template| template.starts_with("log") || template == "pow({0}, 0.5)")
        };
        let called = Node { value: function, ..node };
        if let Some(name) = view.types.library_name(called) {
            return bends(&name);
        }
        // `column.apply(numpy.log1p)`
        program
            .operands(node.file, operands)
            .iter()
            .any(|o| view.types.library_name(Node { value: o.value, ..node }).is_some_and(|name| bends(&name)))
    }
}
