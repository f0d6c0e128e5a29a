//! Glue: calls that only change a representation, how dense they stand, and chains that end where they began.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::{Known, Role, View, gauges, uses};
use crate::fact::{OpKind, Operand, Role as ArgRole, Text};
use crate::lexicon::Meaning;
use crate::program::{Def, Node};
use crate::system::graph::{NodeId, System};
use crate::value::follow::Seen;
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Adds counts of conversions and groups for round trips.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let mut conversions: Vec<Node> = Vec::new();
    let mut counts: FxHashMap<NodeId, (usize, SmallVec<[&str; 4]>)> = FxHashMap::default();
    for index in 0..view.program.def_count() {
        let def = view.program.def_at(index);
        if known.roles[def.file.index()] == Role::Test {
            continue;
        }
        for value in view.program.definition(def).body.clone() {
            let node = Node { file: def.file, value };
            let Some(meaning) = conversion(view, node) else { continue };
            conversions.push(node);
            if is_glue(view, node, meaning) {
                let (count, targets) = counts.entry(view.code(known, def)).or_default();
                *count += 1;
                targets.extend(meaning.converts.as_deref().filter(|t| !targets.contains(t)));
            }
            round_trip(view, system, known, def, node, meaning);
        }
    }
    gauges::derive(view, system, known, &conversions);
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_unstable();
    for (code, (count, targets)) in counts {
        if system.node(code).kind != NodeKind::Function || is_algebra(&system.node(code).name) {
            continue;
        }
        let statements = match system.get(code, "statements") {
            Some(crate::system::graph::Value::Number(n)) => usize::try_from(n).unwrap_or(0).max(1),
            _ => 1,
        };
        system.count(code, "conversions", count);
        system.count(code, "conversion-share", count * 100 / statements);
        system.count(code, "conversion-targets", targets.len());
    }
}

/// In a layer's own arithmetic a change of shape or type is the mathematics, not glue.
fn is_algebra(name: &str) -> bool {
    matches!(name, "forward" | "call" | "__call__" | "loss" | "training_step")
}

/// What a conversion means, if the operation is one.
fn conversion<'a>(view: &View<'a>, node: Node) -> Option<&'a Meaning> {
    match view.program.op(node).kind {
        OpKind::Call(_, operands) => view.types.callees(node).iter().find_map(|c| match c {
            Callee::Meaning(m) if m.converts.is_some() => {
                let works =
                    |o: &Operand| matches!(o.role, ArgRole::Named(n) if m.works_with.iter().any(|w| w == n.as_str()));
                (!view.program.operands(node.file, operands).iter().any(works)).then_some(*m)
            }
            _ => None,
        }),
        OpKind::Attr(..) => view.types.attribute(node).filter(|m| m.converts.is_some()),
        _ => None,
    }
}

/// Carries the conversion data from one library's representation into another's? Texts are read and written anyway,
/// and what is listed on the spot was in no representation before.
fn is_glue(view: &View<'_>, node: Node, meaning: &Meaning) -> bool {
    let Some(source) = converted(view, node) else { return false };
    let listed = matches!(view.program.op(source).kind, OpKind::List(_) | OpKind::Tuple(_) | OpKind::Dict(_));
    let target = meaning.converts.as_deref().unwrap_or_default();
    !listed && target != "text" && representations(view, source).any(|r| r != "text" && r != target)
}

/// The value that a conversion converts: what it is called on, else its first argument.
fn converted(view: &View<'_>, node: Node) -> Option<Node> {
    match view.program.op(node).kind {
        OpKind::Attr(object, _) => Some(Node { value: object, ..node }),
        OpKind::Call(function, operands) => {
            if let OpKind::Attr(object, _) = view.program.op(Node { value: function, ..node }).kind {
                let object = Node { value: object, ..node };
                if view.types.instances(object).next().is_some() {
                    return Some(object);
                }
            }
            view.program.operands(node.file, operands).first().map(|o| Node { value: o.value, ..node })
        }
        _ => None,
    }
}

/// The one representation that a value is known to be in.
fn representation(view: &View<'_>, node: Node) -> Option<Text> {
    let mut all: Vec<Text> = representations(view, node).collect();
    all.dedup();
    if let [only] = all.as_slice() { Some(*only) } else { None }
}

fn representations<'v>(view: &'v View<'_>, node: Node) -> impl Iterator<Item = Text> + 'v {
    view.types.instances(node).filter_map(|of| view.lexicon.of_type(of, &|t| t.represents.as_deref()).map(Text::from))
}

/// Is what is converted here the untouched result of a conversion from what is made here?
fn round_trip(view: &View<'_>, system: &mut System, known: &Known, def: Def, second: Node, meaning: &Meaning) {
    let Some(target) = meaning.converts.as_deref() else { return };
    let Some(mut between) = converted(view, second) else { return };
    // Only through names, never through another operation.
    for _ in 0..6 {
        if conversion(view, between).is_some() {
            break;
        }
        // A field may hold what another call of the same body put there.
        if matches!(view.program.op(between).kind, OpKind::Attr(..) | OpKind::Index(..) | OpKind::Part(..)) {
            return;
        }
        let steps = view.evaluator.follow.back(&Seen::anywhere(between));
        match steps.values.as_slice() {
            [only] if only.stack.is_empty() && view.program.owner(only.node) == def => between = only.node,
            _ => return,
        }
    }
    let Some(first) = conversion(view, between) else { return };
    // The cells of a table may be arrays themselves: only as lists do they become one array.
    let cells = converted(view, between).is_some_and(|of| conversion(view, of).is_some());
    if cells && first.converts.as_deref() == Some("list") {
        return;
    }
    // Something else needs what lies between, or the branch was taken because the type is another.
    if uses(view, between.file, between.value) > 1
        || converted(view, between).is_some_and(|of| is_asked_for(view, between, of))
    {
        return;
    }
    let (Some(source), Some(middle)) =
        (converted(view, between).and_then(|n| representation(view, n)), first.converts.as_deref())
    else {
        return;
    };
    // A text that is parsed and written again is put in order, checked, or laid out anew.
    if source != target || middle == target || source == "text" {
        return;
    }
    let name = Text::from(&format!("{source} -> {middle} -> {target}"));
    let group = system.add(NodeKind::Group, name, view.program.place(second), view.symbol(def));
    system.say(group, "what", "round-trip");
    system.say(group, "role", known.roles[def.file.index()].word());
    let code = view.code(known, def);
    system.join(EdgeKind::Converts, code, group, view.program.place(between), Certainty::Inferred);
}

/// Does a condition around `node` ask something of the value, as `isinstance` does?
fn is_asked_for(view: &View<'_>, node: Node, value: Node) -> bool {
    view.evaluator.branches.around(node).any(|arm| {
        let OpKind::If(mut condition, _) = view.program.op(Node { value: arm.start, ..node }).kind else {
            return false;
        };
        if let OpKind::Not(inner) = view.program.op(Node { value: condition, ..node }).kind {
            condition = inner;
        }
        match view.program.op(Node { value: condition, ..node }).kind {
            OpKind::Call(_, operands) => {
                view.program.operands(node.file, operands).iter().any(|o| o.value == value.value)
            }
            _ => false,
        }
    })
}
