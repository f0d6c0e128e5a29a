//! Calls that Python refuses: an argument that the function or class does not take, or one that it needs and does not get.

use rustc_hash::FxHashSet;

use super::blocks::is_unreached;
use super::{Dead, View};
use crate::fact::{DefKind, Definition, OpKind, Operand, Param, ParamKind, Role, Text};
use crate::program::{Def, Node};
use crate::source::{At, FileId};
use crate::system::data;
use crate::value::types::{Callee, Type};
use crate::vocabulary::Certainty;

/// Bases of bases are looked at so deep.
const BASES: usize = 6;

/// The names of attributes that code sets: a method of such a name may be another one when it is called.
pub fn set_names(view: &View<'_>) -> FxHashSet<Text> {
    let ops = view.program.facts.iter().flat_map(|facts| &facts.ops);
    let name = |kind: OpKind| if let OpKind::SetAttr(_, name, _) = kind { Some(name) } else { None };
    ops.filter_map(|op| name(op.kind)).collect()
}

/// The pieces of a file.
pub fn find(view: &View<'_>, file: FileId, set: &FxHashSet<Text>) -> Vec<Dead> {
    let facts = view.program.file(file);
    let mut found = Vec::new();
    let mut told: FxHashSet<String> = FxHashSet::default();
    for (id, definition) in (0..).zip(&facts.definitions) {
        for value in definition.body.clone() {
            let call = Node { file, value };
            let OpKind::Call(function, operands) = facts.op(value).kind else { continue };
            let operands = facts.operands(operands);
            let function = Node { file, value: function };
            let refused = refusal(view, call, function, operands).or_else(|| of_method(view, function, operands, set));
            let Some((name, why)) = refused else { continue };
            let within = Def { file, id };
            if data::is_gated(view, call) || is_unreached(view, within, value) || !told.insert(why.clone()) {
                continue;
            }
            found.push(Dead {
                what: "failing",
                reason: why,
                name,
                at: At { file, span: facts.op(value).span },
                within,
                statements: 1,
                certainty: Certainty::Inferred,
            });
        }
    }
    found
}

/// What is called and why it refuses.
fn refusal(view: &View<'_>, call: Node, function: Node, operands: &[Operand]) -> Option<(Text, String)> {
    let [callee] = view.types.of(function) else { return None };
    let said = match view.program.op(function).kind {
        OpKind::Global(name) | OpKind::Attr(_, name) => Some(name),
        OpKind::Import(index) => view.program.file(call.file).imports.get(index as usize).and_then(|i| i.name),
        OpKind::Define(_) => None,
        _ => return None,
    };
    match callee {
        Type::Class(class) => {
            let definition = view.program.definition(*class);
            if said.is_some_and(|said| said != definition.name) || !is_plain_class(view, *class, 0) {
                return None;
            }
            let [Callee::Function(def, true)] = view.types.callees(call) else {
                return of_fields(view, *class, operands).map(|why| (definition.name, why));
            };
            let own = view.program.definition(*def);
            (own.name == "__init__" && is_plain(view, *def))
                .then(|| against(definition.name, &own.params, 1, operands))
                .flatten()
                .map(|why| (definition.name, why))
        }
        Type::Function(def) => {
            let definition = view.program.definition(*def);
            let [Callee::Function(run, false)] = view.types.callees(call) else { return None };
            let own = run == def && said.is_none_or(|said| said == definition.name);
            (own && is_plain(view, *def) && view.program.class_of(*def).is_none())
                .then(|| against(definition.name, &definition.params, 0, operands))
                .flatten()
                .map(|why| (definition.name, why))
        }
        _ => None,
    }
}

/// A method that is called on an object or a class of the repository's own, and why it refuses.
fn of_method(view: &View<'_>, function: Node, operands: &[Operand], set: &FxHashSet<Text>) -> Option<(Text, String)> {
    let OpKind::Attr(object, name) = view.program.op(function).kind else { return None };
    let ([Type::Object(class) | Type::Class(class)], [callee]) =
        (view.types.of(Node { value: object, ..function }), view.types.of(function))
    else {
        return None;
    };
    let (def, bound) = match callee {
        Type::Method(def) => (*def, 1),
        Type::Function(def) => (*def, 0),
        _ => return None,
    };
    let definition = view.program.definition(def);
    let of = view.program.class_of(def)?;
    let plain = view.types.decorators(def).iter().all(|name| matches!(*name, "staticmethod" | "classmethod"))
        && view.types.decorators(def).len() == definition.decorators.len();
    let sure = plain
        && definition.name == name
        && is_only(view, def)
        && is_whole(view, def)
        && !set.contains(&name)
        // The class whose method it is says what it takes, or one that is known inherits it as it is.
        && (of == *class || view.types.lineage(*class).contains(&of))
        && !is_redefined_below(view, *class, name);
    sure.then(|| against(name, &definition.params, bound, operands)).flatten().map(|why| (name, why))
}

/// Does a class below give a method of that name another definition?
fn is_redefined_below(view: &View<'_>, class: Def, name: Text) -> bool {
    let mut seen: FxHashSet<Def> = FxHashSet::default();
    let mut waiting = vec![class];
    while let Some(of) = waiting.pop() {
        for below in view.types.subclasses.get(&of).into_iter().flatten().filter(|below| seen.insert(**below)) {
            if view.program.member(*below, name).is_some() {
                return true;
            }
            waiting.push(*below);
        }
    }
    false
}

/// Is a function what its definition says: undecorated, defined once, bound by nobody else?
fn is_plain(view: &View<'_>, def: Def) -> bool {
    let definition = view.program.definition(def);
    definition.decorators.is_empty() && is_only(view, def) && definition.name != "<lambda>" && is_whole(view, def)
}

/// Was the file of a definition read whole? What it takes is not known else.
fn is_whole(view: &View<'_>, def: Def) -> bool {
    view.program.file(def.file).problems.is_empty()
}

/// Is a name defined and bound only once where it is defined?
fn is_only(view: &View<'_>, def: Def) -> bool {
    let definition = view.program.definition(def);
    let facts = view.program.file(def.file);
    let same = |d: &&Definition| d.parent == definition.parent && d.name == definition.name;
    let outer = Def { file: def.file, id: definition.parent };
    let bound = view.program.binding(outer, definition.name).map(|value| facts.op(value).kind);
    facts.definitions.iter().filter(same).count() == 1
        && matches!(bound, Some(OpKind::Define(id)) if id == def.id)
        && !view.types.rebound.contains_key(&(def.file, definition.name))
}

/// Are a class's objects made by its own or its bases' constructors, and in no other way?
fn is_plain_class(view: &View<'_>, class: Def, depth: usize) -> bool {
    let definition = view.program.definition(class);
    let other = |name: &Text| matches!(name.as_str(), "__new__" | "__call__" | "__init_subclass__");
    let bases: Vec<Def> = view.types.own_bases(class).collect();
    let library = view.types.library_bases(class);
    let has_own = view.types.method_of(class, "__init__").is_some();
    depth <= BASES
        && is_only(view, class)
        && definition.kind == DefKind::Class
        && (definition.decorators.is_empty() || is_record(view, class))
        && !definition.bindings.iter().any(|(name, _)| name == "__new__" || name == "__metaclass__")
        // What a base that is not known takes is not known either.
        && (has_own || library.is_empty())
        && definition.bases.len() == bases.len() + library.len()
        && bases.iter().all(|base| {
            is_plain_class(view, *base, depth + 1) && !view.program.definition(*base).bindings.iter().any(|(n, _)| other(n) && n != "__call__")
        })
}

fn is_record(view: &View<'_>, class: Def) -> bool {
    view.program.definition(class).decorators.iter().all(|value| {
        let node = Node { file: class.file, value: *value };
        let of = match view.program.op(node).kind {
            OpKind::Call(function, _) => Node { value: function, ..node },
            _ => node,
        };
        view.types.library_name(of).is_some_and(|name| name == "dataclasses.dataclass")
    })
}

/// A keyword that is no field of a dataclass.
fn of_fields(view: &View<'_>, class: Def, operands: &[Operand]) -> Option<String> {
    let definition = view.program.definition(class);
    if definition.decorators.is_empty() || !is_record(view, class) || operands.iter().any(|o| o.role == Role::Spread) {
        return None;
    }
    let mut fields: Vec<Text> = Vec::new();
    let mut waiting = vec![class];
    while let Some(of) = waiting.pop() {
        if fields.len() > 400 {
            return None;
        }
        let facts = view.program.file(of.file);
        fields.extend(view.program.definition(of).body.clone().filter_map(|value| match facts.op(value).kind {
            OpKind::Bind(name, _) => Some(name),
            _ => None,
        }));
        waiting.extend(view.types.own_bases(of));
    }
    let unknown = operands.iter().find_map(|o| match o.role {
        Role::Named(name) if !fields.contains(&name) => Some(name),
        _ => None,
    })?;
    (!fields.is_empty()).then(|| format!("`{}` has no field `{unknown}`", definition.name))
}

/// Why the parameters refuse the arguments.
fn against(name: Text, params: &[Param], bound: usize, operands: &[Operand]) -> Option<String> {
    let params = params.get(bound..)?;
    let open = |kind: ParamKind| params.iter().any(|p| p.kind == kind);
    let spread = operands.iter().any(|o| matches!(o.role, Role::Spread | Role::Star));
    let takes =
        |name: Text| params.iter().any(|p| p.name == name && matches!(p.kind, ParamKind::Plain | ParamKind::Keyword));
    let unknown = operands.iter().find_map(|o| match o.role {
        Role::Named(name) if !takes(name) => Some(name),
        _ => None,
    });
    if let Some(unknown) = unknown.filter(|_| !open(ParamKind::Keywords)) {
        return Some(format!("`{name}` takes no argument `{unknown}`"));
    }
    if spread {
        return None;
    }
    let given = operands.iter().filter(|o| o.role == Role::Plain).count();
    let plain: Vec<&Param> = params.iter().filter(|p| p.kind == ParamKind::Plain).collect();
    if given > plain.len() && !open(ParamKind::Rest) {
        return Some(format!("`{name}` takes {} arguments by position and gets {given}", plain.len()));
    }
    let named = |param: &&&Param| operands.iter().any(|o| matches!(o.role, Role::Named(n) if n == param.name));
    let needed = plain.iter().skip(given).chain(&[]).find(|p| p.default.is_none() && !named(p));
    let keyword: Vec<&Param> = params.iter().filter(|p| p.kind == ParamKind::Keyword).collect();
    let needed = needed.or_else(|| keyword.iter().find(|p| p.default.is_none() && !named(p)))?;
    Some(format!("`{name}` needs the argument `{}`, which this call does not give", needed.name))
}
