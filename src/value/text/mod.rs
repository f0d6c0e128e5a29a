//! The text that a value is, as far as code and settings tell: literal parts, holes, and parts that a command line fills.

mod argv;
mod arms;
mod calls;
mod climb;
mod pattern;
mod days;
mod filled;
mod defaults;
mod told;
mod packages;
mod parts;
mod pieces;
mod roots;
mod passed;
mod settings;

use rustc_hash::FxHashMap;
use smallvec::{SmallVec, smallvec};

pub use packages::is_of_library;
pub use pattern::{Part, Pattern, Patterns, below};
use pattern::{cross, literal};

use super::environment::Environment;
use super::follow::{Follow, Into, Seen, Spot, Steps};
use super::options::Options;
use super::scripts::Scripts;
use super::settings::{SettingsIndex, SettingsNode};
use super::types::Type;
use crate::fact::{OpKind, Operator, Text};
use crate::lexicon::TextRule;
use crate::program::branches::Branches;
use crate::program::{Def, Node};
use crate::source::FileId;

/// What evaluating a text gave.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    /// The texts it may be.
    pub patterns: Patterns,
    /// It depends on parameters of these definitions, whose callers are not known here.
    pub parameters: SmallVec<[Def; 2]>,
    /// A variable of the environment has its say.
    pub environment: bool,
    /// Where its longest literal part is written.
    pub origin: Option<Node>,
    /// A settings file had its say.
    pub settings: Option<SettingsNode>,
}

/// What gives the same texts wherever it is met.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Known {
    /// A value seen from anywhere.
    Value(Node),
    /// A field of a class, read in a file.
    Field(Def, Text, FileId),
}

/// Texts that were evaluated before.
#[derive(Default)]
pub struct Memory(FxHashMap<Known, Texts>);

/// An evaluation under way.
#[derive(Default)]
struct Work {
    /// What was learnt of the value in hand.
    found: Texts,
    /// Values looked at so far.
    steps: usize,
    /// Of those, the ones that only said which branch runs; they have a budget of their own, one for all branches.
    tests: usize,
    /// What is under way: a text that feeds on itself has no other end.
    open: Vec<Known>,
    /// Something was left out of all that is under way from this one on.
    cut: Option<usize>,
    memory: Memory,
}

impl Work {
    fn cut_from(&mut self, index: usize) {
        self.cut = Some(self.cut.map_or(index, |cut| cut.min(index)));
    }
}

pub use crate::fact::ROOT;
pub use climb::Climbs;

const DEPTH: usize = 40;

/// Values looked at for one text.
const STEPS: usize = 400;
const WIDTH: usize = 12;

/// Evaluates texts.
#[derive(Clone, Copy)]
pub struct Evaluator<'a> {
    /// Follows values.
    pub follow: Follow<'a>,
    /// Settings files.
    pub settings: &'a SettingsIndex,
    /// Command-line options.
    pub options: &'a Options,
    /// Conditions around operations.
    pub branches: &'a Branches,
    /// Variables of the environment.
    pub environment: &'a Environment,
    /// Folders that are looked for upwards.
    pub climbs: &'a Climbs,
    /// What steps hand to the code that they run.
    pub scripts: &'a Scripts<'a>,
}

impl Evaluator<'_> {
    /// The texts that a value may be.
    pub fn texts(&self, seen: &Seen) -> Texts {
        self.recalling(seen, &mut Memory::default())
    }

    /// The same, with the help of what was evaluated before.
    pub fn recalling(&self, seen: &Seen, memory: &mut Memory) -> Texts {
        let mut work = Work { memory: std::mem::take(memory), ..Work::default() };
        let patterns = self.text(seen, 0, &mut work);
        *memory = work.memory;
        Texts { patterns, ..work.found }
    }

    fn text(&self, seen: &Seen, depth: usize, out: &mut Work) -> Patterns {
        if let Some(number) = self.options.cell(seen.node) {
            return smallvec![smallvec![Part::Option(number)]];
        }
        let Some(key) = self.key(seen) else { return self.evaluated(seen, depth, out) };
        if let Some(known) = out.memory.0.get(&key).cloned() {
            let patterns = known.patterns.clone();
            self.learn(&mut out.found, known);
            return patterns;
        }
        if let Some(index) = out.open.iter().position(|open| *open == key) {
            out.cut_from(index);
            return smallvec![smallvec![Part::Hole]];
        }
        let index = out.open.len();
        out.open.push(key);
        let (found, cut) = (std::mem::take(&mut out.found), out.cut.take());
        let patterns = self.evaluated(seen, depth, out);
        out.open.pop();
        let own = std::mem::replace(&mut out.found, found);
        // What was cut because it feeds on this very text is whole now.
        let own_cut = std::mem::replace(&mut out.cut, cut).filter(|from| *from < index);
        match own_cut {
            Some(from) => out.cut_from(from),
            None => drop(out.memory.0.insert(key, Texts { patterns: patterns.clone(), ..own.clone() })),
        }
        self.learn(&mut out.found, own);
        patterns
    }

    fn key(&self, seen: &Seen) -> Option<Known> {
        match self.follow.program.op(seen.node).kind {
            OpKind::Str(_) | OpKind::Int(_) | OpKind::Bool(_) => None,
            OpKind::Attr(object, name) => match self.follow.types.of(Node { value: object, ..seen.node }) {
                [Type::Object(class)] if seen.stack.is_empty() => Some(Known::Field(*class, name, seen.node.file)),
                _ => seen.stack.is_empty().then_some(Known::Value(seen.node)),
            },
            _ => seen.stack.is_empty().then_some(Known::Value(seen.node)),
        }
    }

    /// Adds what was learnt of a part to what is known of the whole.
    fn learn(&self, whole: &mut Texts, part: Texts) {
        for parameter in part.parameters {
            if !whole.parameters.contains(&parameter) {
                whole.parameters.push(parameter);
            }
        }
        whole.environment |= part.environment;
        whole.settings = part.settings.or(whole.settings.take());
        // The longest part is the one that tells most.
        let length = |of: Option<Node>| of.and_then(|n| self.follow.program.literal(n)).map_or(0, |t| t.len());
        if length(part.origin) > length(whole.origin) {
            whole.origin = part.origin;
        }
    }

    fn evaluated(&self, seen: &Seen, depth: usize, out: &mut Work) -> Patterns {
        let mut patterns = Patterns::new();
        out.steps += 1;
        if depth > DEPTH || out.steps > STEPS {
            out.cut_from(0);
            return smallvec![smallvec![Part::Hole]];
        }
        let program = self.follow.program;
        let node = seen.node;
        if let Some(passed) = self.passed(seen) {
            return passed;
        }
        let climb = self.climbs.start(node);
        if let Some(start) = climb.filter(|start| *start != node) {
            return self.text(&seen.beside(start.value), depth + 1, out);
        }
        match program.op(node).kind {
            OpKind::Str(text) => {
                self.learn(&mut out.found, Texts { origin: Some(node), ..Texts::default() });
                patterns.push(literal(&text));
            }
            OpKind::Int(int) => patterns.push(literal(&int.to_string())),
            OpKind::Float(bits) => patterns.push(literal(&f64::from_bits(bits).to_string())),
            OpKind::Bool(value) => patterns.push(literal(if value { "True" } else { "False" })),
            OpKind::Format(operands) => {
                patterns = self.f_string(seen, program.operands(node.file, operands), depth, out);
            }
            OpKind::Binary(Operator::Add, left, right) => {
                patterns = self.concat([seen.beside(left), seen.beside(right)].into_iter(), depth, out);
            }
            OpKind::Binary(Operator::Div, left, right) => {
                patterns = self.joined([seen.beside(left), seen.beside(right)].into_iter(), depth, out);
            }
            OpKind::Binary(Operator::Mod, left, right) => patterns = self.printf(seen, left, right, depth, out),
            OpKind::Binary(Operator::Bit | Operator::Or, left, right) => {
                patterns = self.text(&seen.beside(right), depth + 1, out);
                if patterns.is_empty() {
                    patterns = self.text(&seen.beside(left), depth + 1, out);
                }
            }
            OpKind::Global(name) if name == "__file__" => {
                patterns.push(literal(&format!("{ROOT}{}", program.path(node.file))))
            }
            OpKind::Part(sequence, index) => {
                if let Some(first) = self.arguments_from(sequence, node.file) {
                    patterns.push(smallvec![Part::Argument(first.saturating_add(index))]);
                }
                if patterns.is_empty() {
                    patterns = self.option_at(&seen.beside(sequence), index, depth, out);
                }
            }
            OpKind::Element(sequence) => {
                patterns = self.each_argument(sequence, node.file);
                if patterns.is_empty() {
                    patterns = self.each_value(&seen.beside(sequence), depth, out);
                }
                if patterns.is_empty() {
                    patterns = self.elements(seen, depth, out);
                }
            }
            OpKind::Call(..) => patterns = self.call(seen, depth, out),
            OpKind::Attr(object, name) => patterns = self.attribute(seen, object, name, depth, out),
            OpKind::Index(object, index) => patterns = self.index(seen, object, index, depth, out),
            _ => {}
        }
        if patterns.is_empty() {
            patterns = self.followed(seen, depth, out);
        }
        if patterns.is_empty() {
            patterns.extend(self.root(seen).map(|part| -> Pattern { smallvec![part] }));
        }
        if climb.is_some() {
            patterns = self.summits(seen, patterns);
        }
        patterns.truncate(WIDTH);
        patterns
    }

    fn followed(&self, seen: &Seen, depth: usize, out: &mut Work) -> Patterns {
        let steps = self.follow.back_shared(seen);
        self.of_steps(seen, &steps, depth, out)
    }

    /// The texts of the values that another is.
    fn of_steps(&self, seen: &Seen, steps: &Steps, depth: usize, out: &mut Work) -> Patterns {
        let Steps { values, parameter, beyond } = steps;
        out.found.parameters.extend(parameter.filter(|p| !out.found.parameters.contains(p)));
        let mut patterns: Patterns = SmallVec::new();
        if let OpKind::Param(index) = self.follow.program.op(seen.node).kind
            && values.is_empty()
            && let Some(argument) = self.starred(seen, index)
        {
            return smallvec![smallvec![Part::Argument(argument)]];
        }
        let option = self.parameter_option(seen);
        let default = option.and_then(|option| self.options.get(option)?.default);
        for value in values.iter().filter(|value| Some(value.node) != default) {
            let several = values.len() > 1;
            if several
                && (matches!(self.follow.program.op(value.node).kind, OpKind::Nothing)
                    || !self.arms_run(value, depth, out))
            {
                continue;
            }
            for pattern in self.text(value, depth + 1, out) {
                if !patterns.contains(&pattern) && patterns.len() < WIDTH {
                    patterns.push(pattern);
                }
            }
        }
        for spot in beyond {
            if let Some(tried) = self.tried(seen, spot, depth, out) {
                return tried;
            }
            for pattern in self.beyond(spot, depth, out) {
                if !patterns.contains(&pattern) && patterns.len() < WIDTH {
                    patterns.push(pattern);
                }
            }
        }
        // Where no call gives it, the command line does.
        if let Some(option) = option
            && patterns.is_empty()
        {
            patterns.push(smallvec![Part::Option(option)]);
        }
        // What may be told counts before what only has a name.
        let named = |pattern: &Pattern| matches!(pattern.as_slice(), [Part::Root(_)]);
        if !patterns.iter().all(named) {
            patterns.retain(|pattern| !named(pattern));
        }
        // What begins where the program runs and climbs, folder by folder, ends at the root.
        let is = |pattern: &Pattern, text: &str| matches!(pattern.as_slice(), [Part::Text(only)] if only == text);
        if [".", ".."].iter().all(|text| patterns.iter().any(|pattern| is(pattern, text))) {
            patterns.retain(|pattern| !is(pattern, ".") && !is(pattern, ".."));
            patterns.push(literal(ROOT));
        }
        patterns
    }

    fn concat(&self, parts: impl Iterator<Item = Seen>, depth: usize, out: &mut Work) -> Patterns {
        let mut whole: Patterns = smallvec![Pattern::new()];
        for part in parts {
            let mut options = self.text(&part, depth + 1, out);
            if options.is_empty() {
                options.push(smallvec![Part::Hole]);
            }
            whole = cross(&whole, &options, "");
        }
        whole
    }

    fn joined(&self, parts: impl Iterator<Item = Seen>, depth: usize, out: &mut Work) -> Patterns {
        let mut whole: Patterns = SmallVec::new();
        for part in parts {
            let mut options = self.text(&part, depth + 1, out);
            if options.is_empty() {
                options.push(smallvec![Part::Hole]);
            }
            whole = if whole.is_empty() { options } else { cross(&whole, &options, "/") };
        }
        whole
    }

    /// The texts of what lies within another value.
    pub fn texts_inside(&self, spot: Spot, memory: &mut Memory) -> Texts {
        if spot.path.is_empty() {
            return self.recalling(&spot.seen, memory);
        }
        let mut work = Work { memory: std::mem::take(memory), ..Work::default() };
        let seen = spot.seen.clone();
        let patterns = self.of_steps(&seen, &self.follow.inside(spot), 0, &mut work);
        *memory = work.memory;
        Texts { patterns, ..work.found }
    }

    /// What lies within what a library makes: what a pattern of files matches, an argument, a part of a text.
    fn beyond(&self, spot: &Spot, depth: usize, out: &mut Work) -> Patterns {
        if let Some(passed) = self.passed_within(spot) {
            return passed;
        }
        match spot.path.as_slice() {
            [Into::Each | Into::Any] => self.call_by_meaning(&spot.seen, depth, out, true),
            [Into::At(place)] => self.part(&spot.seen, i64::from(*place), depth, out),
            [Into::FromEnd(place)] => self.part(&spot.seen, -i64::from(*place), depth, out),
            [Into::Field(name)] => self.field_of(&spot.seen, *name, depth, out),
            _ => SmallVec::new(),
        }
    }

    /// A field of what a library makes that is the same text as the whole: the path of a target.
    fn field_of(&self, seen: &Seen, name: Text, depth: usize, out: &mut Work) -> Patterns {
        let types = self.follow.types;
        let meaning = types.instances(seen.node).find_map(|of| types.lexicon().attribute(of, name));
        match meaning.and_then(|meaning| meaning.text) {
            Some(TextRule::Same) => self.text(seen, depth + 1, out),
            _ => SmallVec::new(),
        }
    }

    /// The elements of a sequence; of too many to tell apart, something unknown.
    fn elements(&self, seen: &Seen, depth: usize, out: &mut Work) -> Patterns {
        let steps = self.follow.back(seen);
        if steps.values.len() > WIDTH {
            return smallvec![smallvec![Part::Hole]];
        }
        self.of_steps(seen, &steps, depth, out)
    }

    fn call(&self, seen: &Seen, depth: usize, out: &mut Work) -> Patterns {
        if let Some(text) = self.setting_text(seen, depth, out) {
            return text;
        }
        self.call_by_meaning(seen, depth, out, false)
    }

    fn attribute(&self, seen: &Seen, object: u32, name: Text, depth: usize, out: &mut Work) -> Patterns {
        let types = self.follow.types;
        if let Some(rule) = types.attribute(seen.node).and_then(|m| m.text) {
            return self.by_rule(rule, seen, depth, out);
        }
        let object_types = types.of(Node { value: object, ..seen.node });
        let own = object_types.iter().any(|t| matches!(t, Type::Module(_) | Type::Class(_)));
        let held = object_types.iter().any(|t| matches!(t, Type::Object(_)));
        if own || held {
            if let Some(held) = self.field_variable(object_types, name, out) {
                return held;
            }
            let followed = self.followed(seen, depth, out);
            if let Some(option) = self.field_option(object_types, name) {
                return self.or_given(followed, option);
            }
            if own || !followed.is_empty() {
                return followed;
            }
        }
        if let Some(text) = self.setting_text(seen, depth, out) {
            return text;
        }
        let library = object_types.iter().any(|t| matches!(t, Type::Library(n) if !n.ends_with("FLAGS")));
        if !library && let Some(option) = self.named_option(seen, object, name) {
            return self.or_set(seen, name, option, depth, out);
        }
        SmallVec::new()
    }

    fn index(&self, seen: &Seen, object: u32, index: u32, depth: usize, out: &mut Work) -> Patterns {
        let program = self.follow.program;
        let object = seen.beside(object);
        if let OpKind::Int(position) = program.op(seen.beside(index).node).kind
            && self.follow.types.is_command_line(object.node)
            && let Ok(position) = u32::try_from(position)
        {
            return smallvec![smallvec![Part::Argument(position)]];
        }
        if let OpKind::Int(place) = program.op(seen.beside(index).node).kind {
            let mut part = self.part(&object, place, depth, out);
            if let (true, Ok(place)) = (part.is_empty(), u32::try_from(place)) {
                part = self.option_at(&object, place, depth, out);
            }
            if !part.is_empty() {
                return part;
            }
        }
        if let Some(name) = self.variable(object.node, seen.beside(index).node) {
            out.found.environment = true;
            let value = self.environment.value(name);
            return smallvec![value.map_or_else(|| smallvec![roots::variable(name)], |value| literal(&value))];
        }
        if let Some(text) = self.setting_text(seen, depth, out) {
            return text;
        }
        let types = self.follow.types;
        if types.instances(object.node).any(|of| types.lexicon().of_type(of, &|t| t.keyed.then_some(())).is_some()) {
            return self.text(&seen.beside(index), depth + 1, out);
        }
        let key = program.literal(seen.beside(index).node);
        if let Some(key) = key
            && let Some(option) = self.options.find(program.owner(seen.node), key)
            && self.follow.types.is_a(object.node, "builtins.dict")
        {
            return smallvec![smallvec![Part::Option(option)]];
        }
        SmallVec::new()
    }
}
