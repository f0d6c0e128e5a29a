//! What calls do with a map of settings: ask it for a key, copy it, record it, hand it on.

use super::wrappers::takes_extra;
use super::{CALLS, How, Item, Lookup, Trace, Way};
use crate::fact::{OpKind, Operand, ParamKind, Role, Text, Val};
use crate::lexicon::{Meaning, Returns};
use crate::program::{Def, Node};
use crate::value::types::{Callee, Type};

/// Settings that stand in sections ask for section and key at once.
const SECTIONS: &str = "configparser.ConfigParser";

impl Trace<'_, '_> {
    /// `x.name(..)` on the map itself.
    pub(super) fn method(&mut self, item: &Item, name: Text, call: Node, operands: &[Operand]) {
        let follow = self.tracer.evaluator.follow;
        let callees = follow.types.callees(call);
        let keys = &self.tracer.lexicon.keys;
        let meanings = || callees.iter().filter_map(|c| if let Callee::Meaning(m) = c { Some(*m) } else { None });
        let own = callees.iter().any(|c| matches!(c, Callee::Function(..)));
        let looks = meanings().any(|m| m.looks_up) || keys.is_looking(name);
        if looks && (!own || self.is_wrapped(item.node)) {
            return self.ask(item, call, operands);
        }
        if own {
            return self.enter(item, call, operands);
        }
        match () {
            () if keys.is_copying(name) => self.alias(item, call),
            () if keys.is_walking(name) => self.walk(item, name, call),
            () if keys.is_merging(name) => self.merge(item, call, operands),
            () if keys.is_recording(name) || meanings().any(|m| m.forgets || m.parses_settings) => {}
            () if meanings().any(|m| matches!(m.returns, Some(Returns::Receiver))) => self.alias(item, call),
            () => self.escape(item, call),
        }
    }

    /// `x.get("k", default)`, `x.getint("section", "k")`.
    fn ask(&mut self, item: &Item, call: Node, operands: &[Operand]) {
        let plain: Vec<Val> = operands.iter().filter(|o| o.role == Role::Plain).map(|o| o.value).collect();
        let named = operands.iter().any(|o| matches!(o.role, Role::Named(_)));
        let Some(first) = plain.first() else { return };
        let Some(keys) = self.keys(Node { value: *first, ..call }) else { return self.escape(item, call) };
        let sections = item.path.is_empty() && self.tracer.evaluator.follow.types.is_a(item.node, SECTIONS);
        let Some(second) = plain.get(1).filter(|_| sections) else {
            for key in keys {
                self.lookup(item, key, Lookup { node: call, how: How::Ask, default: named || plain.len() > 1 });
            }
            return;
        };
        let Some(second) = self.keys(Node { value: *second, ..call }) else { return self.escape(item, call) };
        for section in &keys {
            let inner = below(item, *section);
            for key in &second {
                self.lookup(&inner, *key, Lookup { node: call, how: How::Ask, default: named });
            }
        }
    }

    /// `for key, value in x.items()`.
    fn walk(&mut self, item: &Item, name: Text, call: Node) {
        match name.as_str() {
            "keys" | "iterkeys" => drop(self.found.walked.insert(item.path.clone())),
            _ if self.takes_keys_only(call) => drop(self.found.walked.insert(item.path.clone())),
            _ => self.escape(item, call),
        }
    }

    /// Are only the keys of all pairs looked at?
    fn takes_keys_only(&self, items: Node) -> bool {
        let (program, users) = (self.tracer.evaluator.follow.program, self.tracer.users);
        let kind = |value: Val| program.op(Node { value, ..items }).kind;
        // A name that a script gives it in passing is said by nobody.
        let unsaid =
            |user: &Val| matches!(kind(*user), OpKind::Bind(name, _) if users.of_module(items.file, name).is_empty());
        let unused = |value: Val| users.of(Node { value, ..items }).iter().all(unsaid);
        let pairs = users.of(items);
        let key = |part: &Val| match kind(*part) {
            OpKind::Part(_, 0) | OpKind::Bind(..) => true,
            OpKind::Part(_, 1) => unused(*part),
            _ => false,
        };
        let keys_of = |pair: &Val| {
            matches!(kind(*pair), OpKind::Element(_)) && users.of(Node { value: *pair, ..items }).iter().all(key)
        };
        !pairs.is_empty() && pairs.iter().all(keys_of)
    }

    /// Keys that are laid over the map.
    fn merge(&mut self, item: &Item, call: Node, operands: &[Operand]) {
        let program = self.tracer.evaluator.follow.program;
        for operand in operands {
            match (operand.role, program.op(Node { value: operand.value, ..call }).kind) {
                (Role::Named(name), _) => self.set(item, name, Node { value: operand.value, ..call }),
                (_, OpKind::Dict(entries)) => {
                    for pair in program.operands(call.file, entries).windows(2).filter(|p| p[0].role == Role::Key) {
                        if let Some(key) = program.literal(Node { value: pair[0].value, ..call }) {
                            self.set(item, key, Node { value: pair[1].value, ..call });
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// The map is an argument.
    pub(super) fn call(&mut self, item: &Item, call: Node, function: Val, operands: &[Operand]) {
        let follow = self.tracer.evaluator.follow;
        if function == item.node.value {
            return self.escape(item, call);
        }
        let callees = follow.types.callees(call);
        if callees.iter().any(|c| matches!(c, Callee::Function(..))) {
            return self.enter(item, call, operands);
        }
        let function = Node { value: function, ..call };
        if let Some(class) = self.class_of(function) {
            return self.construct(item, call, class, operands);
        }
        let meanings = || callees.iter().filter_map(|c| if let Callee::Meaning(m) = c { Some(*m) } else { None });
        let own = || operands.iter().filter(|o| o.value == item.node.value);
        let first = operands.first().is_some_and(|o| o.value == item.node.value && o.role == Role::Plain);
        let apart = own().any(|o| matches!(o.role, Role::Spread | Role::Star));
        let passes = |m: &Meaning| m.forwards || (first && matches!(m.returns, Some(Returns::Argument)));
        let written =
            |m: &Meaning| m.forgets || m.parses_settings || m.writes.is_some() || m.converts.as_deref() == Some("text");
        let dict = follow.types.called_name(call).is_some_and(|name| name == "builtins.dict");
        match () {
            () if first && meanings().any(|m| m.looks_up) => self.ask_by(item, call, operands),
            () if dict || meanings().any(passes) => self.alias(item, call),
            () if self.merged_into(item, call, function) => {}
            () if self.typed(item, call, function, operands) => {}
            () if !apart && (meanings().any(written) || self.is_recorded(call, function)) => {}
            () => self.escape(item, call),
        }
    }

    /// `getattr(x, "k", default)`, `setattr(x, "k", value)`.
    fn ask_by(&mut self, item: &Item, call: Node, operands: &[Operand]) {
        let Some(key) = operands.get(1) else { return };
        let Some(keys) = self.keys(Node { value: key.value, ..call }) else { return self.escape(item, call) };
        let sets = self.tracer.evaluator.follow.types.called_name(call).is_some_and(|n| n.ends_with("setattr"));
        for key in keys {
            match operands.get(2) {
                Some(value) if sets => self.set(item, key, Node { value: value.value, ..call }),
                default => {
                    let how = if default.is_some() { How::Ask } else { How::Attribute };
                    self.lookup(item, key, Lookup { node: call, how, default: default.is_some() });
                }
            }
        }
    }

    /// `other.update(x)`: the map goes where the other goes.
    fn merged_into(&mut self, item: &Item, call: Node, function: Node) -> bool {
        let program = self.tracer.evaluator.follow.program;
        let OpKind::Attr(object, name) = program.op(function).kind else { return false };
        if !self.tracer.lexicon.keys.is_merging(name) || self.is_recorded(call, function) {
            return false;
        }
        let mut into = Node { value: object, ..call };
        self.alias(item, into);
        // What was taken from the same name before the call is the same map.
        for _ in 0..4 {
            match program.op(into).kind {
                OpKind::After(before, _) | OpKind::SetIndex(before, ..) => into.value = before,
                _ => break,
            }
            self.alias(item, into);
        }
        self.alias(item, call);
        true
    }

    /// A library fills a class of fields from the map: what the class has no field for is left.
    fn typed(&mut self, item: &Item, call: Node, function: Node, operands: &[Operand]) -> bool {
        let receiver = match self.tracer.evaluator.follow.program.op(function).kind {
            OpKind::Attr(object, _) => self.class_of(Node { value: object, ..call }),
            _ => None,
        };
        let given = || operands.iter().find_map(|o| self.class_of(Node { value: o.value, ..call }));
        let Some(class) = receiver.or_else(given).filter(|class| self.has_fields(*class)) else { return false };
        self.fill(item, class, 0);
        true
    }

    fn class_of(&self, node: Node) -> Option<Def> {
        let types = self.tracer.evaluator.follow.types.of(node);
        types.iter().find_map(|t| if let Type::Class(class) = t { Some(*class) } else { None })
    }

    /// Has a class fields, by its decorator or its base, and nothing else that makes its objects?
    fn has_fields(&self, class: Def) -> bool {
        let follow = self.tracer.evaluator.follow;
        let record = |name: Text| self.tracer.lexicon.of_type(name, &|t| t.record.then_some(())).is_some();
        let decorated = follow.program.definition(class).decorators.iter().any(|value| {
            let node = Node { file: class.file, value: *value };
            let of = match follow.program.op(node).kind {
                OpKind::Call(function, _) => Node { value: function, ..node },
                _ => node,
            };
            follow.types.library_name(of).is_some_and(record)
        });
        decorated || follow.types.library_bases(class).iter().any(|base| record(*base))
    }

    /// The fields of a class, and of the classes of these, read the keys of their names.
    fn fill(&mut self, item: &Item, class: Def, depth: usize) {
        const NESTED: usize = 4;
        let follow = self.tracer.evaluator.follow;
        for (name, value) in self.fields(class) {
            let node = Node { file: class.file, value };
            self.note(item, name, Lookup { node, how: How::Name, default: true });
            let inner = below(item, name);
            let held = follow.types.of(node).iter().find_map(|t| match t {
                Type::Object(of) | Type::Class(of) if self.has_fields(*of) => Some(*of),
                _ => None,
            });
            match held {
                Some(of) if depth < NESTED && of != class => self.fill(&inner, of, depth + 1),
                _ => drop(self.found.whole.insert(inner.path)),
            }
        }
        if depth < NESTED {
            let bases: Vec<Def> = follow.types.own_bases(class).collect();
            bases.into_iter().for_each(|base| self.fill(item, base, depth + 1));
        }
    }

    /// An object of a class of the repository is made that has no constructor of its own.
    fn construct(&mut self, item: &Item, call: Node, class: Def, operands: &[Operand]) {
        if self.tracer.wraps(class) {
            self.alias(item, call);
            return self.wrap(item, class);
        }
        if !self.has_fields(class) || takes_extra(self.tracer.evaluator.follow.program, class) {
            return self.escape(item, call);
        }
        let names: Vec<Text> = self.fields(class).into_iter().map(|(name, _)| name).collect();
        let mut position = 0;
        for operand in operands {
            let own = operand.value == item.node.value;
            match operand.role {
                Role::Plain => {
                    if own && let Some(name) = names.get(position) {
                        self.field(item, class, *name);
                    }
                    position += 1;
                }
                Role::Named(name) if own => self.field(item, class, name),
                Role::Spread if own => {
                    for name in &names {
                        self.note(item, *name, Lookup { node: call, how: How::Name, default: true });
                        self.field(&below(item, *name), class, *name);
                    }
                }
                Role::Star if own => self.escape(item, call),
                _ => {}
            }
        }
    }

    /// A class's fields, in order.
    fn fields(&self, class: Def) -> Vec<(Text, Val)> {
        let program = self.tracer.evaluator.follow.program;
        let facts = program.file(class.file);
        let fields = program.definition(class).body.clone().filter_map(|value| match facts.op(value).kind {
            OpKind::Bind(name, of) if !matches!(facts.op(of).kind, OpKind::Define(_) | OpKind::Import(_)) => {
                Some((name, of))
            }
            _ => None,
        });
        fields.collect()
    }

    /// The map goes into functions of the repository.
    fn enter(&mut self, item: &Item, call: Node, operands: &[Operand]) {
        let follow = self.tracer.evaluator.follow;
        let functions = follow.types.callees(call).iter();
        let functions =
            functions.filter_map(|c| if let Callee::Function(of, bound) = c { Some((*of, *bound)) } else { None });
        for (def, bound) in functions {
            let definition = follow.program.definition(def);
            let wrapper = follow.program.class_of(def).filter(|class| self.tracer.wraps(*class));
            if definition.name == "__init__"
                && let Some(class) = wrapper
            {
                self.alias(item, call);
                self.wrap(item, class);
            }
            let way = entered(&item.way, def, call);
            for (index, _) in follow.types.arguments(call, def, bound).iter().filter(|(_, v)| *v == item.node.value) {
                match definition.params.get(*index as usize) {
                    Some(param) if matches!(param.kind, ParamKind::Plain | ParamKind::Keyword) => {
                        self.take(Node { file: def.file, value: param.value }, item.path.clone(), way.clone());
                    }
                    Some(_) if wrapper.is_none() => self.escape(item, call),
                    _ => {}
                }
            }
            for operand in operands.iter().filter(|o| o.value == item.node.value) {
                match operand.role {
                    Role::Spread => self.spread(item, call, (def, bound), operands, &way),
                    Role::Star if wrapper.is_none() => self.escape(item, call),
                    _ => {}
                }
            }
        }
    }

    /// `f(**x)`: the parameters are the keys.
    fn spread(&mut self, item: &Item, call: Node, (def, bound): (Def, bool), operands: &[Operand], way: &Way) {
        let program = self.tracer.evaluator.follow.program;
        let given = operands.iter().filter(|o| o.role == Role::Plain).count() + usize::from(bound);
        for (index, param) in program.definition(def).params.iter().enumerate() {
            let node = Node { file: def.file, value: param.value };
            match param.kind {
                ParamKind::Plain | ParamKind::Keyword if index >= given => {
                    self.note(item, param.name, Lookup { node: call, how: How::Name, default: true });
                    self.take(node, below(item, param.name).path, way.clone());
                }
                ParamKind::Keywords => self.take(node, item.path.clone(), way.clone()),
                _ => {}
            }
        }
    }

    /// Does a call only write down what it gets: a print, a log, a tracker of experiments?
    fn is_recorded(&self, call: Node, function: Node) -> bool {
        let follow = self.tracer.evaluator.follow;
        let keys = &self.tracer.lexicon.keys;
        let called = follow.types.called_name(call);
        if called.is_some_and(|name| keys.is_recorder(name) || keys.is_recording(last(name))) {
            return true;
        }
        let OpKind::Attr(object, name) = follow.program.op(function).kind else {
            return matches!(follow.program.op(function).kind, OpKind::Global(name) if keys.is_recording(name));
        };
        // `wandb.config.update(x)`
        let mut node = Node { value: object, ..call };
        for _ in 0..4 {
            if follow.types.library_name(node).is_some_and(|name| keys.is_recorder(name)) {
                return true;
            }
            let OpKind::Attr(object, _) = follow.program.op(node).kind else { break };
            node.value = object;
        }
        keys.is_recording(name)
    }
}

/// What lies below a key.
fn below(item: &Item, key: Text) -> Item {
    let mut inner = item.clone();
    inner.path.push(key);
    inner
}

fn entered(way: &Way, def: Def, call: Node) -> Way {
    let mut inner = way.clone();
    if inner.len() >= CALLS {
        inner.remove(0);
    }
    inner.push((def, call));
    inner
}

fn last(name: Text) -> Text {
    Text::from(name.rsplit('.').next().unwrap_or(&name))
}
