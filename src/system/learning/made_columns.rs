//! The columns that each body makes by name, in whatever style: set on a table or map, told in a map, assigned by keyword,
//! or put by their names into a row.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::fact::{OpKind, Operand, Operands, Role as ArgRole, Text};
use crate::lexicon::Columns as Frame;
use crate::program::{Def, Node};
use crate::source::FileId;
use crate::system::View;
use crate::value::follow::Seen;
use crate::value::sampled::{Columns, Made, plain};
use crate::value::types::Callee;

/// Fewer entries of a map, or names in a row, are none.
const WIDTH: usize = 3;
/// Lists and calls around a map.
const DEPTH: usize = 3;
/// Statements in a row that each change one value.
const CHAIN: usize = 400;

/// On which side a file stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It makes tables that models are fitted on; what it puts into maps are settings and results.
    Training,
    /// It makes inputs for a model: tables, maps, rows.
    Service,
}

/// The columns of all bodies of some files.
pub fn columns(view: &View<'_>, files: &FxHashSet<FileId>, place: Place) -> FxHashMap<Def, Columns> {
    let mut found: FxHashMap<Def, Columns> = FxHashMap::default();
    for index in 0..view.program.def_count() {
        let def = view.program.def_at(index);
        if !files.contains(&def.file) {
            continue;
        }
        let mut own = Columns::default();
        let mut add = |made: Made| {
            let name = plain(&made.name);
            if !name.is_empty() {
                own.entry(name).or_default().push(made);
            }
        };
        for value in view.program.definition(def).body.clone() {
            made(view, place, def, Node { file: def.file, value }, &mut add);
        }
        if !own.is_empty() {
            found.insert(def, own);
        }
    }
    found
}

/// The columns that an operation makes.
fn made(view: &View<'_>, place: Place, def: Def, node: Node, add: &mut dyn FnMut(Made)) {
    let program = view.program;
    let at = |value: u32| Node { value, ..node };
    match program.op(node).kind {
        OpKind::SetIndex(object, index, value) if place == Place::Service || !is_map(view, at(object)) => {
            if let Some(name) = program.literal(at(index)) {
                add(Made { name, by: node, value: at(value), partly: false });
            } else if let OpKind::Tuple(operands) = program.op(at(index)).kind {
                // `frame.loc[mask, "a"] = value`
                let second = program.operands(node.file, operands).get(1);
                if let Some(name) = second.and_then(|o| program.literal(at(o.value))) {
                    add(Made { name, by: node, value: at(value), partly: true });
                }
            }
        }
        OpKind::Dict(operands) if place == Place::Service || becomes_table(view, node, 0) => {
            entries(view, node, operands).into_iter().for_each(add);
        }
        OpKind::Call(_, operands) if assigns(view, node) => {
            for operand in program.operands(node.file, operands) {
                if let ArgRole::Named(name) = operand.role {
                    add(Made { name, by: at(operand.value), value: at(operand.value), partly: false });
                }
            }
        }
        OpKind::List(operands) | OpKind::Tuple(operands) if def.id != 0 && place == Place::Service => {
            row(view, def, program.operands(node.file, operands)).into_iter().for_each(add);
        }
        _ => {}
    }
}

/// The entries of a map with names; a map of nothing but constants is a sample or a setting.
fn entries(view: &View<'_>, node: Node, operands: Operands) -> Vec<Made> {
    let program = view.program;
    let at = |value: u32| Node { value, ..node };
    let pairs = program.operands(node.file, operands).windows(2).filter(|pair| pair[0].role == ArgRole::Key);
    let named: Vec<Made> = pairs
        .filter_map(|pair| {
            let name = program.literal(at(pair[0].value))?;
            Some(Made { name, by: at(pair[0].value), value: at(pair[1].value), partly: false })
        })
        .collect();
    let written = |made: &Made| {
        matches!(
            program.op(made.value).kind,
            OpKind::Int(_) | OpKind::Float(_) | OpKind::Str(_) | OpKind::Bool(_) | OpKind::Nothing | OpKind::List(_)
        )
    };
    if named.len() < WIDTH || named.iter().all(written) { Vec::new() } else { named }
}

/// The names in a row of values, if most of them have one.
fn row(view: &View<'_>, def: Def, operands: &[Operand]) -> Vec<Made> {
    let program = view.program;
    let bindings = &program.definition(def).bindings;
    let arms = |value: u32| match program.op(Node { file: def.file, value }).kind {
        OpKind::Either(operands) => {
            Some(program.operands(def.file, operands).iter().map(|o| o.value).collect::<Vec<_>>())
        }
        _ => None,
    };
    let named: Vec<Made> = operands
        .iter()
        .filter_map(|operand| {
            let own = arms(operand.value);
            let (name, _) =
                bindings.iter().find(|(_, value)| *value == operand.value || own.is_some() && arms(*value) == own)?;
            let value = Node { file: def.file, value: operand.value };
            Some(Made { name: *name, by: value, value, partly: false })
        })
        .collect();
    if named.len() >= WIDTH && named.len() * 4 >= operands.len() * 3 { named } else { Vec::new() }
}

/// Does a call set columns that its keywords name?
fn assigns(view: &View<'_>, node: Node) -> bool {
    let mut known = view.types.callees(node).iter();
    let OpKind::Call(function, _) = view.program.op(node).kind else { return false };
    known.any(|callee| matches!(callee, Callee::Meaning(m) if m.frame == Some(Frame::Assign)))
        || matches!(view.program.op(Node { value: function, ..node }).kind, OpKind::Attr(_, name)
            if view.lexicon.table_method(name).is_some_and(|m| m.frame == Some(Frame::Assign)))
}

/// Is a value a map that the code begins itself, and no table?
fn is_map(view: &View<'_>, node: Node) -> bool {
    let mut node = node;
    for _ in 0..CHAIN {
        match view.program.op(node).kind {
            OpKind::SetIndex(object, ..) | OpKind::After(object, _) => node.value = object,
            _ => break,
        }
    }
    let begins = |node: Node| match view.program.op(node).kind {
        OpKind::Dict(_) => true,
        _ => view.types.is_a(node, "builtins.dict"),
    };
    begins(node) || view.evaluator.follow.back_shared(&Seen::anywhere(node)).values.iter().any(|of| begins(of.node))
}

/// Is a map made into a table where it stands?
fn becomes_table(view: &View<'_>, node: Node, depth: usize) -> bool {
    depth < DEPTH
        && view.users.of(node).iter().any(|user| {
            let user = Node { value: *user, ..node };
            match view.program.op(user).kind {
                OpKind::List(_) => becomes_table(view, user, depth + 1),
                OpKind::Call(..) => view
                    .types
                    .callees(user)
                    .iter()
                    .any(|callee| matches!(callee, Callee::Meaning(m) if m.frame == Some(Frame::Make))),
                _ => false,
            }
        })
}

/// The plain names of all columns, fields, keys and values that a file speaks of.
pub fn spoken(view: &View<'_>, file: FileId) -> FxHashSet<Text> {
    let facts = view.program.file(file);
    let mut found = FxHashSet::default();
    for op in &facts.ops {
        match op.kind {
            OpKind::Str(text) if text.len() < 60 => {
                found.insert(plain(&text));
            }
            OpKind::Attr(_, name) => {
                found.insert(plain(&name));
            }
            _ => {}
        }
    }
    for definition in &facts.definitions {
        found.extend(definition.bindings.iter().map(|(name, _)| plain(name)));
        found.extend(definition.params.iter().map(|param| plain(&param.name)));
    }
    found
}
