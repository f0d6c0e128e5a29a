//! What calls do to the tables that they are handed: a function that sets columns of its parameter, a method that works
//! in place and whose result is used for something else.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::fact::{DefKind, Facts, OpKind, Role};
use crate::lexicon::{Columns, Lexicon, Returns};
use crate::program::{Def, Node};
use crate::value::follow::Follow;
use crate::value::types::Callee;

/// Functions that hand their parameter on to functions that change it.
const ROUNDS: usize = 4;

/// The calls that change a value, each with the parameter that the value is for it (0 for a receiver), in source order.
#[derive(Default)]
pub struct Effects {
    on: FxHashMap<Node, Vec<(Node, u32)>>,
}

impl Effects {
    /// Looks through all calls.
    pub fn new(follow: Follow<'_>, lexicon: &Lexicon) -> Self {
        let mut effects = Self::default();
        let mut changing: FxHashSet<(Def, u32)> = FxHashSet::default();
        let mut handed: Vec<(Node, Node, Def, u32)> = Vec::new();
        for file in follow.program.files() {
            let facts = follow.program.file(file);
            let bound: FxHashSet<u32> = facts
                .ops
                .iter()
                .filter_map(|op| if let OpKind::After(_, call) = op.kind { Some(call) } else { None })
                .collect();
            for (value, op) in (0..).zip(&facts.ops) {
                let call = Node { file, value };
                if let Some(object) = set_beside(facts, lexicon, op.kind).filter(|_| !bound.contains(&value)) {
                    effects.on.entry(Node { file, value: object }).or_default().push((call, 0));
                }
                let OpKind::Call(function, _) = op.kind else { continue };
                for callee in follow.types.callees(call) {
                    if let Callee::Function(def, is_bound) = *callee {
                        for (param, value) in follow.types.arguments(call, def, is_bound) {
                            handed.push((Node { file, value }, call, def, param));
                        }
                    }
                }
                if let OpKind::Attr(object, name) = facts.op(function).kind
                    && !bound.contains(&value)
                    && works_in_place(follow, lexicon, call, name)
                {
                    effects.on.entry(Node { file, value: object }).or_default().push((call, 0));
                }
            }
        }
        for index in 0..follow.program.def_count() {
            let def = follow.program.def_at(index);
            let definition = follow.program.definition(def);
            if definition.kind == DefKind::Function {
                let params = (0..).zip(&definition.params);
                let changed = params.filter(|(number, param)| {
                    let node = Node { file: def.file, value: param.value };
                    effects.on.contains_key(&node) || changes(follow, def, *number)
                });
                changing.extend(changed.map(|(number, _)| (def, number)));
            }
        }
        for _ in 0..ROUNDS {
            let before = changing.len();
            for (value, _, def, param) in &handed {
                if changing.contains(&(*def, *param))
                    && let Some(outer) = parameter(follow, *value)
                {
                    changing.insert((follow.program.owner(*value), outer));
                }
            }
            if changing.len() == before {
                break;
            }
        }
        for (value, call, def, param) in handed {
            if changing.contains(&(def, param)) {
                effects.on.entry(value).or_default().push((call, param));
            }
        }
        effects.on.values_mut().for_each(|calls| calls.sort_unstable());
        effects
    }

    /// The calls that change a value.
    pub fn on(&self, node: Node) -> &[(Node, u32)] {
        self.on.get(&node).map_or(&[], Vec::as_slice)
    }
}

/// `frame.loc[:, "a"] = value`, `frame.columns = names`, `del frame["a"]`: the table behind what is set or deleted.
fn set_beside(facts: &Facts, lexicon: &Lexicon, kind: OpKind) -> Option<u32> {
    match kind {
        OpKind::SetIndex(object, ..) => match facts.op(object).kind {
            OpKind::Attr(table, name) => {
                let same = lexicon.table_attribute(name).is_some_and(|m| m.returns == Some(Returns::Receiver));
                same.then_some(table)
            }
            _ => None,
        },
        // `del frame["a"]`
        OpKind::Delete(part) => match facts.op(part).kind {
            OpKind::Index(table, _) => Some(table),
            _ => None,
        },
        OpKind::SetAttr(table, name, _) => {
            lexicon.table_attribute(name).is_some_and(|m| m.frame == Some(Columns::Fields)).then_some(table)
        }
        _ => None,
    }
}

/// Does a method change its receiver's columns?
fn works_in_place(follow: Follow<'_>, lexicon: &Lexicon, call: Node, name: crate::fact::Text) -> bool {
    let known =
        follow.types.callees(call).iter().find_map(|c| if let Callee::Meaning(m) = c { Some(*m) } else { None });
    let Some(meaning) = known.or_else(|| lexicon.table_method(name)) else { return false };
    meaning.takes_out && lexicon.table_method(name).is_some_and(|m| m.takes_out)
        || in_place(follow, call)
        || (meaning.frame == Some(Columns::Define) && meaning.returns.is_none())
        || (meaning.gives_nothing && meaning.selects.is_some())
}

/// `frame.drop(..., inplace=True)`
pub(super) fn in_place(follow: Follow<'_>, call: Node) -> bool {
    let OpKind::Call(_, operands) = follow.program.op(call).kind else { return false };
    follow.program.operands(call.file, operands).iter().any(|operand| {
        matches!(operand.role, Role::Named(name) if name == "inplace")
            && matches!(follow.program.op(Node { value: operand.value, ..call }).kind, OpKind::Bool(true))
    })
}

/// Does a function's body set something in what its parameter holds in the end?
fn changes(follow: Follow<'_>, def: Def, param: u32) -> bool {
    let definition = follow.program.definition(def);
    let Some(param) = definition.params.get(param as usize) else { return false };
    let Some(last) = follow.program.binding(def, param.name) else { return false };
    let mut waiting = vec![last];
    let (mut set, mut reached) = (false, false);
    for _ in 0..200 {
        let Some(value) = waiting.pop() else { break };
        match follow.program.op(Node { file: def.file, value }).kind {
            OpKind::SetIndex(object, ..) => {
                set = true;
                waiting.push(object);
            }
            OpKind::After(object, _) => {
                set = true;
                waiting.push(object);
            }
            OpKind::Either(operands) => {
                waiting.extend(follow.program.operands(def.file, operands).iter().map(|o| o.value));
            }
            _ => reached |= value == param.value,
        }
    }
    set && reached
}

/// The parameter that a value is.
fn parameter(follow: Follow<'_>, node: Node) -> Option<u32> {
    let mut node = node;
    for _ in 0..50 {
        match follow.program.op(node).kind {
            OpKind::Param(index) => return Some(index),
            OpKind::SetIndex(object, ..) | OpKind::After(object, _) => node.value = object,
            _ => return None,
        }
    }
    None
}
