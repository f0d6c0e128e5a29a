//! All that becomes of a map of settings: every key that is looked up on it, every place where it gets out of sight.
//!
//! The map is followed forward from where it is made: through names, parameters, fields, returns, copies and wrappers. A
//! lookup by a known key leads to the map (or value) below that key; what is handed to code that is not known, walked through or
//! spread into a library is taken whole. So the answer is closed: a key that is neither looked up nor below
//! something taken whole is read by nobody who got the map in this way.

mod calls;
mod fields;
mod found;
mod handed;
mod inside;
mod wrappers;

pub use found::Lookups;
pub use inside::ANY;
pub use wrappers::takes_extra;

use rustc_hash::FxHashSet;
use smallvec::SmallVec;

use super::follow::Seen;
use super::text::Evaluator;
use super::types::Type;
use super::users::Users;
use crate::fact::{Comparison, DefKind, OpKind, Operator, Text, Val};
use crate::lexicon::Lexicon;
use crate::program::{Def, Node};

/// The keys from the root of a map down.
pub type Path = SmallVec<[Text; 4]>;

/// Keys that lie deeper are not told apart.
const DEPTH: usize = 8;

/// Values that are looked at for one map.
const STEPS: usize = 8_000;

/// Calls on the way in that are told apart.
const CALLS: usize = 4;

/// The calls through which a value came, with what they run; the outermost first.
pub type Way = SmallVec<[(Def, Node); 2]>;

/// How a key is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// `x["k"]`.
    Index,
    /// `x.k`.
    Attribute,
    /// `x.get("k")`: whoever asks so reckons with nothing.
    Ask,
    /// By a parameter or field of that name, or `"k" in x`.
    Name,
}

/// A lookup of a key.
#[derive(Clone, Copy, Debug)]
pub struct Lookup {
    /// What it gives.
    pub node: Node,
    /// How.
    pub how: How,
    /// There is a value for when nothing is there.
    pub default: bool,
}

/// Follows maps of settings.
pub struct Tracer<'a> {
    /// Evaluates keys that are made.
    pub evaluator: Evaluator<'a>,
    /// What libraries' calls mean.
    pub lexicon: &'a Lexicon,
    /// Who takes what.
    pub users: &'a Users<'a>,
    /// The calls that write where code reads.
    pub read_back: FxHashSet<Node>,
}

impl Tracer<'_> {
    /// All that becomes of a map that is made here.
    pub fn follow(&self, node: Node, way: &[(Def, Node)]) -> Lookups {
        self.follow_below(node, way, &[])
    }

    /// The same for what lies below some keys.
    pub fn follow_below(&self, node: Node, way: &[(Def, Node)], path: &[Text]) -> Lookups {
        let mut trace = Trace {
            tracer: self,
            found: Lookups::default(),
            seen: FxHashSet::default(),
            waiting: Vec::new(),
            muted: FxHashSet::default(),
        };
        trace.take(node, Path::from_slice(path), Way::from_slice(way));
        let mut steps = 0;
        while let Some(item) = trace.waiting.pop() {
            steps += 1;
            if steps > STEPS {
                trace.found.whole.insert(Path::new());
                break;
            }
            trace.visit(&item);
        }
        trace.found
    }
}

/// A value that may be what lies at a path.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Item {
    node: Node,
    path: Path,
    way: Way,
}

/// One map on its way.
struct Trace<'t, 'a> {
    tracer: &'t Tracer<'a>,
    found: Lookups,
    seen: FxHashSet<Item>,
    waiting: Vec<Item>,
    /// The classes that only wrap the map: what their own methods do with it as a whole is no reading.
    muted: FxHashSet<Def>,
}

impl Trace<'_, '_> {
    fn take(&mut self, node: Node, path: Path, way: Way) {
        let item = Item { node, path, way };
        if self.seen.insert(item.clone()) {
            self.waiting.push(item);
        }
    }

    /// The same thing under another name.
    fn alias(&mut self, item: &Item, node: Node) {
        self.take(node, item.path.clone(), item.way.clone());
    }

    fn visit(&mut self, item: &Item) {
        let (program, users) = (self.tracer.evaluator.follow.program, self.tracer.users);
        for param in users.defaulted(item.node) {
            self.take(Node { value: *param, ..item.node }, item.path.clone(), Way::new());
        }
        let owner = program.owner(item.node);
        let definition = program.definition(owner);
        if definition.kind == DefKind::Function {
            for (name, _) in definition.bindings.iter().filter(|(_, value)| *value == item.node.value) {
                for node in users.named(owner, *name) {
                    self.alias(item, node);
                }
            }
        }
        for user in users.of(item.node) {
            self.used(item, Node { value: *user, ..item.node });
        }
    }

    fn used(&mut self, item: &Item, user: Node) {
        let program = self.tracer.evaluator.follow.program;
        let value = item.node.value;
        match program.op(user).kind {
            OpKind::Attr(_, name) => self.attribute(item, user, name),
            OpKind::Index(object, key) if object == value => self.indexed(item, user, key),
            OpKind::Call(function, operands) => self.call(item, user, function, program.operands(user.file, operands)),
            OpKind::Either(_) | OpKind::After(..) | OpKind::With(_) => self.alias(item, user),
            OpKind::Binary(Operator::Bit | Operator::Or, ..) => self.alias(item, user),
            OpKind::Bind(name, _) => self.bound(item, user, name),
            OpKind::Return(_) => self.returned(item, user),
            OpKind::Tuple(operands) | OpKind::List(operands) => self.listed(item, user, operands),
            OpKind::Dict(operands) => self.displayed(item, user, operands),
            OpKind::Part(_, at) if inside::around(&item.path).is_some() => {
                self.pick_out(item, &at.to_string(), user);
            }
            OpKind::Element(_) if inside::around(&item.path).is_some() => self.take_out(item, user),
            OpKind::Element(_) | OpKind::Part(..) => self.escape(item, user),
            OpKind::Compare(Comparison::In, key, right) if right == value => {
                if let Some(key) = program.literal(Node { value: key, ..user }) {
                    self.note(item, key, Lookup { node: user, how: How::Name, default: true });
                }
            }
            // A table that is asked by the value knows some values only, as a comparison does.
            OpKind::Index(_, key) if key == value => {
                self.found.compared.entry(item.path.clone()).or_default().push(user);
                self.used_any(item, user);
            }
            OpKind::Compare(_, left, _) if left == value => {
                self.found.compared.entry(item.path.clone()).or_default().push(user);
                self.used_any(item, user);
            }
            OpKind::SetAttr(object, name, given) => {
                if object == value {
                    self.set(item, name, Node { value: given, ..user });
                }
                if given == value && !self.is_kept(user, object, name, given) {
                    self.stored(item, user, Node { value: object, ..user }, name);
                }
            }
            OpKind::SetIndex(object, key, given) if object == value => {
                match program.literal(Node { value: key, ..user }) {
                    Some(key) => self.set(item, key, Node { value: given, ..user }),
                    None if given == value => self.escape(item, user),
                    None if inside::around(&item.path).is_some() => {}
                    None => drop(self.found.filled.insert(item.path.clone())),
                }
                self.alias(item, user);
            }
            OpKind::SetIndex(_, key, given) if given == value => self.put_at(item, user, key),
            _ => self.used_any(item, user),
        }
    }

    /// Does a field get what it holds, with one more key: `self.x["k"] = v`?
    fn is_kept(&self, user: Node, object: Val, name: Text, given: Val) -> bool {
        let op = |value: Val| self.tracer.evaluator.follow.program.op(Node { value, ..user }).kind;
        let OpKind::SetIndex(held, ..) = op(given) else { return false };
        matches!(op(held), OpKind::Attr(of, field) if of == object && field == name)
    }

    /// `x.name`, or `x.name(..)`.
    fn attribute(&mut self, item: &Item, user: Node, name: Text) {
        let (program, users) = (self.tracer.evaluator.follow.program, self.tracer.users);
        let mut called = false;
        for by in users.of(user) {
            let call = Node { value: *by, ..user };
            if let OpKind::Call(function, operands) = program.op(call).kind
                && function == user.value
            {
                called = true;
                self.method(item, name, call, program.operands(call.file, operands));
            }
        }
        match () {
            () if called => {}
            () if name == "__dict__" => self.alias(item, user),
            () => self.lookup(item, name, Lookup { node: user, how: How::Attribute, default: false }),
        }
    }

    fn indexed(&mut self, item: &Item, user: Node, key: Val) {
        let key = Node { value: key, ..user };
        let program = self.tracer.evaluator.follow.program;
        if let OpKind::Int(number) = program.op(key).kind {
            if inside::around(&item.path).is_some() {
                return self.pick_out(item, &number.to_string(), user);
            }
            return self.lookup(
                item,
                Text::from(&number.to_string()),
                Lookup { node: user, how: How::Name, default: true },
            );
        }
        match self.keys(key) {
            Some(keys) => {
                let only = keys.len() == 1;
                for key in keys {
                    self.lookup(item, key, Lookup { node: user, how: How::Index, default: !only });
                }
            }
            None if self.named_by_callers(item, key, user, How::Index) => {}
            None => self.any(item, user),
        }
    }

    /// The texts that a key may be, if all of them are known.
    fn keys(&self, key: Node) -> Option<Vec<Text>> {
        let evaluator = &self.tracer.evaluator;
        if let Some(key) = evaluator.follow.program.literal(key) {
            return Some(vec![key]);
        }
        let texts = evaluator.texts(&Seen::anywhere(key));
        let plain = texts.patterns.iter().map(|pattern| match pattern.as_slice() {
            [super::text::Part::Text(text)] => Some(Text::from(text)),
            _ => None,
        });
        let keys: Option<Vec<Text>> = plain.collect();
        keys.filter(|keys| !keys.is_empty() && texts.parameters.is_empty() && !texts.environment)
    }

    /// A key is looked up, and what lies there goes on.
    fn lookup(&mut self, item: &Item, key: Text, lookup: Lookup) {
        if inside::around(&item.path).is_some() {
            return self.pick_out(item, &key, lookup.node);
        }
        if self.is_dropped(lookup.node) {
            let mut path = item.path.clone();
            path.push(key);
            self.found.dropped.insert(path, lookup.node);
            return;
        }
        self.note(item, key, lookup);
        let mut path = item.path.clone();
        path.push(key);
        if path.len() > DEPTH {
            self.found.whole.insert(item.path.clone());
            return;
        }
        self.take(lookup.node, path, item.way.clone());
    }

    fn note(&mut self, item: &Item, key: Text, lookup: Lookup) {
        if inside::around(&item.path).is_some() {
            return;
        }
        let mut path = item.path.clone();
        path.push(key);
        let lookups = self.found.read.entry(path).or_default();
        if !lookups.iter().any(|l| l.node == lookup.node) {
            lookups.push(lookup);
        }
    }

    /// Is a value made and used by nobody, its name bound anew before anybody says it?
    fn is_dropped(&self, node: Node) -> bool {
        let (program, users) = (self.tracer.evaluator.follow.program, self.tracer.users);
        if !users.defaulted(node).is_empty() {
            return false;
        }
        let owner = program.owner(node);
        let definition = program.definition(owner);
        // What a cell or a script shows by naming it is looked at.
        let bound = definition.bindings.iter().any(|(_, value)| *value == node.value);
        let overwritten = |user: &Val| match program.op(Node { value: *user, ..node }).kind {
            OpKind::Bind(name, _) => program.binding(owner, name).is_some_and(|value| value != node.value),
            _ => false,
        };
        let users = users.of(node);
        !bound && !users.is_empty() && definition.kind == DefKind::Module && users.iter().all(overwritten)
    }

    fn set(&mut self, item: &Item, key: Text, given: Node) {
        if inside::around(&item.path).is_some() {
            return;
        }
        let mut path = item.path.clone();
        path.push(key);
        self.found.set.entry(path).or_default().push(given);
    }

    /// The map gets out of sight here.
    fn escape(&mut self, item: &Item, user: Node) {
        let program = self.tracer.evaluator.follow.program;
        if let Some(class) = program.class_of(program.owner(user)) {
            if self.muted.contains(&class) {
                return;
            }
            if self.tracer.wraps(class) {
                return self.wrap(item, class);
            }
        }
        if self.ask_dotted(item, program.owner(user)) {
            return;
        }
        self.found.whole.insert(inside::own(&item.path));
    }

    fn bound(&mut self, item: &Item, user: Node, name: Text) {
        let program = self.tracer.evaluator.follow.program;
        let owner = program.owner(user);
        if program.definition(owner).kind == DefKind::Class {
            return self.field(item, owner, name);
        }
        for node in self.tracer.users.of_module(user.file, name) {
            self.take(node, item.path.clone(), Way::new());
        }
        self.of_module_attribute(item, user.file, name);
    }

    /// `module.name` in other files.
    fn of_module_attribute(&mut self, item: &Item, file: crate::source::FileId, name: Text) {
        let (follow, users) = (self.tracer.evaluator.follow, self.tracer.users);
        for node in users.attributes(name) {
            let OpKind::Attr(object, _) = follow.program.op(node).kind else { continue };
            if follow.types.of(Node { value: object, ..node }).contains(&Type::Module(file)) {
                self.take(node, item.path.clone(), Way::new());
            }
        }
    }

    /// The map is given to a field of an object, a class or a module.
    fn stored(&mut self, item: &Item, user: Node, object: Node, name: Text) {
        let types = self.tracer.evaluator.follow.types;
        let mut known = false;
        for ty in types.of(object) {
            match ty {
                Type::Object(class) | Type::Class(class) => {
                    known = true;
                    self.field(item, *class, name);
                }
                Type::Module(file) => {
                    known = true;
                    for node in self.tracer.users.of_module(*file, name) {
                        self.take(node, item.path.clone(), Way::new());
                    }
                    self.of_module_attribute(item, *file, name);
                }
                _ => {}
            }
        }
        if !known && !self.kept_alike(item, object, name) {
            self.escape(item, user);
        }
    }

    /// Wherever a field of a class is read.
    fn field(&mut self, item: &Item, class: Def, name: Text) {
        let (follow, users) = (self.tracer.evaluator.follow, self.tracer.users);
        for node in users.attributes(name) {
            let OpKind::Attr(object, _) = follow.program.op(node).kind else { continue };
            let of = follow.types.of(Node { value: object, ..node });
            let related = of.iter().any(|ty| match ty {
                Type::Object(other) | Type::Class(other) => self.tracer.related(*other, class),
                _ => false,
            });
            if related {
                self.take(node, item.path.clone(), Way::new());
            }
        }
    }

    /// What a function gives back comes to those who call it.
    fn returned(&mut self, item: &Item, user: Node) {
        let follow = self.tracer.evaluator.follow;
        let owner = follow.program.owner(user);
        let definition = follow.program.definition(owner);
        if matches!(definition.name.as_str(), "__str__" | "__repr__") {
            return;
        }
        if definition.lazy || definition.kind != DefKind::Function {
            return self.escape(item, user);
        }
        let decorated = follow.types.decorators(owner);
        if decorated.iter().any(|d| matches!(*d, "property" | "cached_property")) {
            return match follow.program.class_of(owner) {
                Some(class) => self.field(item, class, definition.name),
                None => self.escape(item, user),
            };
        }
        let mut calls: Vec<(Node, Way)> = Vec::new();
        match item.way.last() {
            Some((def, call)) if *def == owner => {
                let mut outer = item.way.clone();
                outer.pop();
                calls.push((*call, outer));
            }
            _ => {
                let callers = follow.types.callers.get(&owner).map_or(&[][..], Vec::as_slice);
                calls.extend(callers.iter().map(|site| (site.call, Way::new())));
            }
        }
        if calls.is_empty() {
            return self.escape(item, user);
        }
        for (call, way) in calls {
            self.take(call, item.path.clone(), way);
        }
    }
}
