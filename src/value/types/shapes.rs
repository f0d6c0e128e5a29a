//! What calls of methods mean by the shape of their objects' use: what is fitted and later asked is a model, whatever
//! library it is from.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::{Callee, Type, Types};
use crate::fact::{OpKind, Operands, Text};
use crate::lexicon::{ESTIMATOR, Learns, Meaning};
use crate::program::{Def, Imported, Node};
use crate::source::FileId;
use crate::vocabulary::Certainty;

/// The type of what learns statistics and is no model.
const TRANSFORMER: &str = "protocol.Transformer";
/// The type of the modules of libraries that learn.
const MODULE: &str = "protocol.Module";

/// Steps from a value to what it is.
const DEPTH: usize = 10;
/// More things than this that a value may be tell nothing.
const WIDTH: usize = 8;

/// What the objects have in common whose use is looked at together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    /// Their class, or the function of a library that makes them.
    Class(Text),
    /// The field of a class of the repository.
    Field(Def, Text),
    /// The name of a module.
    Global(FileId, Text),
    /// The value, of which no more is known.
    Value(Node),
    /// A part of such a value.
    Part(Node, Text),
}

type Keys = SmallVec<[Key; 2]>;

/// How objects are used anywhere in the repository.
#[derive(Clone, Copy, Debug, Default)]
struct Use {
    fitted: bool,
    predicts: bool,
    transforms: bool,
    kept: bool,
}

/// What calls mean by the shape of their objects' use.
#[derive(Default)]
pub(super) struct Shapes<'a>(FxHashMap<Node, (&'a Meaning, Certainty)>);

/// A call of a method that the estimator protocol knows.
struct Asked<'a> {
    call: Node,
    method: Text,
    meaning: &'a Meaning,
    keys: Keys,
    operands: usize,
    named: bool,
}

impl<'a> Shapes<'a> {
    /// Looks at the uses of all objects of which nothing else is known.
    pub(super) fn new(types: &Types<'a>) -> Self {
        let mut asked = Vec::new();
        let mut shapes = Self::default();
        for file in types.program.files() {
            for value in 0..u32::try_from(types.program.file(file).ops.len()).unwrap_or(0) {
                let call = Node { file, value };
                let OpKind::Call(function, operands) = types.program.op(call).kind else { continue };
                asked.extend(of_method(types, call, function, operands));
                if let Some(meaning) = of_module(types, call, function) {
                    shapes.0.insert(call, (meaning, Certainty::Inferred));
                }
            }
        }
        let mut uses: FxHashMap<Key, Use> = FxHashMap::default();
        for one in &asked {
            for key in &one.keys {
                uses.entry(*key).or_default().add(one);
            }
        }
        for one in asked {
            if let Some(known) = judge(types, &one, &uses) {
                shapes.0.insert(one.call, known);
            }
        }
        shapes
    }

    /// What a call means, if its object's use says so.
    pub(super) fn meaning(&self, call: Node) -> Option<&'a Meaning> {
        self.0.get(&call).map(|(meaning, _)| *meaning)
    }

    /// How sure that is.
    pub(super) fn certainty(&self, call: Node) -> Option<Certainty> {
        self.0.get(&call).map(|(_, certainty)| *certainty)
    }
}

impl Use {
    fn add(&mut self, one: &Asked<'_>) {
        self.fitted |= one.meaning.trains.is_some() && (one.operands > 0 || one.meaning.predicts);
        self.predicts |= one.meaning.predicts || one.meaning.measures;
        self.transforms |= one.meaning.transforms && one.meaning.trains.is_none();
        self.kept |= one.meaning.writes.is_some();
    }
}

/// What a call of a method means, by all that is seen of its object.
fn judge<'a>(types: &Types<'a>, one: &Asked<'a>, uses: &FxHashMap<Key, Use>) -> Option<(&'a Meaning, Certainty)> {
    let protocols = &types.lexicon.protocols;
    let mut all = Use::default();
    let (mut class, mut learns) = (false, one.named);
    for key in &one.keys {
        if let Some(of) = uses.get(key) {
            all.fitted |= of.fitted;
            all.predicts |= of.predicts;
            all.transforms |= of.transforms;
            all.kept |= of.kept;
        }
        if let Key::Class(name) = key {
            class = true;
            learns |= protocols.learns(*name);
        }
    }
    let tells = protocols.tells(one.method);
    let both = all.fitted && (all.predicts || all.transforms || all.kept);
    if let Some(learnt) = one.meaning.trains {
        if all.transforms && !all.predicts && learnt == Learns::Model {
            let name = Text::from(one.method.as_str());
            return Some((types.lexicon.method(Text::from(TRANSFORMER), name)?, Certainty::Inferred));
        }
        return match (tells, one.operands) {
            (true, 1..) if both => Some((one.meaning, Certainty::Inferred)),
            (true, 0) if learns && all.predicts => Some((one.meaning, Certainty::Inferred)),
            (true, 1) if learns || class => Some((one.meaning, Certainty::Guessed)),
            (true, 2..) => Some((one.meaning, Certainty::Guessed)),
            (true, 0) if learns => Some((one.meaning, Certainty::Guessed)),
            (false, 1..) if learns || both && class => Some((one.meaning, Certainty::Guessed)),
            _ => None,
        };
    }
    if one.meaning.predicts {
        let certainty = if both { Certainty::Inferred } else { Certainty::Guessed };
        let fits = one.operands > 0 && (both || tells || learns) || both && tells && learns;
        return fits.then_some((one.meaning, certainty));
    }
    (both || learns && (class || one.meaning.measures)).then_some((one.meaning, Certainty::Inferred))
}

/// A call of a method of the protocol on an object of which nothing says what the method does.
fn of_method<'a>(types: &Types<'a>, call: Node, function: u32, operands: Operands) -> Option<Asked<'a>> {
    let OpKind::Attr(object, method) = types.program.op(Node { value: function, ..call }).kind else { return None };
    let meaning = types.lexicon.method(Text::from(ESTIMATOR), method)?;
    if !types.resolve(call).is_empty() {
        return None;
    }
    let object = Node { value: object, ..call };
    let mut keys = Keys::new();
    keys_of(types, object, method, &mut keys, 0);
    let protocols = &types.lexicon.protocols;
    if keys.is_empty() || keys.iter().any(|key| matches!(key, Key::Class(name) if protocols.excludes(*name))) {
        return None;
    }
    let given = types.program.operands(call.file, operands).iter();
    let given = given.filter(|o| !matches!(types.program.op(Node { value: o.value, ..call }).kind, OpKind::Bool(_)));
    let named = name_of(types, object).is_some_and(|name| protocols.names_model(&name));
    Some(Asked { call, method, meaning, keys, operands: given.count(), named })
}

/// `library.train(data)`: a function of a module that learns.
fn of_module<'a>(types: &Types<'a>, call: Node, function: u32) -> Option<&'a Meaning> {
    let function = Node { value: function, ..call };
    types.of(function).iter().find_map(|ty| {
        let Type::Library(name) = ty else { return None };
        let (module, last) = name.rsplit_once('.')?;
        let plain = module.rsplit('.').next()?.starts_with(char::is_lowercase) && last.starts_with(char::is_lowercase);
        if !plain || types.lexicon.call(*name).is_some() || !types.lexicon.protocols.learns(Text::from(module)) {
            return None;
        }
        types.lexicon.method(Text::from(MODULE), Text::from(last))
    })
}

/// The last name by which a value is held.
fn name_of(types: &Types<'_>, node: Node) -> Option<Text> {
    match types.program.op(node).kind {
        OpKind::Attr(_, name) | OpKind::Global(name) => Some(name),
        OpKind::Param(index) => {
            let owner = types.program.owner(node);
            types.program.definition(owner).params.get(index as usize).map(|param| param.name)
        }
        OpKind::After(value, _) | OpKind::Index(value, _) => name_of_inner(types, Node { value, ..node }),
        _ => None,
    }
}

/// The same behind what was called on it, which is numbered lower.
fn name_of_inner(types: &Types<'_>, node: Node) -> Option<Text> {
    let mut node = node;
    for _ in 0..DEPTH {
        match types.program.op(node).kind {
            OpKind::After(value, _) | OpKind::Index(value, _) => node = Node { value, ..node },
            _ => return name_of(types, node),
        }
    }
    None
}

/// What an object is, as far as its uses are to be looked at together.
fn keys_of(types: &Types<'_>, node: Node, method: Text, keys: &mut Keys, depth: usize) {
    if depth > DEPTH || keys.len() >= WIDTH {
        return;
    }
    let mut add = |key: Key| {
        if !keys.contains(&key) {
            keys.push(key);
        }
    };
    let mut typed = false;
    for ty in types.of(node) {
        typed = true;
        match ty {
            Type::Instance(name) | Type::Library(name) => add(Key::Class(*name)),
            Type::Object(class) | Type::Class(class) if types.method_of(*class, &method).is_none() => {
                types.library_bases(*class).into_iter().for_each(|base| add(Key::Class(base)));
            }
            _ => {}
        }
    }
    if typed {
        return;
    }
    let at = |value: u32| Node { value, ..node };
    match types.program.op(node).kind {
        OpKind::Param(_) => add(Key::Value(node)),
        OpKind::Attr(object, name) => {
            let object = at(object);
            let mut known = false;
            for ty in types.of(object) {
                match ty {
                    Type::Object(class) | Type::Class(class) => add(Key::Field(*class, name)),
                    Type::Instance(of) => add(Key::Class(Text::from(&format!("{of}.{name}")))),
                    Type::Module(file) => add(Key::Global(*file, name)),
                    _ => continue,
                }
                known = true;
            }
            if !known {
                add(Key::Part(root(types, object), name));
            }
        }
        OpKind::Global(name) => add(Key::Global(node.file, name)),
        OpKind::Import(index) => match types.program.imported(node.file, index) {
            Imported::Name(file, name) => add(Key::Global(file, name)),
            _ => add(Key::Value(node)),
        },
        OpKind::After(value, _)
        | OpKind::With(value)
        | OpKind::Bind(_, value)
        | OpKind::SetIndex(value, ..)
        | OpKind::Index(value, _)
        | OpKind::Element(value)
        | OpKind::Part(value, _) => keys_of(types, at(value), method, keys, depth + 1),
        OpKind::Either(operands) => {
            for operand in types.program.operands(node.file, operands).iter().take(WIDTH) {
                keys_of(types, at(operand.value), method, keys, depth + 1);
            }
        }
        OpKind::Call(function, _) => of_result(types, node, at(function), method, keys, depth),
        _ => {}
    }
}

/// What the result of a call is: of a function of the repository, what it returns; of a fit, what was fitted.
fn of_result(types: &Types<'_>, call: Node, function: Node, method: Text, keys: &mut Keys, depth: usize) {
    for callee in types.resolve(call) {
        if let Callee::Function(def, _) = callee {
            for returned in types.returned(def).take(WIDTH) {
                keys_of(types, returned, method, keys, depth + 1);
            }
        }
    }
    if !keys.is_empty() {
        return;
    }
    if let OpKind::Attr(object, name) = types.program.op(function).kind {
        let object = Node { value: object, ..call };
        let of = types.lexicon.method(Text::from(ESTIMATOR), name);
        if of.is_some_and(|meaning| meaning.trains.is_some() || meaning.returns.is_some() && !meaning.predicts) {
            return keys_of(types, object, method, keys, depth + 1);
        }
    }
    match types.called_name(call) {
        Some(name) => keys.push(Key::Class(Text::from(&format!("{name}()")))),
        None => keys.push(Key::Value(call)),
    }
}

/// The value behind what was called on it.
fn root(types: &Types<'_>, node: Node) -> Node {
    let mut node = node;
    for _ in 0..DEPTH {
        match types.program.op(node).kind {
            OpKind::After(value, _) | OpKind::With(value) => node = Node { value, ..node },
            _ => break,
        }
    }
    node
}
