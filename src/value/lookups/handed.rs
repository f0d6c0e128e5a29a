//! Maps of settings that are handed on with a function for somebody to call it: `partial`, threads, pools of processes.

use super::calls::entered;
use super::inside::around;
use super::{Item, Trace};
use crate::fact::{OpKind, Operand, ParamKind, Role, Val};
use crate::program::{Def, Node};
use crate::value::types::{Callee, Type, Via};

impl Trace<'_, '_> {
    /// Goes into the functions that a call hands on with their arguments; false if it hands none.
    pub(super) fn hand(&mut self, item: &Item, call: Node, operands: &[Operand]) -> bool {
        let follow = self.tracer.evaluator.follow;
        let binds = follow.types.callees(call).iter().any(|c| matches!(c, Callee::Meaning(m) if m.binds));
        let function = operands.first().filter(|o| binds && o.role == Role::Plain);
        if let Some(function) = function.map(|o| Node { value: o.value, ..call }) {
            let functions = self.functions(function);
            functions.iter().for_each(|(def, bound)| self.bind(item, call, operands, *def, usize::from(*bound)));
            return !functions.is_empty();
        }
        let mut known = false;
        for (function, via) in follow.types.handed(call) {
            for (def, bound) in self.functions(function) {
                known = true;
                self.give(item, call, (def, bound), via);
            }
        }
        known
    }

    /// The functions of the repository that a value is, and whether their first parameter is filled.
    fn functions(&self, function: Node) -> Vec<(Def, bool)> {
        let types = self.tracer.evaluator.follow.types.of(function).iter();
        let functions = types.filter_map(|ty| match ty {
            Type::Function(def) => Some((*def, false)),
            Type::Method(def) => Some((*def, true)),
            _ => None,
        });
        functions.collect()
    }

    fn parameter(&mut self, item: &Item, def: Def, index: usize, call: Node) {
        let program = self.tracer.evaluator.follow.program;
        match program.definition(def).params.get(index) {
            Some(param) if matches!(param.kind, ParamKind::Plain | ParamKind::Keyword) => {
                let node = Node { file: def.file, value: param.value };
                self.take(node, item.path.clone(), entered(&item.way, def, call));
            }
            _ => self.escape(item, call),
        }
    }

    /// `partial(f, .., map)`
    fn bind(&mut self, item: &Item, call: Node, operands: &[Operand], def: Def, from: usize) {
        let params = &self.tracer.evaluator.follow.program.definition(def).params;
        let mut position = from;
        for operand in &operands[1..] {
            let own = operand.value == item.node.value;
            match operand.role {
                Role::Plain => {
                    if own {
                        self.parameter(item, def, position, call);
                    }
                    position += 1;
                }
                Role::Named(name) if own => {
                    let index = params.iter().position(|param| param.name == name).unwrap_or(usize::MAX);
                    self.parameter(item, def, index, call);
                }
                _ if own => self.escape(item, call),
                _ => {}
            }
        }
    }

    /// What a call gives to a function that it hands on.
    fn give(&mut self, item: &Item, call: Node, (def, bound): (Def, bool), via: Via) {
        let follow = self.tracer.evaluator.follow;
        let mut met = false;
        for (index, given) in follow.types.passed(call, def, bound, via) {
            let own = given.node.file == item.node.file && self.is_same(given.node, item.node);
            if !own {
                continue;
            }
            met = true;
            let index = index as usize;
            let place = around(&item.path).map(|key| key.parse::<u32>().ok());
            match (given.role, given.each, place) {
                (Role::Plain | Role::Named(_), false, _) => self.parameter(item, def, index, call),
                (Role::Star, _, Some(Some(at))) | (_, true, Some(Some(at))) => {
                    if given.each || at == given.offset {
                        let mut inner = item.clone();
                        inner.path.pop();
                        self.parameter(&inner, def, index, call);
                    }
                }
                _ => self.escape(item, call),
            }
        }
        if !met {
            self.escape(item, call);
        }
    }

    /// Is one value another, or its only origin?
    fn is_same(&self, one: Node, other: Node) -> bool {
        let value: Val = other.value;
        one.value == value
            || matches!(self.tracer.evaluator.follow.program.op(one).kind, OpKind::After(of, _) if of == value)
    }
}
