//! Where a value comes from, one step at a time, across names, fields, containers, calls and returns.

mod arguments;
mod containers;
mod dispatch;
mod names;
mod objects;
mod required;

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

pub use super::stack::{Into, Path, Seen, Spot, Stack};
use super::types::{Callee, Held, Site, Types, Via};
use super::words::words;
use crate::fact::{DefKind, OpKind, Operator, Text};
use crate::lexicon::Memo;
use crate::program::{Def, Imported, Node, Program};
use dispatch::Run;

/// More callers, assignments or elements than this are not followed one by one.
const WIDTH: usize = 24;

/// Values looked at on the way to one.
const BUDGET: usize = 400;

/// Questions that are asked in order to answer another.
const DEPTH: usize = 12;

/// Keys that are looked for in order to find keys.
const LEVELS: usize = 4;

/// Whether a way into a value leads anywhere is asked so deep at once.
const NESTED: usize = 24;

/// The steps that a value's way back may take.
#[derive(Clone, Debug, Default)]
pub struct Steps {
    /// The values it is.
    pub values: SmallVec<[Seen; 4]>,
    /// It is a parameter of this definition, whose caller is not known here.
    pub parameter: Option<Def>,
    /// What a library makes, with the way into it that is asked for.
    pub beyond: Vec<Spot>,
}

/// Follows values through a program.
#[derive(Clone, Copy)]
pub struct Follow<'a> {
    /// The program.
    pub program: &'a Program<'a>,
    /// Its types.
    pub types: &'a Types<'a>,
    /// Ways back that were taken before.
    pub taken: &'a Taken,
}

/// The tables of the program that each call which runs statements of SQL names, with their names.
pub type NamedTables = FxHashMap<Node, Vec<(Text, Node)>>;

/// Ways back that were taken before: many questions lead over the same values.
#[derive(Debug, Default)]
pub struct Taken {
    /// Tables of the program that statements know by name.
    pub named_tables: OnceLock<NamedTables>,
    /// To the values that a value is.
    back: Memo<Seen, Arc<Steps>>,
    /// To the values that it is made from.
    behind: Memo<Seen, Arc<[Seen]>>,
}

impl Taken {
    /// The values that a value is made from, as they were found once or are found now.
    pub(super) fn behind(&self, seen: &Seen, find: impl FnOnce() -> Vec<Seen>) -> Arc<[Seen]> {
        self.behind.answer(seen.clone(), || find().into())
    }
}

impl<'a> Follow<'a> {
    /// The values that this value is, if it only passes them on; nothing if it makes a value of its own.
    pub fn back(&self, seen: &Seen) -> Steps {
        Arc::unwrap_or_clone(self.back_shared(seen))
    }

    /// The same, for those who only look.
    pub fn back_shared(&self, seen: &Seen) -> Arc<Steps> {
        // What is a value of its own is known at once.
        let own = matches!(
            self.program.op(seen.node).kind,
            OpKind::Str(_) | OpKind::Int(_) | OpKind::Float(_) | OpKind::Bool(_) | OpKind::Nothing | OpKind::Unknown
        );
        if own {
            return Arc::default();
        }
        self.taken.back.answer(seen.clone(), || Arc::new(self.back_within(seen, &mut Limits::default())))
    }

    /// The same, for a question that was asked in order to answer another.
    pub(super) fn back_within(&self, seen: &Seen, limits: &mut Limits) -> Steps {
        if limits.level > LEVELS {
            return Steps::default();
        }
        let inner = Limits { budget: limits.budget, level: limits.level + 1, parameter: None };
        let mut walk = Walk { limits: inner, ..Walk::new(*self) };
        walk.step(Spot::of(seen.clone()));
        walk.run();
        limits.budget = walk.limits.budget;
        walk.steps
    }

    /// The values that lie within another.
    pub fn inside(&self, spot: Spot) -> Steps {
        let mut walk = Walk::new(*self);
        walk.waiting.push_back(spot);
        walk.run();
        walk.steps
    }

    /// The elements of a sequence in their order, if all of them are to be seen.
    pub fn sequence(&self, seen: &Seen) -> Option<Vec<Seen>> {
        let mut found = Vec::new();
        self.sequence_into(seen, &mut found, 0).then_some(found)
    }

    fn sequence_into(&self, seen: &Seen, found: &mut Vec<Seen>, depth: usize) -> bool {
        if depth > DEPTH || found.len() > WIDTH {
            return false;
        }
        let (OpKind::List(operands) | OpKind::Tuple(operands)) = self.program.op(seen.node).kind else {
            if let OpKind::Binary(Operator::Add, left, right) = self.program.op(seen.node).kind {
                return [left, right].into_iter().all(|part| self.sequence_into(&seen.beside(part), found, depth + 1));
            }
            if let OpKind::Param(index) = self.program.op(seen.node).kind
                && let Some(given) = self.rest(seen, index)
            {
                found.extend(given);
                return true;
            }
            let back = self.back(seen).values;
            return match back.as_slice() {
                [only] => self.sequence_into(only, found, depth + 1),
                _ => false,
            };
        };
        self.program.operands(seen.node.file, operands).iter().all(|operand| {
            let element = seen.beside(operand.value);
            if operand.role == crate::fact::Role::Star {
                return self.sequence_into(&element, found, depth + 1);
            }
            let comprehended = matches!(self.program.op(element.node).kind, OpKind::Element(_));
            found.push(element);
            !comprehended
        })
    }

    /// The tables of the program that the statement of a call names.
    pub fn named_tables(&self, call: Node) -> &'a [(Text, Node)] {
        self.taken.named_tables.get().and_then(|all| all.get(&call)).map_or(&[], Vec::as_slice)
    }

    /// Is a value the object by which a tool hands things to a script?
    pub fn is_handed(&self, node: Node) -> bool {
        let orchestrators = &self.types.lexicon().orchestrators;
        match self.program.op(node).kind {
            OpKind::Global(name) => orchestrators.is_handed_as(name),
            OpKind::Import(_) => self.types.library_name(node).is_some_and(|name| orchestrators.is_handed_as(name)),
            _ => false,
        }
    }

    /// The stack inside a function that is called here.
    pub fn enter(&self, seen: &Seen, bound: bool) -> Stack {
        self.entering(seen, bound, Via::Call, None)
    }

    /// The stack inside a method of the object that is made here.
    pub fn making(&self, seen: &Seen, class: Def) -> Stack {
        self.entering(seen, true, Via::Makes, Some(class))
    }

    /// The stack inside a function that is run from here in some way.
    fn entering(&self, seen: &Seen, bound: bool, via: Via, class: Option<Def>) -> Stack {
        let within = self.program.owner(seen.node);
        let class = class.or_else(|| if bound { self.class_here(seen, via) } else { None });
        seen.stack.entered(Site { call: seen.node, within, bound, via, class })
    }
}

/// How far an answer may be looked for.
pub(super) struct Limits {
    /// Values that may still be looked at.
    pub budget: usize,
    /// Questions that are open.
    pub level: usize,
    /// A parameter on which a word depends.
    pub parameter: Option<Def>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { budget: BUDGET, level: 0, parameter: None }
    }
}

/// A way back under way.
struct Walk<'a> {
    follow: Follow<'a>,
    waiting: VecDeque<Spot>,
    known: FxHashSet<(Node, Option<Site>, Path)>,
    steps: Steps,
    limits: Limits,
    depth: usize,
}

impl<'a> Walk<'a> {
    fn new(follow: Follow<'a>) -> Self {
        Self {
            follow,
            waiting: VecDeque::new(),
            known: FxHashSet::default(),
            steps: Steps::default(),
            limits: Limits::default(),
            depth: 0,
        }
    }

    /// Takes steps until only values are left, of which no part is asked for.
    fn run(&mut self) {
        while let Some(spot) = self.waiting.pop_front() {
            if spot.path.is_empty() {
                let same = |s: &Seen| s.node == spot.seen.node && top(s) == top(&spot.seen);
                if !self.steps.values.iter().any(same) {
                    self.steps.values.push(spot.seen);
                }
                continue;
            }
            if self.limits.budget == 0 || spot.path.len() > DEPTH {
                continue;
            }
            self.limits.budget -= 1;
            if self.known.insert((spot.seen.node, top(&spot.seen), spot.path.clone())) {
                self.step(spot);
            }
        }
    }

    /// Follows some spots to their end at once; true if that gave any value.
    fn attempt(&mut self, spots: impl IntoIterator<Item = Spot>) -> bool {
        if self.depth >= NESTED {
            return false;
        }
        let before = self.steps.values.len();
        let outer = std::mem::replace(&mut self.waiting, spots.into_iter().collect());
        self.depth += 1;
        self.run();
        self.depth -= 1;
        self.waiting = outer;
        self.steps.values.len() > before
    }

    fn push(&mut self, spot: Spot) {
        self.waiting.push_back(spot);
    }

    fn step(&mut self, spot: Spot) {
        let program = self.follow.program;
        let node = spot.seen.node;
        if !spot.path.is_empty() {
            self.filled(Held::Made(node), &spot.path);
        }
        match program.op(node).kind {
            OpKind::Either(operands) => {
                for operand in program.operands(node.file, operands) {
                    self.push(spot.beside(operand.value));
                }
            }
            OpKind::After(value, call) => self.after(spot, value, call),
            OpKind::With(value) => self.with(spot, value),
            OpKind::Bind(_, value) => self.push(spot.beside(value)),
            OpKind::Param(index) => self.param(spot, index),
            OpKind::Global(name) => self.global(spot, name),
            OpKind::Import(index) => match program.imported(node.file, index) {
                Imported::Name(file, name) => self.module_name(file, name, spot.path, 0),
                Imported::Module(file) => self.in_module(file, spot),
                _ => {}
            },
            OpKind::Path(path) => {
                if let Some(Imported::Name(file, name)) = program.rust_path(node.file, &path) {
                    self.module_name(file, name, spot.path, 0);
                }
            }
            OpKind::Define(id) => self.in_definition(Def { file: node.file, id }, spot),
            OpKind::Attr(object, _)
                if !spot.path.is_empty() && self.follow.is_handed(spot.seen.beside(object).node) =>
            {
                self.steps.beyond.push(spot);
            }
            OpKind::Attr(object, name) => self.attr(spot, object, name),
            OpKind::Index(object, index) => self.index(spot, object, index),
            OpKind::Element(sequence) => self.push(spot.beside(sequence).down(Into::Each)),
            OpKind::Part(sequence, index) => self.push(spot.beside(sequence).down(Into::At(index))),
            OpKind::Call(..) => self.call(spot),
            OpKind::List(operands) | OpKind::Tuple(operands) => self.in_list(spot, operands),
            OpKind::Dict(operands) => self.in_dict(spot, operands),
            OpKind::SetIndex(container, key, value) => self.in_assigned(spot, container, key, value),
            OpKind::Binary(Operator::Add | Operator::Bit | Operator::Or, left, right) if !spot.path.is_empty() => {
                // Of two maps the right one wins.
                let keyed = matches!(spot.path.last(), Some(Into::Key(_)));
                if !(keyed && self.attempt([spot.beside(right)])) {
                    self.push(spot.beside(left));
                    if !keyed {
                        self.push(spot.beside(right));
                    }
                }
            }
            OpKind::Str(_)
                if matches!(spot.path.as_slice(), [Into::Field(name)] if *name == "value")
                    && is_class(program, program.owner(node)) =>
            {
                // A member of an enum of texts.
                self.steps.values.push(spot.seen);
            }
            _ => {}
        }
    }

    fn call(&mut self, spot: Spot) {
        if self.constructed(&spot) || self.required(&spot) {
            return;
        }
        if let Some(given) = self.follow.types.rebuilt(spot.seen.node) {
            return self.push(Spot { seen: spot.seen.beside(given.value), ..spot });
        }
        let runs = self.runs(&spot.seen);
        if runs.is_empty() {
            self.library_call(spot);
        } else {
            self.run_all(&spot, runs);
        }
    }

    /// What functions of the repository give that a call or a subscript runs.
    fn run_all(&mut self, spot: &Spot, runs: SmallVec<[Run; 4]>) {
        // Each element of what a mapped function gives is what it returns once.
        let mut path = spot.path.clone();
        if matches!(path.last(), Some(Into::Each | Into::At(_))) && self.follow.types.is_mapped(spot.seen.node) {
            path.pop();
        }
        for Run { def, bound, class } in runs {
            let def = if bound { self.dispatched(&spot.seen, def) } else { def };
            let stack = self.follow.entering(&spot.seen, bound, Via::Call, class);
            self.returned(def, &stack, &path);
        }
    }

    /// The values that a function returns, seen through that stack.
    fn returned(&mut self, def: Def, stack: &Stack, path: &Path) {
        for node in self.follow.types.returned(def).take(WIDTH) {
            self.push(Spot { seen: Seen { node, stack: stack.clone() }, path: path.clone(), class: None });
        }
    }

    fn with(&mut self, spot: Spot, value: u32) {
        // What a function yields is what a `with` over its call binds.
        let call = spot.beside(value);
        let yields = self
            .follow
            .types
            .callees(call.seen.node)
            .iter()
            .any(|c| matches!(c, Callee::Function(def, _) if self.yields(*def)));
        self.push(if yields { call.down(Into::Each) } else { call });
    }

    fn yields(&self, def: Def) -> bool {
        let program = self.follow.program;
        program.definition(def).lazy
            && self.follow.types.returned(def).any(|node| matches!(program.op(node).kind, OpKind::List(_)))
    }

    /// A key or place, as far as it is written out; none if it may be any.
    fn literals(&mut self, seen: &Seen) -> SmallVec<[Into; 4]> {
        let mut found = SmallVec::new();
        match self.follow.program.op(seen.node).kind {
            OpKind::Str(text) => found.push(Into::Key(text)),
            OpKind::Int(place) => found.extend(at(place)),
            OpKind::Slice(..) => {}
            _ => {
                let words = words(self.follow, seen, 0, &mut self.limits);
                found.extend(words.iter().map(|text| Into::Key(Text::from(text))));
                self.steps.parameter = self.limits.parameter.take().or(self.steps.parameter);
            }
        }
        found
    }
}

/// The call through which a value is seen.
fn top(seen: &Seen) -> Option<Site> {
    seen.stack.last()
}

/// The step to a place in a sequence.
fn at(place: i64) -> Option<Into> {
    match u32::try_from(place) {
        Ok(place) => Some(Into::At(place)),
        Err(_) => u32::try_from(place.checked_neg()?).ok().map(Into::FromEnd),
    }
}

/// Is a definition a class?
fn is_class(program: &Program<'_>, def: Def) -> bool {
    program.definition(def).kind == DefKind::Class
}
