//! Functions that build a map of settings anew under the same keys: placeholders filled in, maps made objects.

use super::{Item, Trace};
use crate::fact::{OpKind, Operand, Role, Val};
use crate::program::{Def, Node};
use crate::value::types::Callee;

impl Trace<'_, '_> {
    /// Does a call only build the map anew that it is given: the same keys, at every depth?
    pub(super) fn is_rebuilt(&self, item: &Item, call: Node, operands: &[Operand]) -> bool {
        let types = self.tracer.evaluator.follow.types;
        let [Callee::Function(def, bound)] = types.callees(call) else { return false };
        let given = types.arguments(call, *def, *bound);
        let index = given.iter().find(|(_, value)| *value == item.node.value).map(|(index, _)| *index);
        let once = operands.iter().filter(|o| o.value == item.node.value).count() == 1;
        index.is_some_and(|index| once && self.rebuilds(*def, index))
    }

    /// `{key: f(value) for key, value in given.items()}`, and the same as a loop, within `f` itself.
    fn rebuilds(&self, def: Def, index: u32) -> bool {
        let program = self.tracer.evaluator.follow.program;
        let kind = |value: Val| program.op(Node { file: def.file, value }).kind;
        let body = || program.definition(def).body.clone();
        body().any(|value| match kind(value) {
            OpKind::Dict(operands) => match program.operands(def.file, operands) {
                [key, value] if key.role == Role::Key => self.is_pair(def, index, key.value, value.value),
                _ => false,
            },
            OpKind::SetIndex(_, key, value) => self.is_pair(def, index, key, value),
            _ => false,
        })
    }

    /// A key of the parameter, and what the function itself makes of the value under that key.
    fn is_pair(&self, def: Def, index: u32, key: Val, value: Val) -> bool {
        let follow = self.tracer.evaluator.follow;
        let node = |value: Val| Node { file: def.file, value };
        let kind = |value: Val| follow.program.op(node(value)).kind;
        let OpKind::Part(pair, 0) = kind(key) else { return false };
        let of_parameter = match kind(pair) {
            OpKind::Element(items) => match kind(items) {
                OpKind::Call(function, _) => {
                    matches!(kind(function), OpKind::Attr(map, name)
                        if self.tracer.lexicon.keys.is_walking(name) && self.is_parameter(def, index, map))
                }
                _ => false,
            },
            _ => false,
        };
        let OpKind::Call(_, operands) = kind(value) else { return false };
        let itself =
            follow.types.callees(node(value)).iter().any(|c| matches!(c, Callee::Function(of, _) if *of == def));
        let takes = follow
            .program
            .operands(def.file, operands)
            .iter()
            .any(|o| matches!(kind(o.value), OpKind::Part(of, 1) if of == pair));
        of_parameter && itself && takes
    }

    fn is_parameter(&self, def: Def, index: u32, value: Val) -> bool {
        let program = self.tracer.evaluator.follow.program;
        let params = &program.definition(def).params;
        params.get(index as usize).is_some_and(|param| param.value == value)
    }
}
