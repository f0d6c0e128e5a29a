//! Maps of settings that lie in other containers on their way, and keys that are not told apart: a path may end with the
//! key under which the map lies in a container around it, or hold a sign for any key.

use super::{DEPTH, How, Item, Lookup, Path, Trace, Way};
use crate::fact::{OpKind, Operand, Operands, Role, Text, Val};
use crate::program::Node;
use crate::value::types::Type;

/// Stands for any key of a map.
pub const ANY: &str = "\u{2}";

/// Keys that are not told apart, one below the other.
const DOWN: usize = 4;

/// Before the key of a container around the map.
const AROUND: char = '\u{1}';

/// The key under which the map lies in a container around it.
pub(super) fn around(path: &[Text]) -> Option<&'static str> {
    path.last().and_then(|key| key.as_str().strip_prefix(AROUND))
}

/// Is what lies there one of several that are not told apart?
pub(super) fn is_any(path: &[Text]) -> bool {
    path.last().is_some_and(|key| *key == ANY)
}

/// Do two paths mean the same, any key being like every other?
pub(super) fn fits(pattern: &[Text], path: &[Text]) -> bool {
    pattern.len() == path.len() && pattern.iter().zip(path).all(|(of, key)| *of == ANY || of == key)
}

/// The path of the map itself, whatever lies around it.
pub(super) fn own(path: &Path) -> Path {
    path.iter().take_while(|key| !key.starts_with(AROUND)).copied().collect()
}

impl Trace<'_, '_> {
    /// The map comes to lie under a key of a container.
    pub(super) fn put(&mut self, item: &Item, container: Node, key: &str) {
        if item.path.len() >= DEPTH {
            return self.escape(item, container);
        }
        let mut path = item.path.clone();
        path.push(Text::from(&format!("{AROUND}{key}")));
        self.take(container, path, item.way.clone());
    }

    /// The map is taken out of its container again.
    pub(super) fn take_out(&mut self, item: &Item, node: Node) {
        let mut path = item.path.clone();
        path.pop();
        self.take(node, path, item.way.clone());
    }

    /// Of a container: is what a key gives the map?
    pub(super) fn pick_out(&mut self, item: &Item, key: &str, node: Node) {
        if around(&item.path) == Some(key) {
            self.take_out(item, node);
        }
    }

    /// The map stands in a list, tuple or set, or is laid out there.
    pub(super) fn listed(&mut self, item: &Item, list: Node, operands: Operands) {
        let program = self.tracer.evaluator.follow.program;
        let operands = program.operands(list.file, operands);
        let plain = operands.iter().all(|o| o.role == Role::Plain);
        for (at, _) in operands.iter().enumerate().filter(|(_, o)| o.value == item.node.value) {
            match plain {
                true => self.put(item, list, &at.to_string()),
                false => self.escape(item, list),
            }
        }
    }

    /// The map stands in a dict that is written out, or is laid out there.
    pub(super) fn displayed(&mut self, item: &Item, dict: Node, operands: Operands) {
        let program = self.tracer.evaluator.follow.program;
        let operands: &[Operand] = program.operands(dict.file, operands);
        for (at, operand) in operands.iter().enumerate().filter(|(_, o)| o.value == item.node.value) {
            let key = at.checked_sub(1).and_then(|before| operands.get(before)).filter(|o| o.role == Role::Key);
            let key = key.map(|o| program.literal(Node { value: o.value, ..dict }));
            match (operand.role, key) {
                (Role::Spread, _) => self.alias(item, dict),
                (Role::Key, _) => self.escape(item, dict),
                (_, Some(Some(key))) => self.put(item, dict, &key),
                _ => self.escape(item, dict),
            }
        }
    }

    /// `container[key] = map`.
    pub(super) fn put_at(&mut self, item: &Item, user: Node, key: Val) {
        let program = self.tracer.evaluator.follow.program;
        match program.literal(Node { value: key, ..user }) {
            Some(key) if self.is_own(user) => self.put(item, user, &key),
            None if is_any(&item.path) && self.same_pair(item.node, Node { value: key, ..user }) => {
                let mut merged = item.clone();
                merged.path.pop();
                if !self.is_own(user) && !self.come_back(&merged, user) {
                    return self.escape(item, user);
                }
                self.alias(&merged, user);
            }
            _ => self.escape(item, user),
        }
    }

    /// Are a value and a key the parts of one pair of a map that is walked through?
    fn same_pair(&self, value: Node, key: Node) -> bool {
        let op = |node: Node| self.tracer.evaluator.follow.program.op(node).kind;
        matches!((op(value), op(key)), (OpKind::Part(one, 1), OpKind::Part(other, 0)) if one == other)
    }

    /// What an assignment changes, without what was changed before.
    fn changed(&self, user: Node) -> Node {
        let program = self.tracer.evaluator.follow.program;
        let mut node = user;
        for _ in 0..16 {
            match program.op(node).kind {
                OpKind::SetIndex(object, ..) | OpKind::After(object, _) => node.value = object,
                OpKind::Either(operands) => match program.operands(node.file, operands).first() {
                    Some(first) if first.value < node.value => node.value = first.value,
                    _ => break,
                },
                _ => break,
            }
        }
        node
    }

    /// Is a container a map or list that is made here, or kept in a field, so that all see it where it goes from here?
    fn is_own(&self, user: Node) -> bool {
        let follow = self.tracer.evaluator.follow;
        let changed = self.changed(user);
        match follow.program.op(changed).kind {
            OpKind::Dict(_) | OpKind::List(_) => true,
            OpKind::Call(..) => follow.types.is_a(changed, "builtins.dict"),
            OpKind::Attr(object, _) => {
                let types = follow.types.of(Node { value: object, ..changed }).iter();
                types.into_iter().any(|ty| matches!(ty, Type::Object(_)))
            }
            _ => false,
        }
    }

    /// A function puts what it got into another argument of its own: its callers find it there.
    fn come_back(&mut self, item: &Item, user: Node) -> bool {
        let follow = self.tracer.evaluator.follow;
        let changed = self.changed(user);
        let OpKind::Param(index) = follow.program.op(changed).kind else { return false };
        let Some((def, call)) = item.way.last().copied() else { return false };
        if def != follow.program.owner(changed) {
            return false;
        }
        let mut outer = item.way.clone();
        outer.pop();
        let bound = follow.program.class_of(def).is_some();
        for (of, value) in follow.types.arguments(call, def, bound) {
            if of == index {
                self.take(Node { value, ..call }, item.path.clone(), outer.clone());
            }
        }
        true
    }

    /// Does the code stand in a class that only gives the map another look?
    fn is_of_a_wrapper(&self, node: Node) -> bool {
        let program = self.tracer.evaluator.follow.program;
        program
            .class_of(program.owner(node))
            .is_some_and(|class| self.muted.contains(&class) || self.tracer.wraps(class))
    }

    /// `x[key]` with a key that is known only at run time.
    pub(super) fn any(&mut self, item: &Item, node: Node) {
        if around(&item.path).is_some() {
            return self.take_out(item, node);
        }
        if item.path.len() >= DEPTH || self.is_of_a_wrapper(node) {
            return self.escape(item, node);
        }
        // A function that goes down by calling itself.
        if item.path.iter().rev().take_while(|key| **key == ANY).count() >= DOWN {
            return;
        }
        let mut path = item.path.clone();
        path.push(Text::from(ANY));
        self.take(node, path, item.way.clone());
    }

    /// The pairs, or the values, of the map in turn.
    pub(super) fn pairs(&mut self, item: &Item, call: Node, values: bool) {
        let (program, users) = (self.tracer.evaluator.follow.program, self.tracer.users);
        let at = |value: Val| Node { value, ..call };
        if self.is_of_a_wrapper(call) {
            return self.escape(item, call);
        }
        for element in users.of(call).iter().map(|value| at(*value)) {
            if !matches!(program.op(element).kind, OpKind::Element(_)) {
                return self.escape(item, element);
            }
            if values {
                self.any(item, element);
                continue;
            }
            for part in users.of(element).iter().map(|value| at(*value)) {
                match program.op(part).kind {
                    OpKind::Part(_, 0) if self.is_named_only(part) => {}
                    OpKind::Part(_, 0) => drop(self.found.walked.insert(item.path.clone())),
                    OpKind::Part(_, 1) => self.any(item, part),
                    OpKind::Bind(..) => {}
                    _ => self.escape(item, part),
                }
            }
        }
    }

    /// Is a key only used to look something up, or to be shown?
    fn is_named_only(&self, key: Node) -> bool {
        let (program, users) = (self.tracer.evaluator.follow.program, self.tracer.users);
        users.of(key).iter().all(|user| {
            let user = Node { value: *user, ..key };
            match program.op(user).kind {
                OpKind::Index(_, by) | OpKind::SetIndex(_, by, _) => by == key.value,
                OpKind::Format(_) => self.is_shown(user),
                OpKind::Call(function, _) => self.is_recorded(user, Node { value: function, ..user }),
                OpKind::Bind(name, _) => users.of_module(key.file, name).is_empty(),
                _ => false,
            }
        })
    }

    /// Is a text only printed or logged?
    pub(super) fn is_shown(&self, text: Node) -> bool {
        let (program, users) = (self.tracer.evaluator.follow.program, self.tracer.users);
        users.of(text).iter().all(|user| {
            let user = Node { value: *user, ..text };
            match program.op(user).kind {
                OpKind::Call(function, _) => {
                    function != text.value && self.is_recorded(user, Node { value: function, ..user })
                }
                OpKind::Format(_) | OpKind::Binary(..) => self.is_shown(user),
                _ => false,
            }
        })
    }

    /// What else is done with one of several values that are not told apart: is it more than to show it?
    pub(super) fn used_any(&mut self, item: &Item, user: Node) {
        let quiet = match self.tracer.evaluator.follow.program.op(user).kind {
            OpKind::Format(_) => self.is_shown(user),
            OpKind::End(_) | OpKind::Delete(_) | OpKind::Bind(..) => true,
            _ => false,
        };
        if !quiet && is_any(&item.path) {
            self.found.whole.insert(item.path.clone());
        }
    }

    /// A function looks up what its callers name: a lookup of each key that they all say.
    pub(super) fn named_by_callers(&mut self, item: &Item, key: Node, node: Node, how: How) -> bool {
        let (follow, users) = (self.tracer.evaluator.follow, self.tracer.users);
        let OpKind::Param(index) = follow.program.op(key).kind else { return false };
        let getter = follow.program.owner(key);
        let sites = follow.types.callers.get(&getter).map_or(&[][..], Vec::as_slice);
        let mut asked = Vec::new();
        for site in sites {
            let given = follow.types.arguments(site.call, getter, site.bound);
            let key = given.iter().find(|(of, _)| *of == index).map(|(_, value)| Node { value: *value, ..site.call });
            let Some(keys) = key.and_then(|key| self.keys(key)) else { return false };
            asked.extend(keys.into_iter().map(|key| (key, site.call)));
        }
        let returned = |user: &Val| matches!(follow.program.op(Node { value: *user, ..node }).kind, OpKind::Return(_));
        let direct = users.of(node).iter().all(returned);
        for (key, call) in &asked {
            let node = if direct { *call } else { node };
            self.lookup(item, *key, Lookup { node, how, default: true });
        }
        !asked.is_empty()
    }

    /// `app.state.config = map`: the same name of what is called alike, wherever it is read.
    pub(super) fn kept_alike(&mut self, item: &Item, object: Node, name: Text) -> bool {
        let (follow, users) = (self.tracer.evaluator.follow, self.tracer.users);
        let called = |node: Node| match follow.program.op(node).kind {
            OpKind::Attr(_, name) => Some(name),
            _ => None,
        };
        let same_kind = |other: Node| follow.types.instances(object).any(|of| follow.types.is_a(other, &of));
        let own = called(object);
        let mut read = false;
        for node in users.attributes(name) {
            let OpKind::Attr(of, _) = follow.program.op(node).kind else { continue };
            let of = Node { value: of, ..node };
            if same_kind(of) || own.is_some() && called(of) == own {
                read = true;
                self.take(node, item.path.clone(), Way::new());
            }
        }
        read
    }
}
