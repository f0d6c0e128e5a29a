//! Options that calls define: one each, by its flags.

use rustc_hash::FxHashMap;

use super::{CliOption, Options, Takes};
use crate::fact::{DefKind, OpKind, Operand, Role, Text, Val};
use crate::lexicon::Meaning;
use crate::program::{Def, Node, Program};
use crate::source::FileId;
use crate::value::types::{Callee, Type, Types};

/// Parsers that are parts of others.
const NESTED: usize = 8;

/// Finds every call that defines an option.
pub(super) fn find(program: &Program<'_>, types: &Types<'_>, options: &mut Options) {
    let mut placed: FxHashMap<(FileId, Option<Text>), usize> = FxHashMap::default();
    for index in 0..program.def_count() {
        let def = program.def_at(index);
        for value in program.definition(def).body.clone() {
            let node = Node { file: def.file, value };
            let OpKind::Call(function, operands) = program.op(node).kind else { continue };
            run(program, types, node, options);
            let meaning = types.callees(node).iter().find_map(|callee| match callee {
                Callee::Meaning(meaning) if meaning.defines_option => Some(*meaning),
                _ => None,
            });
            let Some(meaning) = meaning else { continue };
            let call = Call { program, types, node, operands: program.operands(def.file, operands), meaning };
            let Some(mut option) = call.option(def) else { continue };
            option.command = match program.op(Node { value: function, ..node }).kind {
                OpKind::Attr(object, _) => command(program, types, Node { value: object, ..node }),
                _ => None,
            };
            if option.positional {
                let next = placed.entry((def.file, option.command)).or_default();
                option.place = Some(*next);
                *next += 1;
            }
            options.add(option);
        }
    }
}

/// Notes which function a command runs, if a call on the command's parser says so.
fn run(program: &Program<'_>, types: &Types<'_>, call: Node, options: &mut Options) {
    let sets = |callee: &Callee<'_>| matches!(callee, Callee::Meaning(meaning) if meaning.sets_defaults);
    let OpKind::Call(function, operands) = program.op(call).kind else { return };
    let OpKind::Attr(object, _) = program.op(Node { value: function, ..call }).kind else { return };
    if !types.callees(call).iter().any(sets) {
        return;
    }
    let Some(command) = command(program, types, Node { value: object, ..call }) else { return };
    for operand in program.operands(call.file, operands) {
        for ty in types.of(Node { value: operand.value, ..call }) {
            if let Type::Function(def) | Type::Method(def) = ty {
                options.runs.insert(*def, command);
            }
        }
    }
}

/// A call that defines an option.
struct Call<'v, 'a> {
    program: &'v Program<'a>,
    types: &'v Types<'a>,
    node: Node,
    operands: &'v [Operand],
    meaning: &'v Meaning,
}

impl Call<'_, '_> {
    fn literal(&self, value: Val) -> Option<Text> {
        self.program.literal(Node { value, ..self.node })
    }

    /// The spellings that an operand gives: one, or those of a list.
    fn spelled(&self, value: Val) -> Vec<Text> {
        match self.program.op(Node { value, ..self.node }).kind {
            OpKind::List(run) => {
                let elements = self.program.operands(self.node.file, run).iter();
                elements.filter_map(|element| self.literal(element.value)).collect()
            }
            _ => self.literal(value).into_iter().collect(),
        }
    }

    fn named(&self, name: &str) -> Option<Node> {
        let found = self.operands.iter().find(|o| matches!(o.role, Role::Named(n) if n == name));
        found.map(|o| Node { value: o.value, ..self.node })
    }

    /// How many values it takes.
    fn takes(&self, action: Option<Text>) -> Takes {
        let forms = &self.types.lexicon().options;
        let op = |operand: &Operand| self.program.op(Node { value: operand.value, ..self.node }).kind;
        let counted = self.operands.iter().find(|o| matches!(o.role, Role::Named(name) if forms.is_counting(name)));
        match counted.map(op) {
            _ if self.meaning.commas => return Takes::Commas,
            Some(OpKind::Int(count)) => {
                return usize::try_from(count).map_or(Takes::Words, Takes::Count);
            }
            Some(OpKind::Str(text)) if matches!(text.as_str(), "+" | "*" | "...") => return Takes::Words,
            _ => {}
        }
        let says = |o: &&Operand| matches!(o.role, Role::Named(name) if forms.is_repeated(name));
        let repeated = self.operands.iter().find(says).map(op);
        match matches!(repeated, Some(OpKind::Bool(true))) || action.is_some_and(|word| forms.is_repeated(word)) {
            true => Takes::Repeated,
            false => Takes::One,
        }
    }

    fn option(&self, within: Def) -> Option<CliOption> {
        let Self { program, types, node, operands, meaning } = self;
        let forms = &types.lexicon().options;
        let mut flags: Vec<Text> = match &meaning.place {
            Some(slot) => types.slot(*node, slot).and_then(|n| program.literal(n)).into_iter().collect(),
            None => operands.iter().filter(|o| o.role == Role::Plain).flat_map(|o| self.spelled(o.value)).collect(),
        };
        // An option without a flag is called as the parameter in whose default or annotation it stands.
        let param = parameter(program, node.file, node.value);
        let unnamed = param.filter(|_| !flags.iter().any(|f| f.starts_with('-')));
        if let Some((name, ..)) = unnamed {
            flags = match meaning.placed {
                true => vec![name],
                false => vec![Text::from(&format!("--{}", name.replace('_', "-")))],
            };
        }
        // click: a bare name among the flags is the parameter's.
        let bare = flags.iter().position(|f| !f.starts_with('-')).filter(|_| flags.len() > 1);
        let given = bare.map(|i| flags.remove(i)).or_else(|| self.named("dest").and_then(|n| program.literal(n)));
        let flag = flags.iter().copied().find(|f| f.starts_with("--")).or_else(|| flags.first().copied())?;
        let positional = meaning.place.is_none() && !flag.starts_with('-');
        // A positional's own dashes stay in its name.
        let flag_name = match positional {
            true => flag.as_str().to_owned(),
            false => flag.trim_start_matches('-').split('/').next().unwrap_or_default().replace('-', "_"),
        };
        let member = member(program, *node);
        let name = param.map(|(name, ..)| name).or(given).or(member).unwrap_or_else(|| Text::from(&flag_name));
        let first = operands.first().filter(|o| o.role == Role::Plain).map(|o| Node { value: o.value, ..*node });
        let default = match (&meaning.value, param) {
            (Some(slot), _) => types.slot(*node, slot),
            (None, Some((_, _, Some(default)))) if default != node.value => Some(Node { value: default, ..*node }),
            (None, Some(_)) => self.named("default").or(first),
            (None, None) => self.named("default"),
        };
        let given_action = self.named("action");
        let action = given_action.and_then(|n| program.literal(n));
        // A callback gets what is typed before anybody reads it.
        let called = self.named("callback").is_some_and(|n| !matches!(program.op(n).kind, OpKind::Nothing));
        let acts = match action {
            _ if called => true,
            Some(word) => forms.is_acting(word),
            // The library's own classes store what is typed.
            None => given_action.is_some_and(|n| !types.of(n).iter().any(|t| matches!(t, Type::Library(_)))),
        };
        let is_bool = |n: Node| types.of(n).iter().any(|t| matches!(t, Type::Library(n) if n == "builtins.bool"));
        let is_true = |value: Val| matches!(program.op(Node { value, ..*node }).kind, OpKind::Bool(true));
        let switched = |o: &Operand| matches!(o.role, Role::Named(n) if forms.is_switched_by(n) && is_true(o.value));
        let paired = flags.iter().any(|f| f.contains('/'));
        let spoken = default.is_some_and(|n| matches!(program.op(n).kind, OpKind::Bool(_)));
        let switch = action.is_some_and(|word| forms.is_switch(word))
            || paired
            || operands.iter().any(switched)
            || (spoken && (param.is_some() || meaning.place.is_some()));
        let flags = flags.iter().flat_map(|flag| flag.split('/')).map(|flag| Text::from(flag.trim())).collect();
        Some(CliOption {
            call: *node,
            within,
            flag,
            flags,
            name,
            default,
            said: None,
            takes: self.takes(action),
            action,
            always_true: meaning.calls_type && self.named("type").is_some_and(is_bool),
            acts,
            positional,
            place: None,
            switch,
            command: None,
            param: param.map(|(_, value, _)| value),
            class: None,
            cell: false,
        })
    }
}

/// The parameter, by name, value and default, in whose default or annotation a value stands.
fn parameter(program: &Program<'_>, file: FileId, value: Val) -> Option<(Text, Val, Option<Val>)> {
    let facts = program.file(file);
    let inside = |of: Val| match facts.op(of).kind {
        // `Annotated[int, Option()]`
        OpKind::Index(_, index) => match facts.op(index).kind {
            OpKind::Tuple(operands) => facts.operands(operands).iter().any(|o| o.value == value),
            _ => false,
        },
        _ => false,
    };
    let params = facts.definitions.iter().flat_map(|d| &d.params);
    let mut found = params.filter(|p| p.default == Some(value) || p.annotation.is_some_and(inside));
    found.next().map(|p| (p.name, p.value, p.default))
}

/// The name under which a class keeps what a call in its body defines.
fn member(program: &Program<'_>, call: Node) -> Option<Text> {
    let facts = program.file(call.file);
    match facts.ops.get(call.value as usize + 1)?.kind {
        OpKind::Bind(name, value) if value == call.value => {
            (program.definition(program.owner(call)).kind == DefKind::Class).then_some(name)
        }
        _ => None,
    }
}

/// The command whose parser a value is, or is a part of.
fn command(program: &Program<'_>, types: &Types<'_>, parser: Node) -> Option<Text> {
    let is_own = |callee: &Callee<'_>| matches!(callee, Callee::Function(..));
    let mut node = parser;
    for _ in 0..NESTED {
        let at = |value: Val| Node { value, ..node };
        match program.op(node).kind {
            OpKind::After(value, _) | OpKind::Bind(_, value) => node = at(value),
            OpKind::Call(function, operands) => {
                let named = types.callees(node).iter().find_map(|callee| match callee {
                    Callee::Meaning(meaning) => meaning.command.as_ref(),
                    Callee::Function(..) => None,
                });
                if let Some(slot) = named {
                    return types.slot(node, slot).and_then(|name| program.literal(name));
                }
                node = match program.op(at(function)).kind {
                    OpKind::Attr(object, _) if !types.callees(node).iter().any(is_own) => at(object),
                    // A function of the repository adds what several commands have in common.
                    _ if types.callees(node).iter().any(is_own) => {
                        at(program.operands(node.file, operands).first()?.value)
                    }
                    _ => return None,
                };
            }
            _ => return None,
        }
    }
    None
}
