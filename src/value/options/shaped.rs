//! Options that nobody defines one by one: the parameters of functions and the fields of classes of which a library
//! makes a command line.

use rustc_hash::FxHashSet;

use super::{CliOption, Options, Takes};
use crate::fact::{DefKind, OpKind, Param, ParamKind, Role, Text, Val};
use crate::lexicon::{OptionsOf, Placed};
use crate::program::{Def, Node, Program};
use crate::source::FileId;
use crate::value::types::{Callee, Type, Types};

/// Records in records.
const NESTED: usize = 5;

/// Finds the functions and classes of which calls and decorators make options.
pub(super) fn find(program: &Program<'_>, types: &Types<'_>, options: &mut Options) {
    let mut shaper = Shaper { program, types, options, done: FxHashSet::default() };
    for index in 0..program.def_count() {
        let def = program.def_at(index);
        let definition = program.definition(def);
        for value in definition.body.clone() {
            let call = Node { file: def.file, value };
            if matches!(program.op(call).kind, OpKind::Call(..)) {
                shaper.call(call);
            }
        }
        for decorator in &definition.decorators {
            let decorator = Node { file: def.file, value: *decorator };
            let called = types.callees(decorator).iter().filter_map(|callee| match callee {
                Callee::Meaning(meaning) => meaning.options_of.as_ref(),
                Callee::Function(..) => None,
            });
            let bare = types.meanings(decorator).filter_map(|meaning| meaning.options_of.as_ref());
            let found = called.chain(bare).find(|of| of.value.is_none());
            let Some(of) = found else { continue };
            let command = spelled(&command_name(program, decorator).unwrap_or(definition.name));
            shaper.function(def, of, Some(command), false);
        }
    }
}

/// The name that a decorator gives to its command.
fn command_name(program: &Program<'_>, decorator: Node) -> Option<Text> {
    let OpKind::Call(_, operands) = program.op(decorator).kind else { return None };
    let named = |role: Role| role == Role::Plain || matches!(role, Role::Named(name) if name == "name");
    let first = program.operands(decorator.file, operands).iter().find(|o| named(o.role))?;
    program.literal(Node { value: first.value, ..decorator })
}

/// A name as it is typed.
fn spelled(name: &str) -> Text {
    Text::from(&name.replace('_', "-"))
}

struct Shaper<'v, 'a> {
    program: &'v Program<'a>,
    types: &'v Types<'a>,
    options: &'v mut Options,
    /// What is done already.
    done: FxHashSet<Def>,
}

impl Shaper<'_, '_> {
    fn call(&mut self, call: Node) {
        let OpKind::Call(_, operands) = self.program.op(call).kind else { return };
        let found = self.types.callees(call).iter().find_map(|callee| match callee {
            Callee::Meaning(meaning) => meaning.options_of.as_ref(),
            Callee::Function(..) => None,
        });
        let Some((of, slot)) = found.and_then(|of| Some((of, of.value.as_ref()?))) else { return };
        let typed = |role: Role| matches!(role, Role::Named(name) if of.given_by.iter().any(|g| name == g.as_str()));
        if self.program.operands(call.file, operands).iter().any(|o| typed(o.role)) {
            return;
        }
        match self.types.slot(call, slot) {
            Some(value) => self.value(value, of, None, 0),
            // `fire.Fire()`: whatever the module defines.
            None if of.commands => self.module(call.file, of),
            None => {}
        }
    }

    /// What a value is: a function, a class, or several of them.
    /// A function, a class, an object, or several of them.
    fn value(&mut self, value: Node, of: &OptionsOf, command: Option<Text>, depth: usize) {
        if depth > NESTED {
            return;
        }
        let at = |inner: Val| Node { value: inner, ..value };
        match self.program.op(value).kind {
            OpKind::Tuple(operands) | OpKind::List(operands) => {
                for operand in self.program.operands(value.file, operands) {
                    self.value(at(operand.value), of, command, depth + 1);
                }
                return;
            }
            OpKind::Dict(operands) => {
                for pair in self.program.operands(value.file, operands).windows(2).filter(|p| p[0].role == Role::Key) {
                    let key = self.program.literal(at(pair[0].value));
                    self.value(at(pair[1].value), of, key.or(command), depth + 1);
                }
                return;
            }
            _ => {}
        }
        let types = self.types;
        for ty in types.of(value) {
            match *ty {
                Type::Holder(holder) if holder != value => self.value(holder, of, command, depth + 1),
                Type::Class(class) | Type::Object(class) if of.commands => self.methods(class, of),
                Type::Class(class) => self.fields(class, of, ""),
                Type::Function(def) => self.function(def, of, command, false),
                Type::Method(def) => self.function(def, of, command, true),
                Type::Library(name) => self.options.foreign.entry(value.file).or_default().push(name),
                _ => {}
            }
        }
    }

    /// All functions of a module, each a command.
    fn module(&mut self, file: FileId, of: &OptionsOf) {
        for (id, definition) in (0..).zip(&self.program.file(file).definitions) {
            if definition.kind == DefKind::Function
                && definition.parent == 0
                && !definition.name.starts_with(['_', '<'])
            {
                self.function(Def { file, id }, of, Some(definition.name), false);
            }
        }
    }

    /// What an object is made of, and its methods, each a command.
    fn methods(&mut self, class: Def, of: &OptionsOf) {
        for class in self.types.lineage(class) {
            for (name, value) in &self.program.definition(class).bindings {
                let OpKind::Define(id) = self.program.op(Node { file: class.file, value: *value }).kind else {
                    continue;
                };
                let def = Def { file: class.file, id };
                let made = name == "__init__";
                if self.program.definition(def).kind == DefKind::Function && (made || !name.starts_with('_')) {
                    let named = OptionsOf { placed: of.placed.filter(|_| !made), ..OptionsOf::default() };
                    self.function(def, &named, (!made).then_some(*name), true);
                }
            }
        }
    }

    fn function(&mut self, def: Def, of: &OptionsOf, command: Option<Text>, bound: bool) {
        if !self.done.insert(def) {
            return;
        }
        let bound = bound && !self.types.decorators(def).contains(&"staticmethod");
        let mut place = 0;
        let rest = |p: &Param| p.kind == ParamKind::Rest && of.placed == Some(Placed::All);
        let taken = |p: &&Param| matches!(p.kind, ParamKind::Plain | ParamKind::Keyword) || rest(p);
        for param in self.program.definition(def).params.iter().skip(usize::from(bound)).filter(taken) {
            let node = Node { file: def.file, value: param.value };
            // What has an option's description of its own, and what is no option.
            if self.options.of_param(node).is_some() || self.types.is_a(node, "click.Context") {
                continue;
            }
            let record = self.record(node);
            if let Some(class) = record.filter(|_| !of.commands) {
                // A decorator fills the parameter itself.
                let named = of.nested && of.value.is_some();
                let prefix = if named { format!("{}.", param.name) } else { String::new() };
                self.fields(class, of, &prefix);
                continue;
            }
            let default = param.default.map(|value| Node { file: def.file, value });
            let placed = match of.placed {
                Some(Placed::All) => param.kind != ParamKind::Keyword,
                Some(Placed::Required) => default.is_none(),
                None => false,
            };
            let positional = placed && of.placed == Some(Placed::Required);
            let flags = if positional { vec![param.name] } else { flags("", &param.name) };
            self.options.add(CliOption {
                within: def,
                positional,
                place: placed.then_some(place),
                takes: if rest(param) { Takes::Words } else { Takes::One },
                command,
                param: Some(param.value),
                ..self.option(node, param.name, flags, default)
            });
            place += usize::from(placed);
        }
    }

    /// The record that a value is an object of.
    fn record(&self, value: Node) -> Option<Def> {
        self.types.of(value).iter().find_map(|ty| match ty {
            Type::Object(class) if self.types.method_of(*class, "__init__").is_none() => Some(*class),
            _ => None,
        })
    }

    fn fields(&mut self, class: Def, of: &OptionsOf, prefix: &str) {
        if !self.done.insert(class) {
            return;
        }
        for base in self.types.library_bases(class) {
            self.options.foreign.entry(class.file).or_default().push(base);
        }
        for of_class in self.types.lineage(class) {
            for (name, value) in &self.program.definition(of_class).bindings {
                let member = Node { file: of_class.file, value: *value };
                if name.starts_with('_')
                    || matches!(self.program.op(member).kind, OpKind::Define(_) | OpKind::Import(_))
                {
                    continue;
                }
                if let Some(inner) = self.record(member) {
                    let deeper = if of.nested { format!("{prefix}{name}.") } else { String::new() };
                    if deeper.matches('.').count() <= NESTED {
                        self.fields(inner, of, &deeper);
                    }
                    continue;
                }
                let unknown = matches!(self.program.op(member).kind, OpKind::Unknown);
                let default = (!unknown).then(|| self.described(member)).flatten();
                let option = self.option(member, *name, flags(prefix, name), default);
                self.options.add(CliOption { within: of_class, class: Some(of_class), ..option });
            }
        }
    }

    /// The value behind a field's description.
    fn described(&self, member: Node) -> Option<Node> {
        let describes = |callee: &Callee<'_>| matches!(callee, Callee::Meaning(meaning) if meaning.describes_field);
        let OpKind::Call(_, operands) = self.program.op(member).kind else { return Some(member) };
        if !self.types.callees(member).iter().any(describes) {
            return Some(member);
        }
        let operands = self.program.operands(member.file, operands);
        let named = operands.iter().find(|o| matches!(o.role, Role::Named(name) if name == "default"));
        let given = named.or_else(|| operands.first().filter(|o| o.role == Role::Plain))?;
        Some(Node { value: given.value, ..member })
    }

    fn option(&self, call: Node, name: Text, flags: Vec<Text>, default: Option<Node>) -> CliOption {
        let switch = default.is_some_and(|node| matches!(self.program.op(node).kind, OpKind::Bool(_)));
        CliOption {
            call,
            within: self.program.owner(call),
            flag: flags.first().copied().unwrap_or(name),
            flags,
            name,
            default,
            said: None,
            takes: Takes::One,
            action: None,
            always_true: false,
            acts: false,
            positional: false,
            place: None,
            switch,
            command: None,
            param: None,
            class: None,
            cell: false,
        }
    }
}

/// The spellings of an option, with dashes and with underscores.
fn flags(prefix: &str, name: &str) -> Vec<Text> {
    let plain = format!("--{prefix}{name}");
    let dashed = plain.replace('_', "-");
    let mut flags = vec![Text::from(&dashed)];
    if dashed != plain {
        flags.push(Text::from(&plain));
    }
    flags
}
