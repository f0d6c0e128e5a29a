//! What calls do with a map of settings: ask it for a key, copy it, record it, hand it on.

use super::inside::around;
use super::{CALLS, How, Item, Lookup, Trace, Way};
use crate::fact::{OpKind, Operand, ParamKind, Role, Text, Val};
use crate::lexicon::{Meaning, Returns};
use crate::program::{Def, Node};
use crate::value::follow::Seen;
use crate::value::types::Callee;

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
        if follow.types.rebuilt(call) == Some(item.node) {
            return self.alias(item, call);
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
        let key = Node { value: *first, ..call };
        let Some(keys) = self.keys(key) else {
            return match self.named_by_callers(item, key, call, How::Ask) {
                true => {}
                false => self.any(item, call),
            };
        };
        let sections = item.path.is_empty() && self.tracer.evaluator.follow.types.is_a(item.node, SECTIONS);
        let Some(second) = plain.get(1).filter(|_| sections) else {
            for key in keys {
                let lookup = Lookup { node: call, how: How::Ask, default: named || plain.len() > 1 };
                self.lookup_dotted(item, key, lookup);
            }
            return;
        };
        let second = self.keys(Node { value: *second, ..call });
        for section in &keys {
            let inner = below(item, *section);
            let Some(second) = &second else {
                self.found.whole.insert(inner.path);
                continue;
            };
            for key in second {
                self.lookup(&inner, *key, Lookup { node: call, how: How::Ask, default: named });
            }
        }
    }

    /// `for key, value in x.items()`.
    fn walk(&mut self, item: &Item, name: Text, call: Node) {
        match name.as_str() {
            _ if around(&item.path).is_some() => self.escape(item, call),
            "keys" | "iterkeys" => drop(self.found.walked.insert(item.path.clone())),
            _ if self.takes_keys_only(call) => drop(self.found.walked.insert(item.path.clone())),
            _ => self.pairs(item, call, name.contains("values")),
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
        if follow.types.rebuilt(call) == Some(item.node) {
            return self.alias(item, call);
        }
        if callees.iter().any(|c| matches!(c, Callee::Function(..))) {
            return self.enter(item, call, operands);
        }
        if self.hand(item, call, operands) {
            return;
        }
        let function = Node { value: function, ..call };
        if let Some(keys) = self.picked(function).filter(|_| around(&item.path).is_none()) {
            return self.pick(item, call, &keys);
        }
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
            () if !dict && around(&item.path).is_none() && self.typed(item, call, function, operands) => {}
            () if dict || meanings().any(passes) => self.alias(item, call),
            () if self.merged_into(item, call, function) => {}
            () if apart && around(&item.path).is_none() && meanings().any(|m| m.sets_defaults) => {
                self.offer(item, call)
            }
            () if self.is_read_back(call) => self.escape(item, call),
            () if !apart && (meanings().any(written) || self.is_recorded(call, function)) => {}
            () => self.escape(item, call),
        }
    }

    /// The keys that a function picks out of what it gets: `itemgetter("a", "b")`.
    fn picked(&self, function: Node) -> Option<Vec<Text>> {
        let follow = self.tracer.evaluator.follow;
        let picks = |node: Node| match follow.program.op(node).kind {
            OpKind::Call(_, operands) => {
                let picks = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.picks);
                follow.types.callees(node).iter().any(picks).then(|| follow.program.operands(node.file, operands))
            }
            _ => None,
        };
        let (node, keys) = self.origins(function).find_map(|node| Some((node, picks(node)?)))?;
        keys.iter().map(|o| follow.program.literal(Node { value: o.value, ..node })).collect()
    }

    /// What is picked out: by one key that itself, by several a tuple of them.
    fn pick(&mut self, item: &Item, call: Node, keys: &[Text]) {
        let (program, users) = (self.tracer.evaluator.follow.program, self.tracer.users);
        let part = |at: u32| {
            let at_place =
                |user: &&Val| matches!(program.op(Node { value: **user, ..call }).kind, OpKind::Part(_, p) if p == at);
            users.of(call).iter().find(at_place).map_or(call, |value| Node { value: *value, ..call })
        };
        for (at, key) in (0..).zip(keys) {
            let node = if keys.len() == 1 { call } else { part(at) };
            // `attrgetter("model.width")`
            let mut path: Vec<Text> = key.split('.').map(Text::from).collect();
            let Some(last) = path.pop() else { continue };
            let inner = path.into_iter().fold(item.clone(), |inner, key| below(&inner, key));
            self.note(&inner, last, Lookup { node, how: How::Index, default: false });
            if node != call || keys.len() == 1 {
                self.take(node, below(&inner, last).path, item.way.clone());
            }
        }
    }

    /// The map says what options hold where nobody types them: the keys are their names.
    fn offer(&mut self, item: &Item, call: Node) {
        let options = self.tracer.evaluator.options;
        let near = options.near(call.file);
        let here = |file| file == call.file || near.is_some_and(|near| near.contains(&file));
        for option in options.all.iter().filter(|option| here(option.call.file)) {
            self.note(item, option.name, Lookup { node: option.call, how: How::Name, default: true });
        }
        // What is no option becomes a field of what is parsed all the same.
        let follow = self.tracer.evaluator.follow;
        for file in follow.program.files().filter(|file| here(*file)) {
            for (value, op) in (0..).zip(&follow.program.file(file).ops) {
                let OpKind::Attr(object, name) = op.kind else { continue };
                if follow.types.is_a(Node { file, value: object }, "argparse.Namespace") {
                    self.note(item, name, Lookup { node: Node { file, value }, how: How::Name, default: true });
                }
            }
        }
    }

    /// Is what a call writes down, or the text that it makes, kept where code reads it again?
    fn is_read_back(&self, call: Node) -> bool {
        let kept = &self.tracer.read_back;
        let beside = |value: Val| Node { value, ..call };
        if kept.contains(&call) || self.tracer.users.of(call).iter().any(|by| kept.contains(&beside(*by))) {
            return true;
        }
        // What it is written into may have been opened before.
        let OpKind::Call(_, operands) = self.tracer.evaluator.follow.program.op(call).kind else { return false };
        let operands = self.tracer.evaluator.follow.program.operands(call.file, operands);
        !kept.is_empty() && operands.iter().any(|o| self.origins(beside(o.value)).any(|node| kept.contains(&node)))
    }

    /// A value and those that it passes on, as long as there is one only.
    fn origins(&self, node: Node) -> impl Iterator<Item = Node> {
        let follow = self.tracer.evaluator.follow;
        let next = move |seen: &Seen| {
            if let OpKind::With(value) = follow.program.op(seen.node).kind {
                return Some(seen.beside(value));
            }
            let mut back = follow.back(seen).values;
            if back.len() == 1 { back.pop() } else { None }
        };
        std::iter::successors(Some(Seen::anywhere(node)), next).take(CALLS).map(|seen| seen.node)
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
                ParamKind::Plain | ParamKind::Keyword if index >= given && around(&item.path).is_some() => {
                    self.pick_out(item, &param.name, node);
                }
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
    pub(super) fn is_recorded(&self, call: Node, function: Node) -> bool {
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
pub(super) fn below(item: &Item, key: Text) -> Item {
    let mut inner = item.clone();
    inner.path.push(key);
    inner
}

pub(super) fn entered(way: &Way, def: Def, call: Node) -> Way {
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
