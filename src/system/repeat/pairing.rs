//! Two listings of files whose entries are taken together by their places: pictures and their masks.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Odd, View};
use crate::fact::{DefKind, OpKind, Text, Val};
use crate::program::{Def, Node};
use crate::source::FileId;
use crate::system::rewritten::same_value;
use crate::value::follow::Seen;
use crate::value::types::Callee;
use crate::vocabulary::Certainty;

/// Names that a listing may go by, and what is made of its entries on the way.
const STEPS: usize = 12;

/// A listing, and whether somebody has put it into an order.
#[derive(Clone, Copy)]
struct Listing {
    call: Node,
    ordered: bool,
}

/// One finding for each body.
pub fn find(view: &View<'_>, file: FileId) -> Vec<Odd> {
    let facts = view.program.file(file);
    let lists = (0..).zip(&facts.ops).any(|(value, _)| is_unordered(view, Node { file, value }));
    if !lists {
        return Vec::new();
    }
    let mut told: FxHashSet<Node> = FxHashSet::default();
    let mut found = Vec::new();
    for (id, definition) in (0..).zip(&facts.definitions) {
        let def = Def { file, id };
        if definition.kind == DefKind::Class {
            continue;
        }
        let mut by_place: FxHashMap<Val, Vec<Val>> = FxHashMap::default();
        for value in definition.body.clone() {
            let node = Node { file, value };
            let together: Vec<Val> = match facts.op(value).kind {
                OpKind::Call(_, operands) if is(view, node, |meaning| meaning.pairs) => {
                    facts.operands(operands).iter().map(|o| o.value).collect()
                }
                OpKind::Index(of, place) if is_place(facts.op(place).kind) => {
                    let taken = by_place.entry(place).or_default();
                    taken.push(of);
                    taken.clone()
                }
                _ => continue,
            };
            let listings: Vec<Listing> = together
                .iter()
                .filter_map(|of| listing(view, &Seen::anywhere(Node { file, value: *of }), STEPS))
                .collect();
            let Some(loose) = loose(view, &listings).filter(|call| told.insert(*call)) else { continue };
            found.push(Odd {
                what: "listing",
                name: Text::from(view.symbol(def).as_str()),
                reason: "which file goes with which".to_owned(),
                at: view.program.place(loose),
                symbol: view.symbol(def),
                size: 1,
                certainty: Certainty::Inferred,
                listed: sortable(view, loose).then(|| view.program.place(loose)),
            });
        }
    }
    found
}

/// Can what a call lists be sorted?
fn sortable(view: &View<'_>, call: Node) -> bool {
    view.types.callees(call).iter().any(|callee| matches!(callee, Callee::Meaning(meaning) if meaning.sortable))
}

/// Is it a place that runs through a sequence?
fn is_place(kind: OpKind) -> bool {
    matches!(kind, OpKind::Param(_) | OpKind::Element(_) | OpKind::Part(..) | OpKind::Binary(..))
}

/// A listing in no order beside another one.
fn loose(view: &View<'_>, listings: &[Listing]) -> Option<Node> {
    let one = listings.iter().find(|listing| !listing.ordered)?;
    let other = |other: &&Listing| other.call != one.call && !same_value(view, other.call, one.call, 0);
    listings.iter().find(other).map(|_| one.call)
}

/// The listing whose entries a sequence holds, one for one.
fn listing(view: &View<'_>, seen: &Seen, steps: usize) -> Option<Listing> {
    let steps = steps.checked_sub(1)?;
    let at = |value: Val| seen.beside(value);
    match view.program.op(seen.node).kind {
        OpKind::Call(_, operands) => {
            if is_unordered(view, seen.node) {
                return Some(Listing { call: seen.node, ordered: false });
            }
            let first = || view.program.operands(seen.node.file, operands).first().map(|o| at(o.value));
            let orders = is(view, seen.node, |meaning| meaning.orders);
            if orders || is(view, seen.node, |meaning| meaning.gathers) {
                let inner = listing(view, &first()?, steps)?;
                return Some(Listing { ordered: inner.ordered || orders, ..inner });
            }
            passed_on(view, seen, steps)
        }
        OpKind::After(of, call) => {
            let inner = listing(view, &at(of), steps)?;
            let sorts = is_sort(view, at(call).node);
            Some(Listing { ordered: inner.ordered || sorts, ..inner })
        }
        // `[join(folder, name) for name in listdir(folder)]`
        OpKind::List(operands) => {
            let [only] = view.program.operands(seen.node.file, operands) else { return None };
            listing(view, &at(element(view, at(only.value).node, 4)?), steps)
        }
        OpKind::Attr(_, name) => {
            let inner = passed_on(view, seen, steps)?;
            // `self.files.sort()`
            let sorted =
                view.users.attributes(name).filter(|node| node.file == seen.node.file).any(|node| {
                    view.users.of(node).iter().any(|user| is_sort_name(view, Node { value: *user, ..node }))
                });
            Some(Listing { ordered: inner.ordered || sorted, ..inner })
        }
        _ => passed_on(view, seen, steps),
    }
}

fn passed_on(view: &View<'_>, seen: &Seen, steps: usize) -> Option<Listing> {
    let mut back = view.evaluator.follow.back(seen).values;
    let only = back.pop().filter(|_| back.is_empty())?;
    listing(view, &only, steps)
}

/// The sequence of which an element is made from each entry.
fn element(view: &View<'_>, node: Node, depth: usize) -> Option<Val> {
    let depth = depth.checked_sub(1)?;
    let kind = view.program.op(node).kind;
    if let OpKind::Element(of) = kind {
        return Some(of);
    }
    let mut found = None;
    view.program.file(node.file).each_operand(kind, &mut |value| {
        found = found.or_else(|| element(view, Node { value, ..node }, depth));
    });
    found
}

fn is_sort(view: &View<'_>, call: Node) -> bool {
    match view.program.op(call).kind {
        OpKind::Call(function, _) => is_sort_name(view, Node { value: function, ..call }),
        _ => false,
    }
}

fn is_sort_name(view: &View<'_>, function: Node) -> bool {
    matches!(view.program.op(function).kind, OpKind::Attr(_, name) if name == "sort")
}

fn is_unordered(view: &View<'_>, call: Node) -> bool {
    is(view, call, |meaning| meaning.unordered)
}

fn is(view: &View<'_>, call: Node, asked: impl Fn(&crate::lexicon::Meaning) -> bool) -> bool {
    view.types.callees(call).iter().any(|callee| matches!(callee, Callee::Meaning(meaning) if asked(meaning)))
}
