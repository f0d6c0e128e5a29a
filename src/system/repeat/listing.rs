//! Listings of files whose order decides something: which come first, which number each gets.

use rustc_hash::FxHashSet;

use super::{Odd, View};
use crate::fact::{Definition, Facts, OpKind, Operands, Operator, Text, Val};
use crate::lexicon::Subject;
use crate::program::{Def, Node};
use crate::source::{At, FileId};
use crate::value::types::{Callee, Type};
use crate::vocabulary::Certainty;

/// What such a group is called.
pub const WHAT: &str = "listing";

/// Steps from what a listing is used for to where it is made.
const DEPTH: usize = 8;

/// Calls that put a path together.
const PATHS: usize = 4;

/// One finding for each body and use.
pub fn find(view: &View<'_>, file: FileId) -> Vec<Odd> {
    let definitions = || (0..).zip(&view.program.file(file).definitions);
    let fields: Fields = definitions().flat_map(|(id, d)| kept(view, Def { file, id }, d)).collect();
    definitions().filter_map(|(id, definition)| of_body(view, Def { file, id }, definition, &fields)).collect()
}

/// Fields of classes that keep a listing in the order in which it came.
type Fields = FxHashSet<(Def, Text)>;

/// The fields in which a body keeps listings.
fn kept(view: &View<'_>, def: Def, definition: &Definition) -> Vec<(Def, Text)> {
    let facts = view.program.file(def.file);
    let mut listed: FxHashSet<Val> = FxHashSet::default();
    let mut found = Vec::new();
    for value in definition.body.clone() {
        if passes_on(view, facts, def, value, &listed) {
            listed.insert(value);
        }
        if let OpKind::SetAttr(object, name, of) = facts.op(value).kind
            && listed.contains(&of)
        {
            found.extend(classes(view, Node { file: def.file, value: object }).map(|class| (class, name)));
        }
    }
    found
}

/// The classes of which a value may be an object.
fn classes<'v>(view: &'v View<'_>, node: Node) -> impl Iterator<Item = Def> + 'v {
    view.types.of(node).iter().filter_map(|ty| if let Type::Object(class) = ty { Some(*class) } else { None })
}

fn of_body(view: &View<'_>, def: Def, definition: &Definition, fields: &Fields) -> Option<Odd> {
    let facts = view.program.file(def.file);
    let at = |value: Val| Node { file: def.file, value };
    let mut listed: FxHashSet<Val> = FxHashSet::default();
    for value in definition.body.clone() {
        let of_field = |object: Val, name: Text| classes(view, at(object)).any(|class| fields.contains(&(class, name)));
        let field = matches!(facts.op(value).kind, OpKind::Attr(object, name) if of_field(object, name));
        if field || passes_on(view, facts, def, value, &listed) {
            listed.insert(value);
        }
        // Whoever shuffles it wants no order of it.
        if let OpKind::Call(_, operands) = facts.op(value).kind
            && is(view, at(value), |meaning| meaning.draws)
        {
            facts.operands(operands).iter().for_each(|o| {
                listed.remove(&o.value);
            });
        }
        let reason = match facts.op(value).kind {
            OpKind::Index(of, index) if listed.contains(&of) => match facts.op(index).kind {
                OpKind::Slice(from, to) if is_cut(facts, from) || is_cut(facts, to) => {
                    "which files come into a part of it"
                }
                OpKind::Int(-1) if is_taken(view, def, definition, value) => "which file is taken for the last",
                OpKind::Int(_) if is_model(view, def, definition, value, 0) => "which model is loaded",
                _ => continue,
            },
            OpKind::Call(_, operands)
                if is_next(view, at(value))
                    && facts.operands(operands).iter().any(|o| listed.contains(&o.value))
                    && is_model(view, def, definition, value, 0) =>
            {
                "which model is loaded"
            }
            OpKind::Call(_, operands) if counts(view, facts, at(value), operands, &listed) => {
                "which number each file gets"
            }
            OpKind::Call(_, operands) if pairs(view, facts, at(value), operands, &listed) => {
                "which file goes with which"
            }
            OpKind::Call(_, operands)
                if facts.operands(operands).iter().any(|o| listed.contains(&o.value))
                    && ((numbers(view, at(value)) && keeps_numbers(facts, definition, value))
                        || splits(view, at(value))) =>
            {
                if splits(view, at(value)) {
                    "which rows are kept for testing"
                } else {
                    "which number each file gets"
                }
            }
            _ => continue,
        };
        return Some(Odd {
            what: WHAT,
            name: Text::from(view.symbol(def).as_str()),
            reason: reason.to_owned(),
            at: view.program.place(at(value)),
            symbol: view.symbol(def),
            size: 1,
            certainty: Certainty::Inferred,
            listed: sortable(view, def, value),
        });
    }
    None
}

/// The one listing that a value is made from, if that can be sorted.
fn sortable(view: &View<'_>, def: Def, value: Val) -> Option<At> {
    let mut found = Vec::new();
    listings(view, Node { file: def.file, value }, 0, &mut found);
    let [one] = found.as_slice() else { return None };
    is(view, *one, |meaning| meaning.sortable).then(|| view.program.place(*one))
}

/// The listings that a value is made from, each once.
fn listings(view: &View<'_>, node: Node, depth: usize, found: &mut Vec<Node>) {
    let facts = view.program.file(node.file);
    let mut further = |value: Val| {
        if depth < DEPTH {
            listings(view, Node { value, ..node }, depth + 1, found);
        }
    };
    match facts.op(node.value).kind {
        OpKind::Call(..) if is(view, node, |meaning| meaning.unordered) => {
            let is_new = !found.contains(&node);
            found.extend(is_new.then_some(node));
        }
        OpKind::Call(_, operands) | OpKind::List(operands) | OpKind::Tuple(operands) => {
            facts.operands(operands).iter().for_each(|o| further(o.value));
        }
        OpKind::Index(of, _) | OpKind::After(of, _) | OpKind::Element(of) | OpKind::Attr(of, _) => further(of),
        _ => {}
    }
}

/// Does a value hold a listing in the order in which it came?
fn passes_on(view: &View<'_>, facts: &Facts, def: Def, value: Val, listed: &FxHashSet<Val>) -> bool {
    let node = Node { file: def.file, value };
    match facts.op(value).kind {
        OpKind::Call(function, operands) => {
            if is(view, node, |meaning| meaning.unordered) {
                return true;
            }
            let keeps = view.types.called_name(node).is_some_and(|name| name == "builtins.list");
            keeps && facts.operands(operands).iter().any(|o| listed.contains(&o.value)) && !listed.contains(&function)
        }
        // `files.sort()` and `shuffle(files)` put them into another order.
        OpKind::After(of, call) => listed.contains(&of) && !is_ordering(facts, call),
        // `[f for f in listdir(d) if ..]`
        OpKind::List(operands) => {
            let operands = facts.operands(operands);
            operands.len() == 1
                && operands.iter().all(|o| match facts.op(o.value).kind {
                    OpKind::Element(of) => listed.contains(&of),
                    OpKind::Attr(of, _) => matches!(facts.op(of).kind, OpKind::Element(of) if listed.contains(&of)),
                    OpKind::Call(_, parts) => facts
                        .operands(parts)
                        .iter()
                        .any(|p| matches!(facts.op(p.value).kind, OpKind::Element(of) if listed.contains(&of))),
                    _ => false,
                })
        }
        _ => false,
    }
}

fn is_ordering(facts: &Facts, call: Val) -> bool {
    match facts.op(call).kind {
        OpKind::Call(function, _) => matches!(facts.op(function).kind, OpKind::Attr(_, name) if name == "sort"),
        _ => false,
    }
}

/// A bound of a slice that is not the beginning or the end.
fn is_cut(facts: &Facts, bound: Val) -> bool {
    bound != Val::MAX && !matches!(facts.op(bound).kind, OpKind::Nothing | OpKind::Int(0))
}

fn is(view: &View<'_>, call: Node, asked: impl Fn(&crate::lexicon::Meaning) -> bool) -> bool {
    view.types.callees(call).iter().any(|callee| matches!(callee, Callee::Meaning(meaning) if asked(meaning)))
}

fn splits(view: &View<'_>, call: Node) -> bool {
    is(view, call, |meaning| meaning.splits)
}

fn is_next(view: &View<'_>, call: Node) -> bool {
    view.types.called_name(call).is_some_and(|name| name == "builtins.next")
}

/// Does a call put numbers beside a listing: `zip(names, range(len(names)))`?
fn counts(view: &View<'_>, facts: &Facts, call: Node, operands: Operands, listed: &FxHashSet<Val>) -> bool {
    let called = |value: Val| view.types.called_name(Node { value, ..call });
    let numbers = |value: Val| called(value).is_some_and(|name| name == "builtins.range" || name == "itertools.count");
    let operands = || facts.operands(operands).iter().map(|o| o.value);
    called(call.value).is_some_and(|name| name == "builtins.zip")
        && operands().any(|value| listed.contains(&value))
        && operands().any(numbers)
}

/// Does a call put listings side by side, whose elements belong together?
fn pairs(view: &View<'_>, facts: &Facts, call: Node, operands: Operands, listed: &FxHashSet<Val>) -> bool {
    let several = |operands: Operands| {
        let found: FxHashSet<Val> =
            facts.operands(operands).iter().map(|o| o.value).filter(|value| listed.contains(value)).collect();
        found.len() > 1
    };
    if view.types.called_name(call).is_some_and(|name| name == "builtins.zip") {
        return several(operands);
    }
    let own = view.types.callees(call).iter().any(|callee| matches!(callee, Callee::Function(..)));
    let tuple = |value: Val| matches!(facts.op(value).kind, OpKind::Tuple(inner) if several(inner));
    !own && facts.operands(operands).iter().any(|o| tuple(o.value))
}

/// Is a value the place of a model that is read, by itself or as the end of a path?
fn is_model(view: &View<'_>, def: Def, definition: &Definition, value: Val, depth: usize) -> bool {
    let facts = view.program.file(def.file);
    let further = |user: Val| depth < PATHS && is_model(view, def, definition, user, depth + 1);
    definition.body.clone().filter(|user| *user > value).any(|user| match facts.op(user).kind {
        OpKind::Call(_, operands) if facts.operands(operands).iter().any(|o| o.value == value) => {
            let call = Node { file: def.file, value: user };
            is(view, call, |meaning| meaning.reads == Some(Subject::Model))
                || (is(view, call, |meaning| meaning.text.is_some()) && further(user))
        }
        OpKind::Binary(Operator::Div | Operator::Add, a, b) if a == value || b == value => further(user),
        OpKind::Format(operands) if facts.operands(operands).iter().any(|o| o.value == value) => further(user),
        _ => false,
    })
}

/// Is a value given back, or the place of what is read?
fn is_taken(view: &View<'_>, def: Def, definition: &Definition, value: Val) -> bool {
    let facts = view.program.file(def.file);
    definition.body.clone().any(|user| match facts.op(user).kind {
        OpKind::Return(of) => of == value,
        OpKind::Call(_, operands) => {
            facts.operands(operands).iter().any(|o| o.value == value)
                && is(view, Node { file: def.file, value: user }, |meaning| meaning.reads.is_some() || meaning.opens)
        }
        _ => false,
    })
}

/// Do the numbers that a call gives become keys or values of something? Elsewhere they only count what was done.
fn keeps_numbers(facts: &Facts, definition: &Definition, call: Val) -> bool {
    let is_number = |value: Val| match facts.op(value).kind {
        OpKind::Part(pair, 0) => matches!(facts.op(pair).kind, OpKind::Element(of) if of == call),
        _ => false,
    };
    definition.body.clone().any(|value| match facts.op(value).kind {
        OpKind::Dict(operands) => facts.operands(operands).iter().any(|o| is_number(o.value)),
        OpKind::SetIndex(_, index, to) => is_number(index) || is_number(to),
        _ => false,
    })
}

/// Does a call number what it is given?
fn numbers(view: &View<'_>, call: Node) -> bool {
    let OpKind::Call(function, _) = view.program.op(call).kind else { return false };
    let function = Node { value: function, ..call };
    view.types.of(function).iter().any(|ty| matches!(ty, Type::Library(name) if *name == "builtins.enumerate"))
}
