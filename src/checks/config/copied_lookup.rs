//! Fields that are filled one by one from the keys of a map, and one that takes the key of another.

use rustc_hash::FxHashSet;

use crate::fact::{OpKind, Operand, Role, Text};
use crate::program::{Def, Node};
use crate::source::Kind;
use crate::system::View;
use crate::system::check::{Check, Grounds, Sighting};
use crate::value::types::Callee;
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "copied-lookup", find };

/// So many fields at least take the key that they are called by.
const FAMILY: usize = 3;

/// Calls around a look-up that make another type of it.
const WRAPPED: usize = 3;

/// A field and the key that fills it.
struct Filled {
    field: Text,
    key: Text,
    /// The look-up.
    read: Node,
    map: Node,
    default: Option<String>,
}

/// One sighting for each field that takes the key of another, where its own key is known or another default is given.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let mut found = Vec::new();
    let mut said: Option<FxHashSet<Text>> = None;
    for index in 0..view.program.def_count() {
        let def = view.program.def_at(index);
        if !grounds.is_product(def.file) || view.program.sources[def.file.index()].kind != Kind::Python {
            continue;
        }
        let groups: Vec<Vec<Filled>> = filled(view, def).into_iter().filter(|group| group.len() > FAMILY).collect();
        for (filled, of) in groups.iter().flat_map(|group| odd(group).map(move |of| (group, of))) {
            let own = own_key(filled, of);
            let twin = filled.iter().find(|other| other.key == of.key && other.field != of.field);
            let Some((own, twin)) = own.zip(twin) else { continue };
            let defaults = matches!((&of.default, &twin.default), (Some(one), Some(two)) if one != two);
            let said = said.get_or_insert_with(|| texts(view));
            if !said.contains(&own) && !defaults {
                continue;
            }
            found.push(Sighting::new(
                view.program.place(of.read),
                vec![view.symbol(def), of.field],
                Certainty::Inferred,
                vec![
                    ("field", of.field.into()),
                    ("key", of.key.into()),
                    ("own", own.into()),
                    ("twin", view.program.place(twin.read).into()),
                ],
            ));
        }
    }
    found
}

/// The fields that a body sets, and those that a call or a map in it gets, each from the keys of one map.
fn filled(view: &View<'_>, def: Def) -> Vec<Vec<Filled>> {
    let mut set: Vec<Filled> = Vec::new();
    let mut groups: Vec<Vec<Filled>> = Vec::new();
    for value in view.program.definition(def).body.clone() {
        let at = |value| Node { file: def.file, value };
        match view.program.op(at(value)).kind {
            OpKind::SetAttr(_, field, given) => set.extend(looked_up(view, field, at(given))),
            OpKind::SetIndex(_, key, given) => {
                set.extend(view.program.literal(at(key)).and_then(|field| looked_up(view, field, at(given))));
            }
            OpKind::Call(_, operands) => {
                let given = view.program.operands(def.file, operands).iter().filter_map(|operand| match operand.role {
                    Role::Named(field) => looked_up(view, field, at(operand.value)),
                    _ => None,
                });
                groups.push(given.collect());
            }
            OpKind::Dict(operands) => {
                let pairs =
                    view.program.operands(def.file, operands).windows(2).filter(|pair| pair[0].role == Role::Key);
                let given = pairs
                    .filter_map(|pair| looked_up(view, view.program.literal(at(pair[0].value))?, at(pair[1].value)));
                groups.push(given.collect());
            }
            _ => {}
        }
    }
    groups.push(set);
    groups.into_iter().map(of_one_map).collect()
}

/// Those that are filled from the map from which most are.
fn of_one_map(mut all: Vec<Filled>) -> Vec<Filled> {
    let count = |map: Node| all.iter().filter(|of| of.map == map).count();
    if let Some(most) = all.iter().map(|of| of.map).max_by_key(|map| count(*map)) {
        all.retain(|of| of.map == most);
    }
    all
}

/// Does a library's call give its argument another type? What one's own function makes of it is something else.
fn is_conversion(view: &View<'_>, call: Node) -> bool {
    let own = view.types.callees(call).iter().any(|callee| matches!(callee, Callee::Function(..)));
    !own && view.types.called_name(call).is_some()
}

/// The look-up that a value is, perhaps made another type.
fn looked_up(view: &View<'_>, field: Text, set: Node) -> Option<Filled> {
    let mut at = set;
    for _ in 0..WRAPPED {
        match view.program.op(at).kind {
            OpKind::Index(map, key) => {
                let key = view.program.literal(Node { value: key, ..at })?;
                return Some(Filled { field, key, read: at, map: Node { value: map, ..at }, default: None });
            }
            OpKind::Call(function, operands) => {
                let operands = view.program.operands(at.file, operands);
                let first = operands.first().filter(|o| o.role == Role::Plain)?;
                let first = Node { value: first.value, ..at };
                if let OpKind::Attr(map, name) = view.program.op(Node { value: function, ..at }).kind
                    && (name == "get" || name == "pop")
                {
                    let key = view.program.literal(first)?;
                    let default = operands.get(1).and_then(|o: &Operand| shown(view, Node { value: o.value, ..at }));
                    return Some(Filled { field, key, read: at, map: Node { value: map, ..at }, default });
                }
                (operands.len() == 1 && is_conversion(view, at)).then_some(())?;
                at = first;
            }
            _ => return None,
        }
    }
    None
}

fn shown(view: &View<'_>, node: Node) -> Option<String> {
    match view.program.op(node).kind {
        OpKind::Int(of) => Some(of.to_string()),
        OpKind::Float(of) => Some(of.to_string()),
        OpKind::Bool(of) => Some(of.to_string()),
        OpKind::Str(of) => Some(format!("'{of}'")),
        _ => None,
    }
}

/// What stands before the key in the names of most fields: nothing, or one word of all of them.
fn prefix(filled: &[Filled]) -> Option<&str> {
    let prefixes: Vec<&str> = filled.iter().filter_map(|of| of.field.as_str().strip_suffix(of.key.as_str())).collect();
    let count = |prefix: &str| prefixes.iter().filter(|other| **other == prefix).count();
    let most = prefixes.iter().copied().max_by_key(|prefix| count(prefix))?;
    (count(most) >= FAMILY && count(most) * 2 > filled.len()).then_some(most)
}

/// The key that a field is called by.
fn own_key(filled: &[Filled], of: &Filled) -> Option<Text> {
    of.field.strip_prefix(prefix(filled)?).map(Text::from)
}

/// The fields that take a key which they are not called by, where another field takes the same.
fn odd(filled: &[Filled]) -> impl Iterator<Item = &Filled> {
    let before = prefix(filled);
    let is_own = move |of: &Filled| before.is_some_and(|p| of.field.as_str() == format!("{p}{}", of.key));
    let twice = |of: &Filled| filled.iter().any(|other| other.key == of.key && other.field != of.field);
    let own_is_free = |of: &Filled| own_key(filled, of).is_some_and(|own| filled.iter().all(|other| other.key != own));
    filled.iter().filter(move |of| before.is_some() && !is_own(of) && twice(of) && own_is_free(of))
}

/// All texts and keys that code and settings say.
fn texts(view: &View<'_>) -> FxHashSet<Text> {
    let mut found: FxHashSet<Text> = view.evaluator.settings.keys().collect();
    for file in view.program.files() {
        let facts = view.program.file(file);
        found.extend(facts.ops.iter().filter_map(|op| if let OpKind::Str(text) = op.kind { Some(text) } else { None }));
    }
    found
}
