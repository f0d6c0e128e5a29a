//! What containers hold, and what calls make of them.

use smallvec::SmallVec;

use super::{Follow, Into, Path, Seen, Spot, WIDTH, Walk};
use crate::fact::{OpKind, Operand, Operands, Role};
use crate::lexicon::{Flow, Returns};
use crate::program::Node;
use crate::value::types::{Callee, Type, Via};

/// Elements of one list that are followed: more than callers, since registries are written as lists.
const ELEMENTS: usize = 4 * WIDTH;

impl Follow<'_> {
    /// What a function returns that a call hands on.
    pub fn handed_back(&self, seen: &Seen, function: Node, via: Via) -> Vec<Seen> {
        let mut found = Vec::new();
        for ty in self.types.of(function) {
            let (def, bound, class) = match ty {
                Type::Function(def) => (*def, false, None),
                Type::Method(def) => (*def, true, None),
                // An object, or one that is made first, is called.
                Type::Class(class) | Type::Object(class) => match self.types.method_of(*class, "__call__") {
                    Some(def) => (def, true, Some(*class)),
                    None => continue,
                },
                _ => continue,
            };
            let stack = self.entering(seen, bound, via, class);
            found.extend(self.types.returned(def).take(WIDTH).map(|node| Seen { node, stack: stack.clone() }));
        }
        found
    }
}

impl Walk<'_> {
    fn operands_of(&self, node: Node) -> &[Operand] {
        match self.follow.program.op(node).kind {
            OpKind::Call(_, operands) => self.follow.program.operands(node.file, operands),
            _ => &[],
        }
    }

    pub(super) fn index(&mut self, spot: Spot, object: u32, index: u32) {
        let index = spot.seen.beside(index);
        if matches!(self.follow.program.op(index.node).kind, OpKind::Slice(..)) {
            self.sliced(spot, object, index);
            return;
        }
        let runs = self.runs(&spot.seen);
        if !runs.is_empty() {
            self.run_all(&spot, runs);
            return;
        }
        let keys = self.literals(&index);
        let object = spot.beside(object);
        if keys.is_empty() {
            if self.is_container(&object.seen, &index) {
                self.push(object.down(Into::Any));
            }
            return;
        }
        for key in keys {
            self.push(object.clone().down(key));
        }
    }

    /// May an index of which nothing is known take out what was put in? A frame's columns are no elements.
    fn is_container(&self, object: &Seen, index: &Seen) -> bool {
        let types = self.follow.types;
        let several = matches!(
            self.follow.program.op(index.node).kind,
            OpKind::List(_) | OpKind::Tuple(_) | OpKind::Compare(..) | OpKind::Not(_) | OpKind::Binary(..)
        );
        !several && types.instances(object.node).all(|name| name.starts_with("builtins."))
    }

    /// `parts[1:]`: the places are others, the elements are the same.
    fn sliced(&mut self, mut spot: Spot, object: u32, slice: Seen) {
        let OpKind::Slice(lower, _) = self.follow.program.op(slice.node).kind else { return };
        let lower = match lower {
            u32::MAX => Some(0),
            value => match self.follow.program.op(slice.beside(value).node).kind {
                OpKind::Int(place) => u32::try_from(place).ok(),
                _ => None,
            },
        };
        if let Some(Into::At(place)) = spot.path.last_mut() {
            let Some(lower) = lower else { return };
            *place = place.saturating_add(lower);
        }
        if !spot.path.is_empty() {
            self.push(spot.beside(object));
        }
    }

    pub(super) fn in_list(&mut self, mut spot: Spot, operands: Operands) {
        let program = self.follow.program;
        let file = spot.seen.node.file;
        let Some(step) = spot.path.pop() else { return };
        let operands = program.operands(file, operands);
        let laid = |o: &&Operand| o.role == Role::Star;
        match step {
            Into::At(place) => {
                let before = operands.iter().take(place as usize + 1).find(laid);
                match (before, operands.get(place as usize)) {
                    (None, Some(operand)) => self.push(spot.beside(operand.value)),
                    // A comprehension, or what a generator yields: each element is made in the same way.
                    (None, None) if self.is_made_alike(spot.seen.node.file, operands) => {
                        operands.iter().for_each(|o| self.push(spot.beside(o.value)));
                    }
                    (Some(laid), _) => {
                        let offset = operands.iter().position(|o| o.value == laid.value).unwrap_or_default();
                        let place = place.saturating_sub(u32::try_from(offset).unwrap_or(0));
                        self.push(spot.beside(laid.value).down(Into::At(place)));
                    }
                    _ => {}
                }
            }
            Into::FromEnd(place) => {
                let index = operands.len().checked_sub(place as usize);
                let operand = index.and_then(|index| operands.get(index)).filter(|o| o.role == Role::Plain);
                operand.into_iter().for_each(|o| self.push(spot.beside(o.value)));
            }
            Into::Each | Into::Any => {
                for operand in operands.iter().take(ELEMENTS) {
                    let element = spot.beside(operand.value);
                    self.push(if operand.role == Role::Star { element.down(step) } else { element });
                }
            }
            Into::Key(_) | Into::Field(_) => {}
        }
    }

    fn is_made_alike(&self, file: crate::source::FileId, operands: &[Operand]) -> bool {
        let [only] = operands else { return false };
        matches!(
            self.follow.program.op(Node { file, value: only.value }).kind,
            OpKind::Call(..) | OpKind::Element(_) | OpKind::Format(_) | OpKind::Binary(..) | OpKind::Part(..)
        )
    }

    pub(super) fn in_dict(&mut self, mut spot: Spot, operands: Operands) {
        let program = self.follow.program;
        let file = spot.seen.node.file;
        // A map that a library gives the looks of an object.
        let Some(step) = spot.path.pop().map(|step| if let Into::Field(name) = step { Into::Key(name) } else { step })
        else {
            return;
        };
        let operands = program.operands(file, operands);
        match step {
            Into::Each => {
                for operand in operands.iter().take(2 * WIDTH) {
                    match operand.role {
                        Role::Key => self.push(spot.beside(operand.value)),
                        Role::Spread => self.push(spot.beside(operand.value).down(step)),
                        _ => {}
                    }
                }
            }
            Into::Any => {
                for operand in operands.iter().take(2 * WIDTH) {
                    match operand.role {
                        Role::Plain => self.push(spot.beside(operand.value)),
                        Role::Spread => self.push(spot.beside(operand.value).down(step)),
                        _ => {}
                    }
                }
            }
            Into::Key(_) | Into::At(_) => {
                // The last entry of a key wins; what is laid out may have it.
                let mut rest = operands;
                while let Some((last, before)) = rest.split_last() {
                    rest = before;
                    if last.role == Role::Spread {
                        if self.attempt([spot.beside(last.value).down(step)]) {
                            return;
                        }
                        continue;
                    }
                    let Some((key, before)) = before.split_last() else { return };
                    rest = before;
                    let key = spot.seen.beside(key.value);
                    let literal = match program.op(key.node).kind {
                        OpKind::Str(text) => Some(step == Into::Key(text)),
                        OpKind::Int(place) => Some(super::at(place) == Some(step)),
                        _ => None,
                    };
                    let fits = literal.unwrap_or_else(|| {
                        let keys = self.literals(&key);
                        keys.is_empty() || keys.contains(&step)
                    });
                    if fits {
                        self.push(spot.beside(last.value));
                        if literal.is_some() {
                            return;
                        }
                    }
                }
            }
            Into::FromEnd(_) | Into::Field(_) => {}
        }
    }

    /// A container in which one element was set.
    pub(super) fn in_assigned(&mut self, spot: Spot, container: u32, key: u32, value: u32) {
        let Some(step) = spot.path.last().copied() else { return };
        let keys = self.literals(&spot.seen.beside(key));
        let asked = matches!(step, Into::Key(_) | Into::At(_) | Into::FromEnd(_));
        let here = !asked || keys.is_empty() || keys.contains(&step);
        if here {
            self.put_at(spot.clone(), key, value);
        }
        if !(asked && here && keys.len() == 1) {
            self.push(spot.beside(container));
        }
    }

    /// What is set under a key, if that may be what is asked for.
    pub(super) fn put_at(&mut self, mut spot: Spot, key: u32, value: u32) {
        match spot.path.pop() {
            Some(Into::Each) => {
                let place = matches!(self.follow.program.op(spot.seen.beside(key).node).kind, OpKind::Int(_));
                self.push(spot.beside(if place { value } else { key }));
            }
            Some(step @ (Into::Key(_) | Into::At(_))) => {
                let keys = self.literals(&spot.seen.beside(key));
                if keys.is_empty() || keys.contains(&step) {
                    self.push(spot.beside(value));
                }
            }
            Some(Into::Any) => self.push(spot.beside(value)),
            _ => {}
        }
    }

    /// A container as it is after a call was made on it.
    pub(super) fn after(&mut self, spot: Spot, value: u32, call: u32) {
        if spot.path.is_empty() {
            self.push(spot.beside(value));
            return;
        }
        let call = spot.beside(call);
        let wins = self.follow.types.flow(call.seen.node) == Some(Flow::Updates)
            && matches!(spot.path.last(), Some(Into::Key(_)));
        if wins {
            let spots = self.laid(&call);
            if self.attempt(spots) {
                return;
            }
        } else {
            self.put(call);
        }
        self.push(spot.beside(value));
    }

    /// What a call puts into its object, if that may be what is asked for.
    pub(super) fn put(&mut self, spot: Spot) {
        let operands: SmallVec<[Operand; 4]> = self.operands_of(spot.seen.node).iter().copied().collect();
        match (self.follow.types.flow(spot.seen.node), spot.path.last()) {
            (Some(Flow::Puts), Some(Into::Each | Into::Any | Into::At(_) | Into::FromEnd(_))) => {
                let mut spot = spot;
                spot.path.pop();
                // `list.insert(place, element)`, `list.append(element)`
                if let Some(last) = operands.iter().rfind(|o| o.role == Role::Plain) {
                    self.push(spot.beside(last.value));
                }
            }
            (Some(Flow::Extends), Some(Into::Each | Into::Any)) => {
                operands.first().into_iter().for_each(|o| self.push(spot.beside(o.value)));
            }
            (Some(Flow::Updates), _) => {
                let laid = self.laid(&spot);
                laid.into_iter().for_each(|spot| self.push(spot));
            }
            _ => {}
        }
    }

    /// What a map holds that is made or updated by a call: its keywords, then the maps it is given.
    fn laid(&self, spot: &Spot) -> SmallVec<[Spot; 4]> {
        let mut spots = SmallVec::new();
        let step = spot.path.last().copied();
        for operand in self.operands_of(spot.seen.node) {
            let here = spot.beside(operand.value);
            match (operand.role, step) {
                (Role::Named(name), Some(Into::Key(key) | Into::Field(key))) if name == key => spots.push(up(here)),
                (Role::Named(_), Some(Into::Any)) => spots.push(up(here)),
                (Role::Plain, _) => spots.push(here),
                (Role::Spread, Some(Into::Field(name))) => spots.push(up(here).down(Into::Key(name))),
                (Role::Spread, _) => spots.push(here),
                _ => {}
            }
        }
        spots
    }

    /// A call of what is no function of the repository.
    pub(super) fn library_call(&mut self, spot: Spot) {
        let (types, program) = (self.follow.types, self.follow.program);
        let node = spot.seen.node;
        let OpKind::Call(function, _) = program.op(node).kind else { return };
        if !types.exchange.supplied(node).is_empty() {
            self.supplied(&spot);
            return;
        }
        let receiver = match program.op(spot.seen.beside(function).node).kind {
            OpKind::Attr(object, _) => {
                let module = types
                    .of(spot.seen.beside(object).node)
                    .iter()
                    .any(|t| matches!(t, Type::Library(_) | Type::Module(_)));
                (!module).then_some(object)
            }
            _ => None,
        };
        let operands: SmallVec<[Operand; 4]> = self.operands_of(node).iter().copied().collect();
        let looks_up = types.callees(node).iter().any(|c| matches!(c, Callee::Meaning(m) if m.looks_up));
        let flow = types.flow(node);
        if looks_up || flow == Some(Flow::Looked) {
            self.looked_up(spot, receiver, &operands);
            return;
        }
        let plain = |place: usize| operands.iter().filter(|o| o.role == Role::Plain).nth(place).map(|o| o.value);
        let subject = receiver.or_else(|| plain(0));
        if flow == Some(Flow::One) {
            // `paths.pop()`, `options.pop("path")`, `next(iter(paths))`, `random.choice(paths)`
            let key = plain(0).filter(|_| receiver.is_some()).map(|key| program.op(spot.seen.beside(key).node).kind);
            match key {
                Some(OpKind::Str(_)) => self.looked_up(spot, receiver, &operands),
                _ => subject.into_iter().for_each(|s| self.push(spot.beside(s).down(Into::Each))),
            }
            return;
        }
        if flow == Some(Flow::Itself) {
            receiver.into_iter().for_each(|s| self.push(spot.beside(s)));
            return;
        }
        if spot.path.is_empty() {
            return;
        }
        let handed = types.handed(node);
        if !handed.is_empty() {
            self.handed_on(&spot, &handed);
            return;
        }
        let last = spot.path.last().copied();
        match flow {
            Some(Flow::Repeated) if last == Some(Into::Each) => {
                plain(0).into_iter().for_each(|s| self.push(up(spot.beside(s))));
            }
            Some(Flow::Same) => subject.into_iter().for_each(|s| self.push(spot.beside(s))),
            Some(Flow::Filtered) => plain(1).into_iter().for_each(|s| self.push(spot.beside(s))),
            Some(Flow::Keys) => subject.into_iter().for_each(|s| self.push(spot.beside(s))),
            Some(Flow::Values) if last == Some(Into::Each) => {
                subject.into_iter().for_each(|s| self.push(up(spot.beside(s)).down(Into::Any)));
            }
            Some(Flow::Items) if last == Some(Into::Each) => {
                let spot = up(spot);
                let (step, spot) = (spot.path.last().copied(), up(spot));
                let into = match step {
                    Some(Into::At(0)) => Into::Each,
                    Some(Into::At(1)) => Into::Any,
                    _ => return,
                };
                subject.into_iter().for_each(|s| self.push(spot.beside(s).down(into)));
            }
            Some(Flow::Numbered) if last == Some(Into::Each) => {
                let spot = up(spot);
                if spot.path.last() == Some(&Into::At(1)) {
                    let spot = up(spot);
                    subject.into_iter().for_each(|s| self.push(spot.beside(s).down(Into::Each)));
                }
            }
            Some(Flow::Zipped) if last == Some(Into::Each) => {
                let spot = up(spot);
                if let Some(Into::At(place)) = spot.path.last().copied()
                    && let Some(of) = plain(place as usize)
                {
                    self.push(up(spot).beside(of).down(Into::Each));
                }
            }
            Some(Flow::Given) => {
                if let Some(Into::At(place)) = last
                    && let Some(of) = plain(place as usize)
                {
                    self.push(up(spot).beside(of));
                }
            }
            Some(Flow::Chained) => {
                for operand in operands.iter().filter(|o| o.role == Role::Plain) {
                    self.push(spot.beside(operand.value));
                }
            }
            Some(Flow::Map) => self.laid(&spot).into_iter().for_each(|spot| self.push(spot)),
            Some(Flow::Fields) => {
                if let (Some(Into::Key(key)), Some(subject)) = (last, subject) {
                    self.push(up(spot).beside(subject).down(Into::Field(key)));
                }
            }
            Some(Flow::Replaced) => {
                let spots = self.laid(&spot).into_iter().filter(|s| s.path.len() < spot.path.len());
                let spots: SmallVec<[Spot; 4]> = spots.collect();
                if !self.attempt(spots) {
                    subject.into_iter().for_each(|s| self.push(spot.beside(s)));
                }
            }
            _ => self.beyond(spot, &operands),
        }
    }

    /// `d.get(key, default)`, `getattr(object, name, default)`.
    fn looked_up(&mut self, spot: Spot, receiver: Option<u32>, operands: &[Operand]) {
        let plain: SmallVec<[u32; 3]> = operands.iter().filter(|o| o.role == Role::Plain).map(|o| o.value).collect();
        let (object, key, default) = match (receiver, plain.as_slice()) {
            (Some(object), [key, rest @ ..]) => (object, *key, rest.first()),
            (None, [object, key, rest @ ..]) => (*object, *key, rest.first()),
            _ => return,
        };
        let keys = self.literals(&spot.seen.beside(key));
        let at = |key: &Into| match key {
            Into::Key(name) if receiver.is_none() => Into::Field(*name),
            other => *other,
        };
        let spots: Vec<Spot> = keys.iter().map(|key| spot.beside(object).down(at(key))).collect();
        let found = if keys.is_empty() && receiver.is_some() {
            self.attempt([spot.beside(object).down(Into::Any)])
        } else {
            self.attempt(spots)
        };
        if let Some(default) = default.filter(|_| !found || keys.len() != 1) {
            self.push(spot.beside(*default));
        }
    }

    /// What functions give that a call hands on.
    fn handed_on(&mut self, spot: &Spot, handed: &[(Node, Via)]) {
        for (function, via) in handed {
            for ty in self.follow.types.of(*function) {
                let (def, bound) = match ty {
                    Type::Function(def) => (*def, false),
                    Type::Method(def) => (*def, true),
                    _ => continue,
                };
                let mut path: Path = spot.path.clone();
                if matches!(path.last(), Some(Into::Each | Into::Any | Into::At(_))) {
                    path.pop();
                }
                let stack = self.follow.entering(&spot.seen, bound, *via, None);
                self.returned(def, &stack, &path);
            }
        }
    }

    /// What a library makes: a field of an object is the keyword of that name; the rest is for others to tell.
    fn beyond(&mut self, spot: Spot, operands: &[Operand]) {
        let types = self.follow.types;
        if let Some(Into::Field(_) | Into::Key(_)) = spot.path.last() {
            let spots = self.laid(&spot).into_iter().filter(|s| s.path.len() < spot.path.len() || operands.len() == 1);
            let spots: SmallVec<[Spot; 4]> = spots.collect();
            if self.attempt(spots) {
                return;
            }
        }
        let passes = types
            .callees(spot.seen.node)
            .iter()
            .any(|c| matches!(c, Callee::Meaning(m) if m.returns == Some(Returns::Argument)));
        if passes && let Some(first) = operands.first().filter(|o| o.role == Role::Plain) {
            self.push(spot.beside(first.value));
            return;
        }
        self.steps.beyond.push(spot);
    }
}

/// What is asked for, without the next step.
fn up(mut spot: Spot) -> Spot {
    spot.path.pop();
    spot
}
