//! Which model a value is: what it was made by, through names, fields, wrappings and containers.

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::View;
use super::models::fields;
use super::{Act, Acts};
use crate::fact::{OpKind, Role, Text};
use crate::lexicon::{Flow, Learns, Returns};
use crate::program::{Def, Node};
use crate::system::graph::NodeId;
use crate::value::follow::Seen;
use crate::value::types::{Callee, Type};

/// Values looked at for one answer.
const LOOKED_AT: usize = 240;
/// Entries of a container that are looked into.
const WIDTH: usize = 12;

/// What makes a model the one that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Root {
    /// The call that made it, or the parameter through which it came from nowhere in sight.
    Made(Node),
    /// The field of a class of the repository in which it is held.
    Field(Def, Text),
}

/// What a value may be, as a model.
#[derive(Default)]
pub struct Roots {
    /// What made it.
    pub roots: Vec<Root>,
    /// Calls on the way that read data, and the way in.
    pub reads: Vec<Seen>,
}

/// Follows a value to what it is, through all that leaves a model the same.
pub fn roots(view: &View<'_>, value: Seen, acts: &Acts<'_>) -> Roots {
    let mut found = Roots::default();
    let mut before: FxHashSet<Node> = FxHashSet::default();
    let mut waiting = std::collections::VecDeque::from([value]);
    while let Some(seen) = waiting.pop_front() {
        if before.len() > LOOKED_AT || !before.insert(seen.node) {
            continue;
        }
        if acts.read_at.contains_key(&seen.node) {
            found.reads.push(seen.clone());
        }
        if let OpKind::Attr(object, name) = view.program.op(seen.node).kind {
            let classes = view.types.of(seen.beside(object).node).iter();
            let held = classes
                .filter_map(|t| if let Type::Object(class) = t { Some(Root::Field(*class, name)) } else { None });
            found.roots.extend(held);
        }
        let back = view.evaluator.follow.back(&seen).values;
        if back.is_empty() {
            same(view, &seen, acts, &mut |next| waiting.push_back(next), &mut found);
        }
        waiting.extend(back);
    }
    found
}

/// The values that an operation leaves the same model as its own; else it makes one.
fn same(view: &View<'_>, seen: &Seen, acts: &Acts<'_>, push: &mut dyn FnMut(Seen), found: &mut Roots) {
    let program = view.program;
    let file = seen.node.file;
    match program.op(seen.node).kind {
        OpKind::List(operands) | OpKind::Tuple(operands) | OpKind::Dict(operands) | OpKind::Either(operands) => {
            program.operands(file, operands).iter().take(WIDTH).for_each(|o| push(seen.beside(o.value)));
        }
        OpKind::Element(of) | OpKind::Index(of, _) | OpKind::Part(of, _) => push(seen.beside(of)),
        OpKind::SetIndex(object, _, value) => {
            push(seen.beside(object));
            push(seen.beside(value));
        }
        OpKind::Attr(object, name) if view.lexicon.protocols.wraps(name) => push(seen.beside(object)),
        OpKind::Call(function, operands) => {
            let operands = program.operands(file, operands);
            let function = seen.beside(function);
            let meaning = view.types.callees(seen.node).iter().find_map(|callee| match callee {
                Callee::Meaning(meaning) => Some(*meaning),
                Callee::Function(..) => None,
            });
            let own = acts.meaning(seen.node);
            if own.is_some_and(|act| act.predicts || act.splits) {
                return;
            }
            found.roots.push(Root::Made(seen.node));
            // What was kept is what lies in the file or text that is opened for it.
            if meaning.is_some_and(|m| m.returns == Some(Returns::Type(Text::from("persistence.Object")))) {
                operands.iter().take(1).for_each(|o| push(seen.beside(o.value)));
            }
            // A call that does not fit or ask by itself is built around the model that it is given.
            if own.is_none()
                && let Some(slot) = meaning.and_then(|m| m.model.as_ref())
                && let Some(model) = view.types.slot(seen.node, slot)
            {
                push(seen.beside(model.value));
            }
            // What only puts values into another container keeps them.
            let keeps =
                |flow: Flow| matches!(flow, Flow::Same | Flow::Map | Flow::Values | Flow::Chained | Flow::Zipped);
            if meaning.and_then(|m| m.flow).is_some_and(keeps) || meaning.is_some_and(|m| m.gathers) {
                operands.iter().take(2).for_each(|o| push(seen.beside(o.value)));
            }
            // What is built around a model is asked for it.
            let held = |role: Role| matches!(role, Role::Named(name) if view.lexicon.protocols.gives(name));
            operands.iter().filter(|o| held(o.role)).for_each(|o| push(seen.beside(o.value)));
            match program.op(function.node).kind {
                OpKind::Attr(object, name) => {
                    let stays = meaning.is_some_and(|m| m.returns == Some(Returns::Receiver));
                    let wraps = view.lexicon.protocols.wraps(name);
                    let plain = operands.is_empty() && meaning.is_none_or(|m| !m.forgets);
                    if stays || wraps || plain {
                        push(function.beside(object));
                    }
                    if wraps || meaning.is_some_and(|m| m.returns == Some(Returns::Argument)) {
                        operands.iter().take(2).for_each(|o| push(seen.beside(o.value)));
                    }
                }
                _ => {
                    let name = view.types.called_name(seen.node);
                    let last = name.as_ref().and_then(|name| name.rsplit('.').next()).map(Text::from);
                    let same = meaning.is_some_and(|m| m.returns == Some(Returns::Argument));
                    if same || last.is_some_and(|last| view.lexicon.protocols.wraps(last)) {
                        operands.iter().take(2).for_each(|o| push(seen.beside(o.value)));
                    }
                }
            }
        }
        OpKind::Param(_) => found.roots.push(Root::Made(seen.node)),
        _ => {}
    }
}

/// Which trainings fit a model, which files one is filled from, by what the model is.
#[derive(Default)]
pub struct Models {
    fitted: FxHashMap<Root, Vec<NodeId>>,
    filled: FxHashMap<Root, Vec<Seen>>,
}

impl Models {
    /// Follows the model of every training to what it is, and all that is put into models.
    pub fn new(view: &View<'_>, acts: &Acts<'_>) -> Self {
        let mut models = Self::default();
        for act in acts.all.iter().filter(|act| act.meaning.trains == Some(Learns::Model)) {
            let subjects = act.subjects(view).into_iter();
            let held = subjects.flat_map(|subject| roots(view, Seen::anywhere(subject), acts).roots);
            // What a fit gives back may be the model, and not what it was called on.
            let given = act.meaning.returns.is_some().then_some(Root::Made(act.call));
            for root in held.chain(given) {
                let fitted = models.fitted.entry(root).or_default();
                if !fitted.contains(&act.node) {
                    fitted.push(act.node);
                }
            }
        }
        for (_, call) in view.calls() {
            let OpKind::Call(function, operands) = view.program.op(call).kind else { continue };
            let OpKind::Attr(object, name) = view.program.op(Node { value: function, ..call }).kind else { continue };
            if !view.lexicon.protocols.fills(name) {
                continue;
            }
            let values = view.program.operands(call.file, operands).iter().take(2);
            let values: Vec<Seen> =
                values.map(|o| Node { value: o.value, ..call }).chain([call]).map(Seen::anywhere).collect();
            for root in roots(view, Seen::anywhere(Node { value: object, ..call }), acts).roots {
                models.filled.entry(root).or_default().extend(values.iter().cloned());
            }
        }
        models
    }

    /// The trainings of what these roots make.
    pub fn trainings(&self, roots: &[Root]) -> Vec<NodeId> {
        let mut found: Vec<NodeId> = roots.iter().filter_map(|root| self.fitted.get(root)).flatten().copied().collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The reads that give a training the model that it begins with.
    pub fn begins(&self, view: &View<'_>, act: &Act<'_>, acts: &Acts<'_>) -> Vec<Node> {
        let subjects = act.subjects(view).into_iter();
        let reads = subjects.flat_map(|model| self.reads(view, roots(view, Seen::anywhere(model), acts), acts));
        reads.map(|seen| seen.node).collect()
    }

    /// Is anything of that fitted or filled?
    pub fn knows(&self, roots: &[Root]) -> bool {
        roots.iter().any(|root| self.fitted.contains_key(root) || self.filled.contains_key(root))
    }

    /// The reads whose content a value is, or was filled with.
    pub fn reads(&self, view: &View<'_>, of: Roots, acts: &Acts<'_>) -> Vec<Seen> {
        let mut reads = of.reads;
        for seen in of.roots.iter().filter_map(|root| self.filled.get(root)).flatten().take(WIDTH) {
            reads.extend(roots(view, seen.clone(), acts).reads);
        }
        reads
    }
}

impl Act<'_> {
    /// The values that are the act's model.
    pub fn subjects(&self, view: &View<'_>) -> Vec<Node> {
        if !self.models.is_empty() {
            return self.models.clone();
        }
        let slot = self.meaning.model.as_ref();
        let model = match slot {
            Some(slot) => view.types.slot(self.call, slot),
            None => super::models::receiver(view, self.call),
        };
        model.into_iter().collect()
    }

    /// The fields of classes in which the act's model is held.
    pub fn fields(&self, view: &View<'_>) -> Vec<(Def, Text)> {
        self.subjects(view).into_iter().flat_map(|model| fields(view, model)).collect()
    }
}
