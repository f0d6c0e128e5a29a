//! Which methods a call runs: seen through a stack, its receiver is often an object of fewer classes.

use smallvec::SmallVec;

use super::{BUDGET, Follow, Limits, Seen, Walk};
use crate::fact::OpKind;
use crate::program::Def;
use crate::value::types::{Callee, Type, Via};

/// Values looked at for the classes of one object.
const STEPS: usize = 400;

impl Follow<'_> {
    /// The one class of which the object can be whose method is called here.
    pub(super) fn class_here(&self, seen: &Seen, via: Via) -> Option<Def> {
        let receiver = self.types.receiver(seen.node, via)?;
        if self.types.is_itself(receiver)
            && let Some(site) = seen.stack.last()
            && site.class.is_some()
        {
            return site.class;
        }
        let mut objects = self.types.of(receiver).iter().filter_map(|t| match t {
            Type::Object(class) => Some(*class),
            _ => None,
        });
        match (objects.next(), objects.next()) {
            (Some(only), None) if !self.types.is_itself(receiver) => Some(only),
            _ => None,
        }
    }
}

/// A function that a call runs.
#[derive(Clone, Copy)]
pub(super) struct Run {
    pub def: Def,
    /// It is a method of an object.
    pub bound: bool,
    /// The class of that object, where the stack says which.
    pub class: Option<Def>,
}

impl Walk<'_> {
    /// The functions of the repository that a call runs. Where the object may be of many classes (a registry, a list of
    /// classes that a loop makes objects of), one for each class that the stack leads to.
    pub(super) fn runs(&mut self, seen: &Seen) -> SmallVec<[Run; 4]> {
        let program = self.follow.program;
        let runs = self.follow.types.callees(seen.node).iter().filter_map(|callee| match callee {
            Callee::Function(def, bound) if program.definition(*def).name != "__init__" => {
                Some(Run { def: *def, bound: *bound, class: None })
            }
            _ => None,
        });
        let all: SmallVec<[Run; 4]> = runs.collect();
        if all.is_empty() || seen.stack.is_empty() || !all.iter().all(|run| run.bound) || !self.is_many(seen) {
            return all;
        }
        let Some(classes) = self.receivers(seen) else { return all };
        let some = classes.iter().filter_map(|class| {
            let is_own =
                |run: &&Run| self.follow.types.method_of(*class, &program.definition(run.def).name) == Some(run.def);
            all.iter().find(is_own).map(|run| Run { class: Some(*class), ..*run })
        });
        let some: SmallVec<[Run; 4]> = some.collect();
        if some.is_empty() { all } else { some }
    }

    /// Can the object whose method is called be of more than one class, as far as the last call says?
    fn is_many(&self, seen: &Seen) -> bool {
        let types = self.follow.types;
        let Some(receiver) = types.receiver(seen.node, Via::Call) else { return false };
        let objects = types.of(receiver).iter().filter_map(|t| if let Type::Object(of) = t { Some(*of) } else { None });
        if types.is_itself(receiver) {
            let known = seen.stack.last().is_some_and(|site| site.class.is_some());
            return !known && objects.clone().any(|class| types.subclasses.contains_key(&class));
        }
        objects.count() > 1
    }

    /// The classes of the objects whose method is called, if all of them are to be seen.
    fn receivers(&mut self, seen: &Seen) -> Option<SmallVec<[Def; 4]>> {
        let receiver = self.follow.types.receiver(seen.node, Via::Call)?;
        // Registries are long: they have a budget of their own, but none within each other.
        let mut limits = Limits { level: self.limits.level, budget: 4 * BUDGET, ..Limits::default() };
        if limits.level > 1 {
            return None;
        }
        let mut classes: SmallVec<[Def; 4]> = SmallVec::new();
        // Values, and whether they are classes or objects of them.
        let mut waiting = vec![(seen.beside(receiver.value), false)];
        for _ in 0..STEPS {
            let Some((value, is_class)) = waiting.pop() else { return Some(classes).filter(|all| !all.is_empty()) };
            match self.follow.program.op(value.node).kind {
                OpKind::Define(id) if is_class => {
                    let class = Def { file: value.node.file, id };
                    if !super::is_class(self.follow.program, class) {
                        return None;
                    }
                    if !classes.contains(&class) {
                        classes.push(class);
                    }
                    continue;
                }
                _ => {}
            }
            let back = self.follow.back_within(&value, &mut limits).values;
            match self.follow.program.op(value.node).kind {
                _ if !back.is_empty() => waiting.extend(back.into_iter().map(|value| (value, is_class))),
                OpKind::Call(function, _) if !is_class => waiting.push((value.beside(function), true)),
                _ => return None,
            }
        }
        None
    }

    /// The method that a call runs on an object of a class that is known only through the stack.
    pub(super) fn dispatched(&self, seen: &Seen, def: Def) -> Def {
        let follow = self.follow;
        let class = follow.class_here(seen, Via::Call);
        let name = follow.program.definition(def).name;
        class.and_then(|class| follow.types.method_of(class, &name)).unwrap_or(def)
    }
}
