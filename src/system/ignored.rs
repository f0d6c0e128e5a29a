//! Settings that are handed to a function which never looks at them.

use rustc_hash::{FxHashMap, FxHashSet};

use super::options::is_parsed;
use super::{Known, Role, View, is_value_used};
use crate::fact::{DefKind, OpKind, ParamKind, Text};
use crate::program::{Def, Node};
use crate::source::{At, Kind};
use crate::system::graph::System;
use crate::value::follow::Seen;
use crate::value::types::{Callee, Type};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// A function of fewer statements is a stub, or one of several that are called alike.
const STATEMENTS: u32 = 3;

/// Adds a setting for every such parameter.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let extended = extended(view);
    let mut unused: FxHashMap<Def, Vec<u32>> = FxHashMap::default();
    let mut said: FxHashSet<(Def, u32)> = FxHashSet::default();
    for (within, call) in view.calls() {
        if matches!(known.roles[within.file.index()], Role::Test | Role::Prototype) {
            continue;
        }
        let [Callee::Function(of, bound)] = view.types.callees(call) else { continue };
        for (index, value) in view.types.arguments(call, *of, *bound) {
            let node = Node { value, ..call };
            // What is written out there, or made there, is no setting.
            if !matches!(view.program.op(node).kind, OpKind::Attr(..) | OpKind::Index(..) | OpKind::Param(_))
                || !unused.entry(*of).or_insert_with(|| ignored(view, known, &extended, *of)).contains(&index)
                || !(is_setting(view, node) || is_option(view, within, node))
                || !said.insert((*of, index))
            {
                continue;
            }
            let param = &view.program.definition(*of).params[index as usize];
            let at = At { file: of.file, span: param.span };
            let setting = system.add(NodeKind::Setting, param.name, at, view.symbol(*of));
            system.say(setting, "form", "ignored");
            system.say(setting, "role", known.roles[of.file.index()].word());
            system.say(setting, "value", &view.program.definition(*of).name);
            system.join(
                EdgeKind::Uses,
                view.code(known, within),
                setting,
                view.program.place(node),
                Certainty::Inferred,
            );
        }
    }
}

/// The classes that others build on: what their methods are called with is not theirs to choose.
fn extended(view: &View<'_>) -> FxHashSet<Def> {
    let defs = (0..view.program.def_count()).map(|index| view.program.def_at(index));
    defs.filter(|def| view.program.definition(*def).kind == DefKind::Class)
        .flat_map(|class| view.types.own_bases(class))
        .collect()
}

/// The parameters that a function takes and never looks at.
fn ignored(view: &View<'_>, known: &Known, extended: &FxHashSet<Def>, def: Def) -> Vec<u32> {
    let definition = view.program.definition(def);
    let facts = view.program.file(def.file);
    let python = view.program.sources[def.file.index()].kind != Kind::Rust;
    let class = view.program.class_of(def);
    let bound_to_a_form = class.is_some_and(|class| {
        extended.contains(&class)
            || view.types.own_bases(class).next().is_some()
            || (definition.name != "__init__" && !view.types.library_bases(class).is_empty())
    });
    if !python
        || definition.statements < STATEMENTS
        || !definition.decorators.is_empty()
        || bound_to_a_form
        || matches!(known.roles[def.file.index()], Role::Test | Role::Prototype)
    {
        return Vec::new();
    }
    let inside = |id: u32| {
        let mut id = id;
        while id != 0 && id != def.id {
            id = facts.definitions[id as usize].parent;
        }
        id == def.id
    };
    let bodies = (0..).zip(&facts.definitions).filter(|(id, _)| inside(*id));
    let mut named: FxHashSet<Text> = FxHashSet::default();
    let mut set: FxHashSet<u32> = FxHashSet::default();
    for value in bodies.flat_map(|(_, d)| d.body.clone()) {
        match facts.op(value).kind {
            OpKind::Global(name) if matches!(name.as_str(), "locals" | "vars" | "eval" | "exec") => return Vec::new(),
            OpKind::Global(name) => {
                named.insert(name);
            }
            // `global RANK; RANK = rank`
            OpKind::SetAttr(object, ..) | OpKind::Bind(_, object) => {
                set.insert(object);
            }
            _ => {}
        }
    }
    let unused = (0..).zip(&definition.params).filter(|(index, param)| {
        matches!(param.kind, ParamKind::Plain | ParamKind::Keyword)
            && (class.is_none() || *index > 0)
            && !param.name.starts_with('_')
            && !named.contains(&param.name)
            && !set.contains(&param.value)
            && !is_value_used(view, def.file, param.value)
    });
    unused.map(|(index, _)| index).collect()
}

/// Is a value the parameter of a command that click or typer fill?
fn is_option(view: &View<'_>, within: Def, node: Node) -> bool {
    let OpKind::Param(index) = view.program.op(node).kind else { return false };
    let definition = view.program.definition(within);
    let Some(param) = definition.params.get(index as usize) else { return false };
    view.evaluator.options.all.iter().filter(|option| option.call.file == node.file).any(|option| {
        option.param == Some(param.value)
            || (option.name == param.name && definition.decorators.contains(&option.call.value))
    })
}

/// Is a value an option, a key of settings, or a field of a settings object?
fn is_setting(view: &View<'_>, node: Node) -> bool {
    let OpKind::Attr(object, _) = view.program.op(node).kind else {
        return matches!(view.program.op(node).kind, OpKind::Index(..))
            && view.evaluator.settings_node(&Seen::anywhere(node)).is_some();
    };
    let object = Node { value: object, ..node };
    let parsed = is_parsed(view, object)
        || view.types.of(object).iter().any(|t| match t {
            Type::Instance(n) => view.lexicon.of_type(*n, &|t| t.settings.then_some(())).is_some(),
            Type::Class(class) | Type::Object(class) => {
                view.lexicon.keys.is_settings_class(&view.program.definition(*class).name)
            }
            _ => false,
        });
    parsed || view.evaluator.settings_node(&Seen::anywhere(node)).is_some()
}
