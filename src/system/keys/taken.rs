//! Settings that code takes whole: spread into a call, handed to a library, walked through, or asked for by a name
//! that is made at run time. What lies below them is read without being named.

use rustc_hash::{FxHashMap, FxHashSet};

use super::written::Holder;
use crate::fact::{OpKind, Operand, Operands, ParamKind, Role, Text, Val};
use crate::lexicon::Returns;
use crate::program::{Def, Imported, Node};
use crate::source::FileId;
use crate::system::{View, fields, uses};
use crate::value::lookups::takes_extra;
use crate::value::types::{Callee, Type};

/// Either of several values, in either of several ..: no deeper than this.
const DEPTH: usize = 5;

/// By which name a value goes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Name {
    /// An attribute or a key, of whatever it is one.
    Key(Text),
    /// An attribute of a class of the repository, or of its objects.
    Field(Def, Text),
    /// A name of a module.
    Module(FileId, Text),
    /// A parameter.
    Param(Def, u32),
    /// What a function gives back.
    Returned(Def),
    /// What a call makes of a settings file.
    Loaded(Node),
    /// A class of the repository, or its objects.
    Class(Def),
}

/// The keys whose values are taken whole.
#[derive(Default)]
pub struct Taken {
    whole: FxHashSet<Name>,
    /// Handed to what is called by a value that is not known: most often a function of the repository.
    handed: FxHashSet<Name>,
    /// Maps that are walked through for their keys alone.
    keys_only: FxHashSet<Name>,
    /// Keys that are looked up by their names.
    looked_up: FxHashSet<Text>,
    /// Keys that are looked up by texts.
    by_text: FxHashSet<Text>,
    /// The names of attributes of classes that are taken whole.
    fields: FxHashSet<Text>,
    /// The other names of a value.
    others: FxHashMap<Name, Vec<Name>>,
}

impl Taken {
    /// Looks at every use of every value that goes by a name.
    pub fn new(view: &View<'_>) -> Self {
        let mut taken = Self::default();
        for index in 0..view.program.def_count() {
            let def = view.program.def_at(index);
            for value in view.program.definition(def).body.clone() {
                taken.operation(view, def, Node { file: def.file, value });
            }
        }
        taken.spread();
        taken
    }

    /// Is what lies at a key taken whole anywhere?
    pub fn is_whole(&self, key: Text) -> bool {
        let name = Name::Key(key);
        self.whole.contains(&name) || self.handed.contains(&name) || self.fields.contains(&key)
    }

    /// Is everything that a call makes of a settings file taken whole?
    pub fn is_loaded_whole(&self, call: Node) -> bool {
        self.whole.contains(&Name::Loaded(call))
    }

    /// Are settings that are written out in code taken whole?
    pub fn holds_whole(&self, holder: &Holder) -> bool {
        let is_whole = |name: Name| self.whole.contains(&name);
        match holder {
            Holder::Bound(body, name) => {
                is_whole(Name::Module(body.file, *name)) || is_whole(Name::Field(*body, *name))
            }
            Holder::Class(class) => is_whole(Name::Class(*class)),
            Holder::Object(file, names, returned) => {
                names.iter().any(|name| is_whole(Name::Module(*file, *name)))
                    || returned.is_some_and(|def| is_whole(Name::Returned(def)))
            }
        }
    }

    /// The key that code looks up by a text, that no settings file has, and that is one slip away from a key.
    pub fn misspelled(&self, view: &View<'_>, key: Text) -> Option<Text> {
        const LEAST: usize = 5;
        let near = |of: &&Text| {
            of.len() >= LEAST && key.len() >= LEAST && strsim::damerau_levenshtein(of, &key) == 1 && !counts(of, &key)
        };
        let mut found: Vec<Text> = self.by_text.iter().filter(near).copied().collect();
        found.retain(|of| !view.evaluator.settings.has_key(*of));
        found.sort_unstable();
        found.first().copied()
    }

    /// Is a key looked up by its name anywhere?
    pub fn is_looked_up(&self, key: Text) -> bool {
        self.looked_up.contains(&key)
    }

    /// Is the map at a key walked through, and of what lies in it only the keys are looked at?
    pub fn has_only_keys_read(&self, key: Text) -> bool {
        self.keys_only.contains(&Name::Key(key)) && !self.is_whole(key)
    }

    fn operation(&mut self, view: &View<'_>, def: Def, node: Node) {
        if let Some(Name::Key(key) | Name::Field(_, key)) = name(view, def, node.value, 0) {
            self.looked_up.insert(key);
            if matches!(view.program.op(node).kind, OpKind::Index(..) | OpKind::Call(..)) {
                self.by_text.insert(key);
            }
        }
        let name = |value: Val| name(view, def, value, 0);
        match view.program.op(node).kind {
            OpKind::Element(of) => self.take(name(of)),
            OpKind::Attr(of, fields) if fields == "__dict__" => self.take(name(of)),
            OpKind::Index(of, index) if view.program.literal(Node { value: index, ..node }).is_none() => {
                self.take(name(of));
            }
            OpKind::Return(of) => self.also(name(of), Name::Returned(def)),
            OpKind::Bind(other, of) => self.also(name(of), Name::Module(def.file, other)),
            OpKind::SetAttr(object, other, of) => {
                self.also(name(of), attribute(view, Node { value: object, ..node }, other));
                self.also(name(of), Name::Key(other));
            }
            OpKind::List(operands) | OpKind::Tuple(operands) => {
                view.program.operands(def.file, operands).iter().for_each(|o| self.take(name(o.value)));
            }
            OpKind::Dict(operands) => self.display(view, def, view.program.operands(def.file, operands)),
            OpKind::Call(function, operands) => {
                // `settings.items()`: a method of the settings themselves, but for those that look one key up.
                let looks_up = view.types.callees(node).iter().any(|c| matches!(c, Callee::Meaning(m) if m.looks_up));
                if !looks_up {
                    self.method(view, def, node, function, view.program.operands(def.file, operands));
                }
            }
            _ => {}
        }
    }

    /// A call, of a method of the settings themselves or of anything else.
    fn method(&mut self, view: &View<'_>, def: Def, node: Node, function: Val, operands: &[Operand]) {
        let forms = &view.lexicon.keys;
        let OpKind::Attr(object, method) = view.program.op(Node { value: function, ..node }).kind else {
            return self.call(view, def, node, operands);
        };
        let receiver = name(view, def, object, 0);
        if forms.is_merging(method) {
            // What is merged into other settings goes where these go.
            for operand in operands {
                if let Some(into) = receiver {
                    self.also(name(view, def, operand.value, 0), into);
                }
            }
        } else if forms.is_walking(method) {
            match takes_keys_only(view, node) {
                true => self.keys_only.extend(receiver),
                false => self.take(receiver),
            }
        } else {
            self.call(view, def, node, operands);
        }
    }

    /// The values of a dict that is written out: each under its key.
    fn display(&mut self, view: &View<'_>, def: Def, operands: &[Operand]) {
        for pair in operands.windows(2) {
            match (pair[0].role, view.program.literal(Node { file: def.file, value: pair[0].value })) {
                (Role::Key, Some(key)) => self.also(name(view, def, pair[1].value, 0), Name::Key(key)),
                (Role::Key, None) => self.take(name(view, def, pair[1].value, 0)),
                _ => {}
            }
        }
        operands.iter().filter(|o| o.role == Role::Spread).for_each(|o| self.take(name(view, def, o.value, 0)));
    }

    fn call(&mut self, view: &View<'_>, def: Def, node: Node, operands: &[Operand]) {
        let functions: Vec<(Def, bool)> = view
            .types
            .callees(node)
            .iter()
            .filter_map(|c| if let Callee::Function(of, bound) = c { Some((*of, *bound)) } else { None })
            .collect();
        for (of, bound) in &functions {
            for (param, value) in view.types.arguments(node, *of, *bound) {
                self.also(name(view, def, value, 0), Name::Param(*of, param));
            }
        }
        let passes =
            |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.forgets || m.returns == Some(Returns::Argument));
        let forgets = view.types.callees(node).iter().any(passes);
        let is_nobody_s = match view.program.op(node).kind {
            OpKind::Call(function, _) => {
                let function = Node { value: function, ..node };
                let named =
                    matches!(view.program.op(function).kind, OpKind::Attr(..) | OpKind::Import(_) | OpKind::Global(_));
                !named || view.types.of(function).is_empty()
            }
            _ => false,
        };
        let names = names_all(view, node, &functions);
        for operand in operands {
            let value = name(view, def, operand.value, 0);
            match () {
                () if operand.role == Role::Spread && names => {}
                () if matches!(operand.role, Role::Spread | Role::Star) => self.take(value),
                () if !functions.is_empty() || forgets => {}
                () if is_nobody_s => self.handed.extend(value),
                () => self.take(value),
            }
        }
    }

    fn take(&mut self, name: Option<Name>) {
        self.whole.extend(name);
    }

    fn also(&mut self, name: Option<Name>, other: Name) {
        if let Some(name) = name.filter(|n| *n != other) {
            self.others.entry(other).or_default().push(name);
        }
    }

    /// What is taken whole under one of its names is so under all.
    fn spread(&mut self) {
        self.whole = under_all_names(&self.others, &self.whole);
        self.handed = under_all_names(&self.others, &self.handed);
        let field = |name: &Name| if let Name::Field(_, field) = name { Some(*field) } else { None };
        self.fields = self.whole.iter().chain(&self.handed).filter_map(field).collect();
    }
}

fn under_all_names(others: &FxHashMap<Name, Vec<Name>>, of: &FxHashSet<Name>) -> FxHashSet<Name> {
    let mut all = of.clone();
    let mut waiting: Vec<Name> = of.iter().copied().collect();
    while let Some(name) = waiting.pop() {
        for other in others.get(&name).into_iter().flatten() {
            if all.insert(*other) {
                waiting.push(*other);
            }
        }
    }
    all
}

/// Does what is called name all keys that it takes: functions without `**rest`, or a class of fields?
fn names_all(view: &View<'_>, call: Node, functions: &[(Def, bool)]) -> bool {
    let OpKind::Call(function, _) = view.program.op(call).kind else { return false };
    let takes_rest = |def: Def| view.program.definition(def).params.iter().any(|p| p.kind == ParamKind::Keywords);
    let class = |t: &Type| match t {
        Type::Class(class) => {
            fields::is_record(view, *class, view.program.definition(*class)) && !takes_extra(view.program, *class)
        }
        _ => false,
    };
    match functions {
        [] => view.types.of(Node { value: function, ..call }).iter().any(class),
        _ => !functions.iter().any(|(def, _)| takes_rest(*def)),
    }
}

/// Do two names differ in a number alone?
fn counts(one: &str, other: &str) -> bool {
    let bare = |text: &str| -> String { text.chars().filter(|c| !c.is_ascii_digit()).collect() };
    bare(one) == bare(other)
}

/// Does a loop over the pairs of a map use nothing of them but the keys?
fn takes_keys_only(view: &View<'_>, items: Node) -> bool {
    let facts = view.program.file(items.file);
    let used_as = |of: Val, as_: &dyn Fn(OpKind) -> bool| -> bool {
        uses(view, items.file, of) == facts.ops.iter().filter(|op| as_(op.kind)).count()
    };
    let element = |kind: OpKind| matches!(kind, OpKind::Element(of) if of == items.value);
    if !used_as(items.value, &element) {
        return false;
    }
    (0..).zip(&facts.ops).filter(|(_, op)| element(op.kind)).all(|(pair, _)| {
        let first = |kind: OpKind| matches!(kind, OpKind::Part(of, 0) if of == pair);
        let second = |kind: OpKind| matches!(kind, OpKind::Part(of, 1) if of == pair);
        let parts = |kind: OpKind| first(kind) || second(kind);
        let mut values = (0..).zip(&facts.ops).filter(|(_, op)| second(op.kind));
        used_as(pair, &parts) && values.all(|(value, _)| uses(view, items.file, value) == 0)
    })
}

/// The name by which a value goes in a body.
fn name(view: &View<'_>, def: Def, value: Val, depth: usize) -> Option<Name> {
    if depth > DEPTH {
        return None;
    }
    let node = Node { file: def.file, value };
    let class = || {
        let of = view.types.of(node).iter();
        of.filter_map(|t| if let Type::Class(c) | Type::Object(c) = t { Some(Name::Class(*c)) } else { None }).next()
    };
    match view.program.op(node).kind {
        OpKind::Attr(object, key) => {
            let library = view.types.of(Node { value: object, ..node }).iter().any(|t| matches!(t, Type::Library(_)));
            (!library).then(|| attribute(view, Node { value: object, ..node }, key))
        }
        OpKind::Index(_, index) => view.program.literal(Node { value: index, ..node }).map(Name::Key),
        OpKind::Define(_) => class(),
        OpKind::Global(name) => class().or(Some(Name::Module(def.file, name))),
        OpKind::Import(import) => match view.program.imported(def.file, import) {
            Imported::Name(file, name) => class().or(Some(Name::Module(file, name))),
            _ => None,
        },
        OpKind::Param(0) if view.program.class_of(def).is_some() => class().or(Some(Name::Param(def, 0))),
        OpKind::Param(index) => Some(Name::Param(def, index)),
        OpKind::After(value, _) | OpKind::With(value) => name(view, def, value, depth + 1),
        OpKind::Either(operands) => {
            let values = view.program.operands(def.file, operands).iter();
            values.filter_map(|o| name(view, def, o.value, depth + 1)).next()
        }
        OpKind::Call(function, operands) => {
            if let Some(name) = class().or_else(|| made(view, def, node, operands, depth)) {
                return Some(name);
            }
            let OpKind::Attr(_, method) = view.program.op(Node { value: function, ..node }).kind else { return None };
            let known = view.types.callees(node).iter().any(|c| matches!(c, Callee::Meaning(m) if m.looks_up));
            let first = view.program.operands(def.file, operands).first()?;
            let key = view.program.literal(Node { value: first.value, ..node })?;
            (known || method == "get").then_some(Name::Key(key))
        }
        _ => None,
    }
}

/// The name of an attribute of an object.
fn attribute(view: &View<'_>, object: Node, name: Text) -> Name {
    let own = view.types.of(object).iter().find_map(|t| match t {
        Type::Class(class) | Type::Object(class) => Some(Name::Field(*class, name)),
        Type::Module(file) => Some(Name::Module(*file, name)),
        _ => None,
    });
    own.unwrap_or(Name::Key(name))
}

/// The name by which goes what a call gives back.
fn made(view: &View<'_>, def: Def, call: Node, operands: Operands, depth: usize) -> Option<Name> {
    view.types.callees(call).iter().find_map(|callee| match callee {
        Callee::Function(of, _) => Some(Name::Returned(*of)),
        Callee::Meaning(meaning) if meaning.parses_settings => Some(Name::Loaded(call)),
        Callee::Meaning(meaning) if meaning.returns == Some(Returns::Argument) => {
            let first = view.program.operands(def.file, operands).first()?;
            name(view, def, first.value, depth + 1)
        }
        Callee::Meaning(_) => None,
    })
}
