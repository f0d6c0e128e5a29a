//! Values at sample points: what a formula gives for certain inputs. Two formulas that give the same for all of many
//! inputs are one, however they are written; where they differ, a point says so.

mod calls;
mod compare;
mod control;
mod numbers;
mod relations;
mod told;

use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHashSet, FxHasher};

pub use compare::{Outcome, compare};
pub use told::shown;

use super::follow::{Follow, Seen};
use crate::fact::{OpKind, Operator, Text, Val};
use crate::lexicon::Lexicon;
use crate::program::{Def, Node};
use control::Arms;

/// Values looked at for one column at one point.
const STEPS: usize = 1500;
/// Values in values.
const DEPTH: usize = 60;
/// Calls around what is asked of somebody.
const ASKED: usize = 3;
/// Entries of a map that are looked at.
const ENTRIES: usize = 200;

/// What a value is at a point.
#[derive(Clone, Debug)]
pub enum Value {
    /// A number, a truth.
    Number(f64),
    /// A text.
    Text(Text),
    /// An input, by its plain name.
    Input(Text),
    /// A list.
    List(Vec<Value>),
    /// A map.
    Map(Vec<(Value, Value)>),
    /// The groups of a table by that.
    Groups(String),
    /// A function of the repository.
    Function(Def),
    /// A function of a library.
    Library(Text),
    /// Not known.
    Unknown,
}

/// A place where a column is made.
#[derive(Clone, Copy, Debug)]
pub struct Made {
    /// Its name as it is written.
    pub name: Text,
    /// The operation that makes it.
    pub by: Node,
    /// What it is made of.
    pub value: Node,
    /// It is made for some rows only.
    pub partly: bool,
}

/// The columns that a body makes, by their plain names, in the order in which it makes them.
pub type Columns = FxHashMap<Text, Vec<Made>>;

/// Values of inputs.
#[derive(Clone, Debug, Default)]
pub struct Point {
    /// Its number.
    pub number: u32,
    /// The number that each input is.
    pub numbers: FxHashMap<Text, f64>,
    /// The text that each input is.
    pub texts: FxHashMap<Text, Text>,
}

/// What was met on the way to a value.
#[derive(Clone, Debug, Default)]
pub struct Met {
    /// Inputs.
    pub inputs: Vec<Text>,
    /// Numbers that are made of many rows, or at random.
    pub gathered: Vec<String>,
    /// Numbers that stand there.
    pub numbers: Vec<f64>,
    /// Texts that inputs are compared with.
    pub texts: Vec<(Text, Text)>,
    /// Numbers that inputs are compared with one by one, so that nothing between them is meant.
    pub marks: Vec<f64>,
    /// Two numbers that are compared are equal, and which side that counts for is not known.
    pub edge: bool,
}

/// A name without what spellings differ in.
pub fn plain(name: &str) -> Text {
    let letters: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    Text::from(letters.as_str())
}

/// Works values out at points.
pub struct Sampler<'a, 'c> {
    follow: Follow<'a>,
    lexicon: &'a Lexicon,
    /// The columns of the body in which the formula stands.
    columns: &'c FxHashMap<Def, Columns>,
    /// Names that are inputs though it is known what they are made of.
    pub closed: FxHashSet<Text>,
    /// Columns that are looked behind.
    pub open: FxHashSet<Text>,
    /// The point.
    pub point: Point,
    /// What was met.
    pub met: Met,
    /// Columns under way, each with where its search ended.
    under_way: Vec<(Def, Text, Val)>,
    /// How names are written.
    spelled: FxHashMap<Text, Text>,
    names: FxHashMap<Def, FxHashMap<Val, Vec<Text>>>,
    arms: FxHashMap<Def, Arms>,
    steps: usize,
}

/// What parameters stand for.
type Bound = Vec<(Node, Value)>;

impl<'a, 'c> Sampler<'a, 'c> {
    /// For the values of a program.
    pub fn new(follow: Follow<'a>, lexicon: &'a Lexicon, columns: &'c FxHashMap<Def, Columns>) -> Self {
        Self {
            follow,
            lexicon,
            columns,
            closed: FxHashSet::default(),
            open: FxHashSet::default(),
            point: Point::default(),
            met: Met::default(),
            under_way: Vec::new(),
            spelled: FxHashMap::default(),
            names: FxHashMap::default(),
            arms: FxHashMap::default(),
            steps: 0,
        }
    }

    /// Forgets which names are inputs and which columns are looked behind.
    fn clear(&mut self) {
        self.closed.clear();
        self.open.clear();
    }

    /// What a column of a body is in the end, at the point.
    pub fn column(&mut self, owner: Def, name: Text) -> Value {
        self.met = Met::default();
        self.steps = 0;
        self.under_way.clear();
        self.made(owner, name, Val::MAX, &Bound::new(), DEPTH).unwrap_or(Value::Unknown)
    }

    /// What a body makes of a column before an operation.
    fn made(&mut self, owner: Def, name: Text, before: Val, bound: &Bound, depth: usize) -> Option<Value> {
        let columns = self.columns;
        let all = columns.get(&owner)?.get(&name)?;
        for made in all.iter().rev().filter(|made| made.by.value < before) {
            if self.holds(made.by, None, bound, depth) == Some(false) {
                continue;
            }
            if made.partly {
                return Some(Value::Unknown);
            }
            self.under_way.push((owner, name, made.by.value));
            let mut value = self.value(made.value, bound, depth.checked_sub(1)?);
            if let Value::Function(_) = value {
                // `assign(a=lambda frame: ...)`
                value = self.mapped(Value::Unknown, value, bound, depth);
            }
            self.under_way.pop();
            return Some(value);
        }
        None
    }

    /// The value of a column that is read by name.
    fn read(&mut self, name: Text, bound: &Bound, depth: usize) -> Value {
        let spelled = name;
        let name = plain(&name);
        if name.is_empty() {
            return Value::Unknown;
        }
        self.spelled.entry(name).or_insert(spelled);
        // What a column is made of by its own name is what it was before.
        let again = self.under_way.iter().rev().find(|(_, of, _)| *of == name).copied();
        let before = match again {
            Some((owner, _, before)) => Some((owner, before)),
            None if self.open.contains(&name) && !self.closed.contains(&name) => {
                self.under_way.first().map(|(owner, ..)| (*owner, Val::MAX))
            }
            None => None,
        };
        if let Some((owner, before)) = before
            && let Some(depth) = depth.checked_sub(1)
            && let Some(value) = self.made(owner, name, before, bound, depth)
        {
            return value;
        }
        self.input(name)
    }

    /// How a name is written.
    fn spelled(&self, name: Text) -> Text {
        self.spelled.get(&name).copied().unwrap_or(name)
    }

    fn input(&mut self, name: Text) -> Value {
        if !self.met.inputs.contains(&name) {
            self.met.inputs.push(name);
        }
        Value::Input(name)
    }

    /// A number that is made of many rows: the same for the same inputs.
    fn gathered(&mut self, key: String) -> Value {
        let mut hasher = FxHasher::default();
        (&key, self.point.number).hash(&mut hasher);
        let number = (hasher.finish() >> 40) % 9973;
        self.met.gathered.push(key);
        #[allow(clippy::cast_precision_loss)]
        Value::Number(1.0 + number as f64 / 201.0)
    }

    /// The number that a value is.
    pub fn number(&self, value: &Value) -> Option<f64> {
        match value {
            Value::Number(number) => Some(*number),
            Value::Input(name) => Some(self.point.numbers.get(name).copied().unwrap_or(1.0)),
            _ => None,
        }
    }

    fn truth(&self, value: &Value) -> Option<bool> {
        self.number(value).map(|number| number != 0.0)
    }

    fn value(&mut self, node: Node, bound: &Bound, depth: usize) -> Value {
        self.steps += 1;
        let Some(depth) = depth.checked_sub(1).filter(|_| self.steps < STEPS) else { return Value::Unknown };
        if let Some((_, value)) = bound.iter().rev().find(|(of, _)| *of == node) {
            return value.clone();
        }
        let names = self.names_of(node);
        let under_way = &self.under_way;
        let closed =
            names.iter().find(|name| self.closed.contains(name) && !under_way.iter().any(|(_, of, _)| of == *name));
        if let Some(name) = closed {
            return self.input(*name);
        }
        let value = self.worked_out(node, bound, depth);
        // What is asked of somebody goes by the name that it is given: `age = st.number_input("Age")`.
        if let (Value::Unknown, Some(name)) = (&value, names.first())
            && self.is_asked(node, 0)
        {
            return self.input(*name);
        }
        value
    }

    /// The plain names that a value has in its body.
    fn names_of(&mut self, node: Node) -> Vec<Text> {
        let program = self.follow.program;
        let owner = program.owner(node);
        let names = self.names.entry(owner).or_insert_with(|| {
            let mut found: FxHashMap<Val, Vec<Text>> = FxHashMap::default();
            for (name, value) in &program.definition(owner).bindings {
                found.entry(*value).or_default().push(plain(name));
            }
            found
        });
        names.get(&node.value).cloned().unwrap_or_default()
    }

    /// Is a value what a library gives for constants alone?
    fn is_asked(&self, node: Node, depth: usize) -> bool {
        let program = self.follow.program;
        let OpKind::Call(_, operands) = program.op(node).kind else { return false };
        program.operands(node.file, operands).iter().all(|operand| {
            let given = Node { value: operand.value, ..node };
            match program.op(given).kind {
                OpKind::Str(_) | OpKind::Int(_) | OpKind::Float(_) | OpKind::Bool(_) => true,
                OpKind::Nothing | OpKind::List(_) | OpKind::Tuple(_) => true,
                OpKind::Call(..) => depth < ASKED && self.is_asked(given, depth + 1),
                _ => false,
            }
        })
    }

    fn worked_out(&mut self, node: Node, bound: &Bound, depth: usize) -> Value {
        let at = |value: Val| Node { value, ..node };
        match self.follow.program.op(node).kind {
            OpKind::Str(text) => Value::Text(text),
            #[allow(clippy::cast_precision_loss)]
            OpKind::Int(number) => self.written(number as f64),
            OpKind::Float(bits) => self.written(f64::from_bits(bits)),
            OpKind::Bool(value) => Value::Number(f64::from(u8::from(value))),
            OpKind::Binary(operator, left, right) => self.joined(operator, at(left), at(right), bound, depth),
            OpKind::Compare(how, left, right) => self.compared(node, how, at(left), at(right), bound, depth),
            OpKind::Not(value) => {
                let value = self.value(at(value), bound, depth);
                self.truth(&value).map_or(Value::Unknown, |truth| Value::Number(f64::from(u8::from(!truth))))
            }
            OpKind::List(operands) | OpKind::Tuple(operands) => {
                let operands = self.follow.program.operands(node.file, operands);
                Value::List(operands.iter().take(ENTRIES).map(|o| self.value(at(o.value), bound, depth)).collect())
            }
            OpKind::Dict(operands) => {
                let operands = self.follow.program.operands(node.file, operands);
                let pairs = operands.chunks_exact(2).take(ENTRIES);
                let pairs = pairs.map(|pair| {
                    let key = self.value(at(pair[0].value), bound, depth);
                    (key, self.value(at(pair[1].value), bound, depth))
                });
                Value::Map(pairs.collect())
            }
            OpKind::Index(object, index) => self.indexed(at(object), at(index), bound, depth),
            OpKind::Attr(object, name) => self.attribute(node, at(object), name, bound, depth),
            OpKind::Call(function, operands) => self.called(node, at(function), operands, bound, depth),
            OpKind::Either(operands) => self.either(node, operands, bound, depth),
            OpKind::After(value, _) | OpKind::With(value) => self.value(at(value), bound, depth),
            OpKind::Part(sequence, index) => match self.value(at(sequence), bound, depth) {
                Value::List(values) => values.get(index as usize).cloned().unwrap_or(Value::Unknown),
                _ => Value::Unknown,
            },
            OpKind::Define(id) => Value::Function(Def { file: node.file, id }),
            OpKind::Param(index) => {
                let def = self.follow.program.owner(node);
                match self.follow.program.definition(def).params.get(index as usize) {
                    Some(param) if param.name == "self" => Value::Unknown,
                    Some(param) => {
                        self.spelled.entry(plain(&param.name)).or_insert(param.name);
                        self.input(plain(&param.name))
                    }
                    None => Value::Unknown,
                }
            }
            OpKind::Global(_) | OpKind::Import(_) | OpKind::Path(_) => self.behind(node, bound, depth),
            _ => Value::Unknown,
        }
    }

    fn written(&mut self, number: f64) -> Value {
        if self.met.numbers.len() < 400 {
            self.met.numbers.push(number);
        }
        Value::Number(number)
    }

    /// What a name stands for.
    fn behind(&mut self, node: Node, bound: &Bound, depth: usize) -> Value {
        let types = self.follow.types;
        if let Some(name) = types.library_name(node) {
            return match self.lexicon.evaluation(&name).and_then(|word| word.parse().ok()) {
                Some(number) => Value::Number(number),
                None => Value::Library(name),
            };
        }
        let back = self.follow.back_shared(&Seen::anywhere(node));
        match back.values.as_slice() {
            [only] if only.node != node => self.value(only.node, bound, depth),
            _ => Value::Unknown,
        }
    }

    fn indexed(&mut self, object: Node, index: Node, bound: &Bound, depth: usize) -> Value {
        let program = self.follow.program;
        if let OpKind::Tuple(operands) = program.op(index).kind {
            // `frame.loc[0, "a"]`
            let second = program.operands(index.file, operands).get(1).map(|o| Node { value: o.value, ..index });
            return match second.and_then(|node| program.literal(node)) {
                Some(name) => self.read(name, bound, depth),
                None => Value::Unknown,
            };
        }
        let before = self.met.inputs.len();
        let of = self.value(object, bound, depth);
        if matches!(of, Value::Input(_) | Value::Unknown) && program.literal(index).is_some() {
            // A table or a request as a whole is no input.
            self.met.inputs.truncate(before);
        }
        let by = match program.op(index).kind {
            OpKind::Slice(..) => Value::Unknown,
            _ => self.value(index, bound, depth),
        };
        match (of, by) {
            (Value::Map(entries), by) => self.looked_up(&entries, &by).unwrap_or(Value::Unknown),
            (Value::Groups(keys), Value::Text(name)) => Value::Groups(format!("{} by {keys}", plain(&name))),
            (Value::List(values), Value::Number(number)) => {
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let place = if number < 0.0 { None } else { Some(number as usize) };
                place.and_then(|place| values.get(place).cloned()).unwrap_or(Value::Unknown)
            }
            (_, Value::Text(name)) => self.read(name, bound, depth),
            // The row that is meant: the last or the only one.
            (of @ (Value::Input(_) | Value::Number(_)), Value::Number(row)) if row == 0.0 || row == -1.0 => of,
            _ => Value::Unknown,
        }
    }

    /// A field of an object, a column of a table.
    fn attribute(&mut self, node: Node, object: Node, name: Text, bound: &Bound, depth: usize) -> Value {
        let types = self.follow.types;
        if types.library_name(node).is_some() {
            return self.behind(node, bound, depth);
        }
        let key = format!(".{name}");
        if let Some(word) = self.lexicon.evaluation(&key) {
            let (word, rest) = word.split_once(' ').unwrap_or((word, ""));
            match word {
                "same" => return self.value(object, bound, depth),
                "part" => return self.read(Text::from(rest), bound, depth),
                _ => {}
            }
        }
        if self.lexicon.computation(&key) == Some("{0}") {
            return self.value(object, bound, depth);
        }
        // `frame.columns` is no column.
        if self.lexicon.table_attribute(name).is_some() {
            return Value::Unknown;
        }
        let back = self.follow.back_shared(&Seen::anywhere(node));
        match back.values.as_slice() {
            [only] if only.node != node && !matches!(self.follow.program.op(only.node).kind, OpKind::Param(_)) => {
                let value = self.value(only.node, bound, depth);
                if matches!(value, Value::Unknown) { self.read(name, bound, depth) } else { value }
            }
            _ => self.read(name, bound, depth),
        }
    }

    fn joined(&mut self, operator: Operator, left: Node, right: Node, bound: &Bound, depth: usize) -> Value {
        let one = self.value(left, bound, depth);
        let two = self.value(right, bound, depth);
        if operator == Operator::Other && left == right {
            // `~mask` and `-number`.
            let truth = matches!(self.follow.program.op(left).kind, OpKind::Compare(..))
                || matches!(self.follow.program.op(left).kind, OpKind::Binary(Operator::Bit | Operator::Or, ..));
            let of = self.number(&one);
            return of.map_or(Value::Unknown, |n| Value::Number(if truth { 1.0 - n } else { -n }));
        }
        let (Some(one), Some(two)) = (self.number(&one), self.number(&two)) else { return Value::Unknown };
        numbers::joined(operator, one, two).map_or(Value::Unknown, Value::Number)
    }
}
