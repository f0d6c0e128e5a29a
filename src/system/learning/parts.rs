//! Rows that are parted: by calls that split, and by choices of rows of which the one takes what the other leaves.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::super::{Known, Role, View};
use super::Acts;
use super::alike::{form, negated};
use crate::fact::{OpKind, Role as ArgRole, Text, Val};
use crate::lexicon::{Meaning, Selects};
use crate::program::{Def, Node};
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::types::Callee;

/// Choices of rows of one value that are compared with each other.
const WIDTH: usize = 40;
/// Values looked at for whether one choice rests on another.
const STEPS: usize = 24;
/// Choices in choices: `x[order[:n]]`.
const NESTED: usize = 3;

/// A value whose rows are parted.
pub struct Parted {
    /// Where a reader of the code should look.
    pub at: Node,
    /// The whole.
    pub whole: Vec<Node>,
    /// The parts, each with a number that is the same for all that hold the same rows.
    pub parts: Vec<(Node, u64)>,
    /// A call that splits says so itself: else what is made of the parts must.
    pub sure: bool,
    /// It is parted again and again, fold by fold.
    pub looped: bool,
}

/// All that parts rows, outside of tests.
pub fn parted(view: &View<'_>, known: &Known, acts: &Acts<'_>) -> Vec<Parted> {
    let defs: Vec<Def> = (0..view.program.def_count()).map(|index| view.program.def_at(index)).collect();
    let real = |def: &&Def| known.roles[def.file.index()] != Role::Test && view.is_code(def.file);
    let mut given = given(view, &defs.iter().filter(real).copied().collect::<Vec<_>>());
    let calls = acts.all.iter().filter(|act| act.meaning.splits).map(|act| Parted {
        at: act.call,
        whole: whole(view, act.call, act.meaning),
        parts: given.remove(&act.call).unwrap_or_default(),
        sure: true,
        looped: false,
    });
    let mut all: Vec<Parted> = calls.collect();
    let chosen: Vec<Vec<Parted>> = defs.par_iter().filter(real).map(|def| of_body(view, *def)).collect();
    all.extend(chosen.into_iter().flatten());
    all
}

/// The parts that calls which split give, by the call.
fn given(view: &View<'_>, defs: &[Def]) -> FxHashMap<Node, Vec<(Node, u64)>> {
    let mut given: FxHashMap<Node, Vec<(Node, u64)>> = FxHashMap::default();
    for def in defs {
        for value in view.program.definition(*def).body.clone() {
            let node = Node { file: def.file, value };
            let (of, place) = match view.program.op(node).kind {
                OpKind::Part(of, place) => (of, Some(place)),
                OpKind::Index(of, by) if view.program.literal(Node { value: by, ..node }).is_some() => (of, None),
                _ => continue,
            };
            let Some(call) = splitting(view, Node { value: of, ..node }) else { continue };
            let wholes = meant(view, call, |m| m.splits).map_or(0, |m| whole(view, call, m).len());
            let side = match (place, view.program.op(node).kind) {
                // `a_train, a_test, b_train, b_test`
                (Some(place), _) if wholes > 1 => u64::from(place % 2),
                (Some(place), _) => u64::from(place),
                (None, OpKind::Index(_, by)) => form(view, Node { value: by, ..node }),
                (None, _) => continue,
            };
            given.entry(call).or_default().push((node, side));
        }
    }
    given
}

/// The call that splits whose result a value is.
fn splitting(view: &View<'_>, node: Node) -> Option<Node> {
    let mut seen = Seen::anywhere(node);
    for _ in 0..NESTED {
        let OpKind::Call(..) = view.program.op(seen.node).kind else { return None };
        if meant(view, seen.node, |m| m.splits && !m.folds).is_some() {
            return Some(seen.node);
        }
        let mut back = view.evaluator.follow.back(&seen).values;
        seen = back.pop().filter(|_| back.is_empty())?;
    }
    None
}

/// What a call splits.
pub fn whole(view: &View<'_>, call: Node, meaning: &Meaning) -> Vec<Node> {
    if let Some(slot) = &meaning.x {
        return view.types.slot(call, slot).into_iter().collect();
    }
    let OpKind::Call(_, operands) = view.program.op(call).kind else { return Vec::new() };
    let operands = view.program.operands(call.file, operands).iter().filter(|o| o.role == ArgRole::Plain);
    operands.map(|o| Node { value: o.value, ..call }).collect()
}

/// The call's meaning for which something holds.
pub fn meant<'a>(view: &View<'a>, call: Node, holds: impl Fn(&Meaning) -> bool) -> Option<&'a Meaning> {
    view.types.callees(call).iter().find_map(|c| match c {
        Callee::Meaning(m) if holds(m) => Some(*m),
        _ => None,
    })
}

/// A choice of rows: of what, by what.
struct Choice {
    node: Node,
    of: Node,
    by: Node,
}

fn of_body(view: &View<'_>, def: Def) -> Vec<Parted> {
    let mut by_whole: FxHashMap<u64, Vec<Choice>> = FxHashMap::default();
    for value in view.program.definition(def).body.clone() {
        let node = Node { file: def.file, value };
        if let Some(choice) = choice(view, node) {
            by_whole.entry(form(view, choice.of)).or_default().push(choice);
        }
    }
    let mut found: Vec<Parted> = by_whole.into_values().filter_map(|choices| complement(view, &choices)).collect();
    found.sort_by_key(|parted| parted.at);
    found
}

/// `frame[by]`, `frame.loc[by]`, `frame.query(by)`, `frame.sample(..)`, `frame.drop(by)`.
fn choice(view: &View<'_>, node: Node) -> Option<Choice> {
    let beside = |value: Val| Node { value, ..node };
    match view.program.op(node).kind {
        OpKind::Index(object, index) => {
            let of = match view.program.op(beside(object)).kind {
                OpKind::Attr(of, name) if matches!(name.as_str(), "loc" | "iloc" | "values") => of,
                _ => object,
            };
            let by = match view.program.op(beside(index)).kind {
                OpKind::Tuple(operands) => view.program.operands(node.file, operands).first()?.value,
                _ => index,
            };
            let chooses = match view.program.op(beside(by)).kind {
                OpKind::Slice(from, to) => (from == u32::MAX) != (to == u32::MAX) || from != u32::MAX,
                OpKind::Str(_) | OpKind::Int(_) | OpKind::List(_) | OpKind::Dict(_) | OpKind::Nothing => false,
                _ => true,
            };
            chooses.then(|| Choice { node, of: beside(of), by: beside(by) })
        }
        OpKind::Call(function, _) => {
            let takes =
                |m: &Meaning| m.filters.is_some() || m.takes_rows || m.leaves_rows || m.selects == Some(Selects::Open);
            let meaning = meant(view, node, takes)?;
            let OpKind::Attr(of, _) = view.program.op(beside(function)).kind else { return None };
            let by = match &meaning.filters {
                Some(slot) => view.types.slot(node, slot)?,
                None => node,
            };
            Some(Choice { node, of: beside(of), by })
        }
        _ => None,
    }
}

/// The choices of one value's rows that part it.
fn complement(view: &View<'_>, choices: &[Choice]) -> Option<Parted> {
    let choices = &choices[..choices.len().min(WIDTH)];
    let mut parts: Vec<(Node, u64)> = Vec::new();
    let mut taken = FxHashSet::default();
    for (number, one) in choices.iter().enumerate() {
        for other in &choices[number + 1..] {
            if !parts_with(view, one, other) {
                continue;
            }
            for choice in [one, other] {
                if taken.insert(choice.node) {
                    parts.push((choice.node, form(view, choice.by)));
                }
            }
        }
    }
    let sides: FxHashSet<u64> = parts.iter().map(|(_, side)| *side).collect();
    let first = choices.iter().find(|choice| taken.contains(&choice.node))?;
    let looped = choices.iter().any(|choice| matches!(view.program.op(choice.by).kind, OpKind::Part(..)));
    (sides.len() > 1).then(|| Parted { at: first.node, whole: vec![first.of], parts, sure: false, looped })
}

fn parts_with(view: &View<'_>, one: &Choice, other: &Choice) -> bool {
    excludes(view, one.by, other.by, NESTED) || rests_on(view, other, one) || rests_on(view, one, other)
}

/// Do two choices exclude each other?
fn excludes(view: &View<'_>, one: Node, other: Node, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let (a, b) = (|value: Val| Node { value, ..one }, |value: Val| Node { value, ..other });
    let alike = |left: Node, right: Node| form(view, left) == form(view, right);
    if let Some(of) = negated(view, one)
        && alike(of, other)
    {
        return true;
    }
    if let Some(of) = negated(view, other)
        && alike(of, one)
    {
        return true;
    }
    match (view.program.op(one).kind, view.program.op(other).kind) {
        (OpKind::Slice(from, to), OpKind::Slice(other_from, other_to)) => {
            let meets = |to: Val, from: Val| to != u32::MAX && from != u32::MAX && alike(a(to), b(from));
            let whole =
                |value: Val, of: &dyn Fn(Val) -> Node| matches!(view.program.op(of(value)).kind, OpKind::Int(_));
            // `frame[:len(train)]`, `frame[len(train):]`, where the name holds something else by then.
            let open = from == u32::MAX && other_to == u32::MAX && to != u32::MAX && other_from != u32::MAX;
            let counted = open && !whole(to, &a) && !whole(other_from, &b);
            counted
                || meets(to, other_from)
                || (other_to != u32::MAX && from != u32::MAX && alike(b(other_to), a(from)))
        }
        (OpKind::Compare(how, left, right), OpKind::Compare(other_how, other_left, other_right)) => {
            let same = alike(a(left), b(other_left));
            let names = |value: Node| view.program.literal(value).is_some_and(|t| view.lexicon.words.names_part(&t));
            match alike(a(right), b(other_right)) {
                true => same && how != other_how,
                // `frame.part == "train"`, `frame.part == "test"`
                false => same && how == other_how && names(a(right)) && names(b(other_right)),
            }
        }
        (OpKind::Index(of, by), OpKind::Index(other_of, other_by)) => {
            alike(a(of), b(other_of)) && excludes(view, a(by), b(other_by), depth)
        }
        // The two parts of what a call splits: `for train, test in folds.split(x)`.
        (OpKind::Part(of, place), OpKind::Part(other_of, other_place)) => {
            place != other_place && alike(a(of), b(other_of)) && is_split(view, a(of))
        }
        (OpKind::Str(text), OpKind::Str(other)) => exclude(&text, &other),
        _ => false,
    }
}

/// `year < 2020` and `year >= 2020`, as texts.
fn exclude(one: &str, other: &str) -> bool {
    let parts = |text: &'_ str| -> Option<(String, &'static str, String)> {
        let how = ["<=", ">=", "!=", "==", "<", ">"].into_iter().find(|how| text.contains(how))?;
        let (left, right) = text.split_once(how)?;
        Some((left.trim().to_owned(), how, right.trim().to_owned()))
    };
    match (parts(one), parts(other)) {
        (Some((left, how, right)), Some((other_left, other_how, other_right))) => {
            left == other_left && right == other_right && how != other_how
        }
        _ => false,
    }
}

/// Does a value come straight from a call that splits?
fn is_split(view: &View<'_>, node: Node) -> bool {
    walk(view.evaluator.follow, Seen::anywhere(node), &mut |seen| match view.program.op(seen.node).kind {
        OpKind::Call(..) if meant(view, seen.node, |m| m.splits).is_some() => Go::Done,
        OpKind::Element(_) | OpKind::Part(..) | OpKind::Either(_) | OpKind::Param(_) | OpKind::Global(_) => Go::On,
        // `next(folds.split(x))`, `enumerate(folds.split(x))`, `list(..)`
        OpKind::Call(function, _) if view.types.library_name(seen.beside(function).node).is_some() => Go::On,
        _ => Go::Stop,
    })
}

/// `frame.drop(train.index)`, `frame[~frame.index.isin(train.index)]`: the rows that another choice left.
fn rests_on(view: &View<'_>, rest: &Choice, first: &Choice) -> bool {
    let starts: Vec<Node> = match view.program.op(rest.node).kind {
        OpKind::Call(_, operands) if meant(view, rest.node, |m| m.leaves_rows || m.selects.is_some()).is_some() => {
            let operands = view.program.operands(rest.node.file, operands);
            operands.iter().map(|o| Node { value: o.value, ..rest.node }).collect()
        }
        OpKind::Index(..) => negated(view, rest.by).into_iter().collect(),
        _ => return false,
    };
    let of = form(view, first.of);
    starts.into_iter().any(|start| {
        let mut steps = 0;
        walk(view.evaluator.follow, Seen::anywhere(start), &mut |seen| {
            steps += 1;
            if seen.node == first.node {
                return Go::Done;
            }
            // What the whole is made of tells nothing.
            if steps > STEPS || form(view, seen.node) == of { Go::Stop } else { Go::On }
        })
    })
}

/// The parts of all that is parted, by their values: of which, and which rows.
pub fn by_part(parted: &[Parted]) -> FxHashMap<Node, (usize, u64)> {
    let all = parted.iter().enumerate();
    all.flat_map(|(number, one)| one.parts.iter().map(move |(part, side)| (*part, (number, *side)))).collect()
}

/// The name that a reader knows a way of parting by.
pub fn named(view: &View<'_>, parted: &Parted) -> Text {
    let name = view.types.called_name(parted.at).map(|name| Text::from(name.rsplit('.').next().unwrap_or_default()));
    name.unwrap_or_else(|| Text::from("rows"))
}
