//! Functions that build a map anew under the same keys, at every depth: placeholders filled in, maps made objects.

use super::{Callee, Types};
use crate::fact::{OpKind, Role, Val};
use crate::program::{Def, Node};

impl Types<'_> {
    /// Finds all such functions, and which of their parameters is the map.
    pub(super) fn find_rebuilders(&mut self) {
        let defs = (0..self.program.def_count()).map(|index| self.program.def_at(index));
        self.rebuilders = defs.filter_map(|def| self.rebuilds(def).map(|index| (def, index))).collect();
    }

    /// What a call builds anew and leaves as it is otherwise.
    pub fn rebuilt(&self, call: Node) -> Option<Node> {
        let [Callee::Function(def, bound)] = self.callees(call) else { return None };
        let index = self.rebuilders.get(def)?;
        let given = self.arguments(call, *def, *bound);
        given.iter().find(|(at, _)| at == index).map(|(_, value)| Node { value: *value, ..call })
    }

    /// `{key: f(value) for key, value in given.items()}`, and the same as a loop, within `f` itself.
    fn rebuilds(&self, def: Def) -> Option<u32> {
        let kind = |value: Val| self.program.op(Node { file: def.file, value }).kind;
        self.program.definition(def).body.clone().find_map(|value| match kind(value) {
            OpKind::Dict(operands) => match self.program.operands(def.file, operands) {
                [key, value] if key.role == Role::Key => self.pair_of(def, key.value, value.value),
                _ => None,
            },
            OpKind::SetIndex(_, key, value) => self.pair_of(def, key, value),
            _ => None,
        })
    }

    /// The parameter of which that is a key, and of whose value the function itself makes the other.
    fn pair_of(&self, def: Def, key: Val, value: Val) -> Option<u32> {
        let node = |value: Val| Node { file: def.file, value };
        let kind = |value: Val| self.program.op(node(value)).kind;
        let OpKind::Part(pair, 0) = kind(key) else { return None };
        let OpKind::Element(items) = kind(pair) else { return None };
        let OpKind::Call(function, _) = kind(items) else { return None };
        let OpKind::Attr(map, name) = kind(function) else { return None };
        let OpKind::Call(_, operands) = kind(value) else { return None };
        let itself = self.callees(node(value)).iter().any(|c| matches!(c, Callee::Function(of, _) if *of == def));
        let mut operands = self.program.operands(def.file, operands).iter();
        let takes = operands.any(|o| matches!(kind(o.value), OpKind::Part(of, 1) if of == pair));
        let params = &self.program.definition(def).params;
        let index = params.iter().position(|param| param.value == map)?;
        (self.lexicon.keys.is_walking(name) && itself && takes).then(|| u32::try_from(index).unwrap_or(u32::MAX))
    }
}
