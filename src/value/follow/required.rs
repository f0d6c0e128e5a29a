//! What a task takes of the tasks that it requires: `self.input()` is what each of them says it makes.

use smallvec::SmallVec;

use super::{Into, Path, Seen, Spot, WIDTH, Walk};
use crate::fact::OpKind;
use crate::lexicon::{MadeBy, StepForm};
use crate::program::{Def, Node};
use crate::value::types::{Site, Type, Via};

impl<'a> Walk<'a> {
    /// Follows a call by which a task asks for what it requires; false if it is none.
    pub(super) fn required(&mut self, spot: &Spot) -> bool {
        let (program, types) = (self.follow.program, self.follow.types);
        let OpKind::Call(function, _) = program.op(spot.seen.node).kind else { return false };
        let OpKind::Attr(object, name) = program.op(spot.seen.beside(function).node).kind else { return false };
        let own = types.of(spot.seen.beside(object).node).iter().find_map(|ty| match ty {
            Type::Object(class) => Some((*class, self.task(*class)?)),
            _ => None,
        });
        let Some((class, form)) =
            own.filter(|(class, form)| form.takes == Some(name) && types.method_of(*class, &name).is_none())
        else {
            return false;
        };
        // Of the way into what is asked for the first steps choose among the tasks, the others within what one makes.
        let choosing = spot.path.iter().rev().take_while(|step| !matches!(step, Into::Field(_))).count();
        for chosen in (0..=choosing).rev() {
            let (inner, outer) = spot.path.split_at(spot.path.len() - chosen);
            let tasks = self.tasks(spot, class, form, outer);
            let mut found = false;
            for (task, seen) in tasks {
                found |= self.made_by(task, &seen, inner);
            }
            if found {
                return true;
            }
        }
        true
    }

    fn task(&self, class: Def) -> Option<&'a StepForm> {
        let types = self.follow.types;
        let orchestrators = &types.lexicon().orchestrators;
        types.library_bases(class).into_iter().find_map(|base| orchestrators.step(MadeBy::Class, base))
    }

    /// The tasks that a class requires, chosen by a path, each with where it is made.
    fn tasks(&mut self, spot: &Spot, class: Def, form: &StepForm, path: &[Into]) -> SmallVec<[(Def, Seen); 4]> {
        let (program, types) = (self.follow.program, self.follow.types);
        let mut starts: SmallVec<[Seen; 4]> = SmallVec::new();
        if let Some(requires) = form.requires.and_then(|name| types.method_of(class, &name)) {
            let stack = self.follow.enter(&spot.seen, true);
            let returned = types.returned(requires).take(WIDTH);
            starts.extend(returned.map(|node| Seen { node, stack: stack.clone() }));
        }
        for decorator in &program.definition(class).decorators {
            let decorator = Node { file: class.file, value: *decorator };
            let OpKind::Call(_, operands) = program.op(decorator).kind else { continue };
            if types.called_name(decorator).is_some_and(|name| form.required.contains(&name)) {
                let operands = program.operands(class.file, operands).iter();
                starts.extend(operands.map(|o| Seen::anywhere(Node { value: o.value, ..decorator })));
            }
        }
        let mut found = SmallVec::new();
        for start in starts {
            let spot = Spot { seen: start, path: Path::from_slice(path), class: None };
            for seen in self.follow.inside(spot).values {
                let class = types.of(seen.node).iter().find_map(|ty| match ty {
                    Type::Object(class) | Type::Class(class) => Some(*class),
                    _ => None,
                });
                found.extend(class.map(|class| (class, seen)));
            }
        }
        found
    }

    /// Pushes what a task says it makes; false if it says nothing.
    fn made_by(&mut self, task: Def, seen: &Seen, path: &[Into]) -> bool {
        let Some(makes) = self.task(task).and_then(|form| form.makes) else { return false };
        let Some(method) = self.follow.types.method_of(task, &makes) else { return false };
        let within = self.follow.program.owner(seen.node);
        let site = Site { call: seen.node, within, bound: true, via: Via::Makes, class: Some(task) };
        self.returned(method, &seen.stack.entered(site), &Path::from_slice(path));
        true
    }
}
