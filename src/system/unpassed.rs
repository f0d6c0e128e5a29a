//! Parameters of functions that are on or off by default, that no caller passes, and that decide which code runs.

use super::flags::{is_environment, other_arm};
use super::referred::referred;
use super::{Known, Role, View};
use crate::fact::{DefKind, OpKind};
use crate::program::{Def, Node};
use crate::source::{At, Kind};
use crate::system::graph::System;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// One caller alone may be the first of several.
const CALLERS: usize = 2;

/// Adds a flag for each such parameter, and the branches it guards.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let referred = referred(view);
    for index in 0..view.program.def_count() {
        let def = view.program.def_at(index);
        let definition = view.program.definition(def);
        let own = definition.kind == DefKind::Function
            && definition.parent == 0
            && definition.decorators.is_empty()
            && view.program.sources[def.file.index()].kind == Kind::Python
            && !matches!(known.roles[def.file.index()], Role::Test | Role::Prototype);
        if !own || referred.contains(&def) || !is_only_called(view, def) {
            continue;
        }
        for (number, param) in (0..).zip(&definition.params) {
            let Some(default) = param.default else { continue };
            let OpKind::Bool(on) = view.program.op(Node { file: def.file, value: default }).kind else { continue };
            if is_environment(&param.name) || is_passed(view, def, number) {
                continue;
            }
            for value in definition.body.clone() {
                let node = Node { file: def.file, value };
                let OpKind::If(condition, then) = view.program.op(node).kind else { continue };
                let (condition, negated) = match view.program.op(Node { value: condition, ..node }).kind {
                    OpKind::Not(inner) => (inner, true),
                    _ => (condition, false),
                };
                if condition != param.value {
                    continue;
                }
                let dead = if on == negated { (then, view.program.op(node).span) } else { other_arm(view, node) };
                if dead.0 == 0 {
                    continue;
                }
                let at = At { file: def.file, span: param.span };
                let flag = system.add(NodeKind::Flag, param.name, at, view.symbol(def));
                system.say(flag, "value", if on { "True" } else { "False" });
                system.say(flag, "role", known.roles[def.file.index()].word());
                system.doubt(flag, Certainty::Inferred);
                let at = At { file: def.file, span: dead.1 };
                let branch = system.add(NodeKind::Branch, param.name, at, view.symbol(def));
                system.count(branch, "statements", dead.0 as usize);
                system.join(EdgeKind::Guards, flag, branch, at, Certainty::Inferred);
            }
        }
    }
}

/// Is all that is done with a function's name to call it, from several places?
fn is_only_called(view: &View<'_>, def: Def) -> bool {
    let definition = view.program.definition(def);
    let sites = view.types.callers.get(&def).map_or(&[][..], Vec::as_slice);
    let calls = |named: Node| {
        view.users.of(named).iter().all(|user| match view.program.op(Node { value: *user, ..named }).kind {
            OpKind::Call(function, _) => {
                function == named.value && sites.iter().any(|s| s.call == Node { value: *user, ..named })
            }
            OpKind::Bind(..) => true,
            _ => false,
        })
    };
    let product = sites.iter().filter(|site| !view.program.is_test(site.within.file)).count();
    product >= CALLERS && view.users.of_module(def.file, definition.name).into_iter().all(calls)
}

/// Does any caller, a test too, pass a parameter, or lay arguments out that may hold it?
fn is_passed(view: &View<'_>, def: Def, index: u32) -> bool {
    let sites = view.types.callers.get(&def).map_or(&[][..], Vec::as_slice);
    sites
        .iter()
        .any(|site| view.types.passed(site.call, def, site.bound, site.via).iter().any(|(passed, _)| *passed == index))
}
