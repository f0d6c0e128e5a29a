//! Numbers set by hand at which a model's scores are cut, what the cut decides, and scores that are cut at several.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::super::{Known, Role, View};
use super::Acts;
use super::columns_cut::{Scored, TextCut};
use super::numbers::{Number, number};
use super::parts::meant;
use crate::fact::{Comparison, OpKind, Operand, Role as ArgRole, Text, Val};
use crate::program::{Def, Node};
use crate::read::conditions::conditions;
use crate::source::{At, Span};
use crate::system::graph::{NodeId, System};
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::types::{Callee, Site};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Values looked at behind one score or number.
const WIDTH: usize = 80;
/// Calls that are looked at to see what a parameter is given.
const CALLERS: usize = 20;
/// Steps of one ladder that are named.
const STEPS: usize = 60;
/// Operations behind a cut among which it is looked for what it decides.
const REACH: Val = 5000;
/// What a cut leads to that is only measured.
const MEASURED: &str = "what is measured";
/// Where a class ends and the next begins by nature: a choice of the model, not of a person.
const NATURAL: [f64; 3] = [0.0, 0.5, 1.0];
/// Where two things have nothing in common, or are the same.
const ENDS: [f64; 3] = [0.0, 1.0, 100.0];

/// A comparison of a score with a number.
struct Cut {
    within: Def,
    node: Node,
    value: f64,
    /// Where the number is written.
    literal: At,
    /// The predictions that the score is.
    scores: Vec<Node>,
    decides: Option<&'static str>,
    /// It is one of the edges between classes.
    is_edge: bool,
}

impl Cut {
    /// Is another cut of the same body a further step of the same ladder?
    fn is_step_of(&self, other: &Self) -> bool {
        self.within == other.within && self.scores == other.scores && self.decides == other.decides
    }
}

/// The numbers of a ladder's steps, from one on.
fn named(cut: &Cut, steps: &[Cut]) -> String {
    let mut values: Vec<String> = Vec::new();
    let ladder = steps.iter().take(STEPS).take_while(|step| step.is_step_of(cut));
    for step in ladder.map(|step| step.value.to_string()) {
        if !values.contains(&step) {
            values.push(step);
        }
    }
    match values.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => cut.value.to_string(),
    }
}

/// Adds thresholds, and groups of those at which one model's scores are cut differently.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known, acts: &Acts<'_>, scored: &Scored<'_>) {
    let likens = || view.calls().any(|(_, call)| meant(view, call, |m| m.likens || m.cuts_at.is_some()).is_some());
    if !acts.all.iter().any(|act| act.meaning.predicts) && !likens() {
        return;
    }
    let defs: Vec<Def> = (0..view.program.def_count()).map(|index| view.program.def_at(index)).collect();
    let cuts: Vec<Cut> = defs.par_iter().flat_map_iter(|def| of_body(view, known, acts, scored, *def)).collect();
    for cut in scored.stated(view, system, known) {
        stated(view, system, known, acts, &cut);
    }
    let mut by_model: FxHashMap<NodeId, Vec<(NodeId, &Cut)>> = FxHashMap::default();
    for (number, cut) in cuts.iter().enumerate() {
        let at = view.program.place(cut.node);
        let named = named(cut, &cuts[number..]);
        let id = system.add(NodeKind::Threshold, Text::from(&named), at, view.symbol(cut.within));
        system.say(id, "role", known.roles[cut.node.file.index()].word());
        let step = number > 0 && cuts[number - 1].is_step_of(cut) && !NATURAL.contains(&cuts[number - 1].value);
        // Half of the way to being the same is no end of a class.
        let likeness = !cut.scores.iter().any(|score| acts.by_call.contains_key(score));
        let natural = if likeness { ENDS.contains(&cut.value) } else { NATURAL.contains(&cut.value) };
        if !natural && !step {
            system.mark(id, "by-hand");
        }
        if let Some(decides) = cut.decides {
            system.say(id, "decides", decides);
        }
        for score in &cut.scores {
            let prediction =
                acts.by_call.get(score).copied().unwrap_or_else(|| likeness_of(view, system, known, *score));
            system.join(EdgeKind::Feeds, prediction, id, cut.literal, Certainty::Inferred);
            for model in models(system, prediction) {
                by_model.entry(model).or_default().push((id, cut));
            }
        }
    }
    let mut by_model: Vec<_> = by_model.into_iter().collect();
    by_model.sort_by_key(|(model, _)| *model);
    let mut told = FxHashSet::default();
    for (model, cuts) in by_model {
        diverge(view, system, model, &cuts, &mut told);
    }
}

/// Adds the node of a call that tells how like two things are: as a score it is asked like a model.
fn likeness_of(view: &View<'_>, system: &mut System, known: &Known, call: Node) -> NodeId {
    let name = view.types.called_name(call).unwrap_or_default();
    let symbol = view.symbol(view.program.owner(call));
    let at = view.program.place(call);
    let node = system.add(NodeKind::Prediction, Text::from(&super::shown(&name)), at, symbol);
    system.say(node, "role", known.roles[call.file.index()].word());
    system.say(node, "library", name.split('.').next().unwrap_or_default());
    node
}

/// Adds the threshold that a statement of SQL holds.
fn stated(view: &View<'_>, system: &mut System, known: &Known, acts: &Acts<'_>, cut: &TextCut) {
    let symbol = Text::from(view.program.path(cut.at.file));
    let id = system.add(NodeKind::Threshold, Text::from(&cut.number.to_string()), cut.at, symbol);
    system.say(id, "role", known.roles[cut.at.file.index()].word());
    system.say(id, "decides", if cut.writes { "what is written" } else { "what is kept" });
    if !NATURAL.contains(&cut.number) {
        system.mark(id, "by-hand");
    }
    for score in &cut.scores {
        system.join(EdgeKind::Feeds, acts.by_call[score], id, cut.at, Certainty::Inferred);
    }
}

/// What a prediction's model is known by: where it was fitted, or what it was loaded from.
fn models(system: &System, prediction: NodeId) -> Vec<NodeId> {
    let fitted = system.reaching(prediction, EdgeKind::Feeds).filter(|n| system.node(*n).kind == NodeKind::Training);
    fitted.chain(system.reaching(prediction, EdgeKind::Predicts)).collect()
}

/// Adds a group if scores of a model are cut at one number here and at another one elsewhere.
fn diverge(
    view: &View<'_>,
    system: &mut System,
    model: NodeId,
    cuts: &[(NodeId, &Cut)],
    told: &mut FxHashSet<(NodeId, NodeId)>,
) {
    let acting: Vec<&(NodeId, &Cut)> = cuts.iter().filter(|(_, cut)| cut.decides.is_some() && !cut.is_edge).collect();
    let Some((first, one)) = acting.first() else { return };
    #[allow(clippy::float_cmp, reason = "both are literals of the source")]
    let cuts_at = |within: Def, value: f64| acting.iter().any(|(_, cut)| cut.within == within && cut.value == value);
    // Several cuts of one body sort scores into tiers, which need not meet anybody else's cut.
    #[allow(clippy::float_cmp, reason = "both are literals of the source")]
    let is_ladder = |of: &Cut| acting.iter().any(|(_, cut)| cut.is_step_of(of) && cut.value != of.value);
    for (other, cut) in &acting[1..] {
        #[allow(clippy::float_cmp, reason = "both are literals of the source")]
        let same = cut.value == one.value;
        let acts = cut.decides != Some(MEASURED) || one.decides != Some(MEASURED);
        // Where one of the two bodies cuts at both numbers, they are steps of one scale.
        let scale =
            cuts_at(cut.within, one.value) || cuts_at(one.within, cut.value) || is_ladder(cut) || is_ladder(one);
        if same || scale || !acts || cut.within == one.within || !told.insert((*first, *other)) {
            continue;
        }
        let at = view.program.place(cut.node);
        let name = Text::from(&format!("{} and {}", one.value, cut.value));
        let group = system.add(NodeKind::Group, name, at, view.symbol(cut.within));
        system.say(group, "what", "divergent-cut");
        system.join(EdgeKind::Follows, group, *first, view.program.place(one.node), Certainty::Inferred);
        system.join(EdgeKind::Follows, group, *other, at, Certainty::Inferred);
        system.join(EdgeKind::Feeds, model, group, system.node(model).at, Certainty::Inferred);
    }
}

fn of_body(view: &View<'_>, known: &Known, acts: &Acts<'_>, scored: &Scored<'_>, def: Def) -> Vec<Cut> {
    if matches!(known.roles[def.file.index()], Role::Test | Role::Prototype) || !view.is_code(def.file) {
        return Vec::new();
    }
    let cut = |value: Val| {
        let node = Node { file: def.file, value };
        let one = compared(view, acts, scored, node)
            .or_else(|| filtered(view, acts, scored, node))
            .or_else(|| left_out(view, node));
        let is_edge = one.is_none();
        let all = one.map_or_else(|| binned(view, acts, scored, node), |one| vec![one]);
        let decides = if all.is_empty() { None } else { decides(view, def, value) };
        let cut = move |(scores, value, literal)| Cut { within: def, node, value, literal, scores, decides, is_edge };
        all.into_iter().map(cut)
    };
    view.program.definition(def).body.clone().flat_map(cut).collect()
}

/// A score, a number, and where that is written.
type Compared = (Vec<Node>, f64, At);

/// `score > 0.8`
fn compared(view: &View<'_>, acts: &Acts<'_>, scored: &Scored<'_>, node: Node) -> Option<Compared> {
    let OpKind::Compare(Comparison::Less | Comparison::Greater | Comparison::AtMost | Comparison::AtLeast, left, right) =
        view.program.op(node).kind
    else {
        return None;
    };
    let (left, right) = (Node { value: left, ..node }, Node { value: right, ..node });
    let (score, number) = match (number(view, left), number(view, right)) {
        (None, Some(number)) => (left, number),
        (Some(number), None) => (right, number),
        _ => return None,
    };
    let scores = scores(view, acts, scored, Seen::anywhere(score));
    // A whole number is a cut of scores in percent or points; a small one counts, or names a class.
    let whole = !number.fractional && number.value.abs() < 10.0;
    (!scores.is_empty() && !whole).then_some((scores, number.value, number.at))
}

/// `frame.query("score > 0.8")`
fn filtered(view: &View<'_>, acts: &Acts<'_>, scored: &Scored<'_>, node: Node) -> Option<Compared> {
    let slot = meant(view, node, |m| m.filters.is_some())?.filters.as_ref()?;
    let text = view.types.slot(node, slot)?;
    let OpKind::Call(function, _) = view.program.op(node).kind else { return None };
    let OpKind::Attr(table, _) = view.program.op(Node { value: function, ..node }).kind else { return None };
    conditions(&view.program.literal(text)?).into_iter().find_map(|condition| {
        let scores = column(view, acts, scored, Seen::anywhere(Node { value: table, ..node }), &condition.column);
        (!scores.is_empty()).then(|| (scores, condition.number, view.program.place(text)))
    })
}

/// `extractOne(name, names, score_cutoff=70)`
fn left_out(view: &View<'_>, node: Node) -> Option<Compared> {
    let slot = meant(view, node, |m| m.cuts_at.is_some())?.cuts_at.as_ref()?;
    let number = number(view, view.types.slot(node, slot)?)?;
    Some((vec![node], number.value, number.at))
}

/// `pd.cut(frame["score"], bins=[0, 0.3, 0.7, 1])`: a cut at each edge that is written out.
fn binned(view: &View<'_>, acts: &Acts<'_>, scored: &Scored<'_>, node: Node) -> Vec<Compared> {
    let edges = meant(view, node, |m| m.bins.is_some()).and_then(|m| view.types.slot(node, m.bins.as_ref()?));
    let Some(edges) = edges.and_then(|edges| view.evaluator.follow.sequence(&Seen::anywhere(edges))) else {
        return Vec::new();
    };
    let OpKind::Call(_, operands) = view.program.op(node).kind else { return Vec::new() };
    let Some(score) = view.program.operands(node.file, operands).first() else { return Vec::new() };
    let scores = scores(view, acts, scored, Seen::anywhere(Node { value: score.value, ..node }));
    // Beyond the ends of a scale nothing lies.
    let inner = |number: &Number| number.fractional && number.value > ENDS[0] && number.value < ENDS[1];
    let edges = edges.into_iter().filter_map(|edge| number(view, edge.node)).filter(inner);
    match scores.is_empty() {
        true => Vec::new(),
        false => edges.map(|edge| (scores.clone(), edge.value, edge.at)).collect(),
    }
}

/// The predictions in a column of a table.
fn column(view: &View<'_>, acts: &Acts<'_>, scored: &Scored<'_>, table: Seen, name: &str) -> Vec<Node> {
    let mut found = Vec::new();
    let mut steps = 0;
    walk(view.evaluator.follow, table, &mut |seen| {
        steps += 1;
        if let OpKind::SetIndex(_, index, value) = view.program.op(seen.node).kind
            && view.program.literal(seen.beside(index).node).is_some_and(|column| column.eq_ignore_ascii_case(name))
        {
            found = scores(view, acts, scored, seen.beside(value));
            return Go::Done;
        }
        if steps > WIDTH { Go::Stop } else { Go::On }
    });
    found
}

/// The predictions that a value is, or is a part or another form of.
fn scores(view: &View<'_>, acts: &Acts<'_>, scored: &Scored<'_>, start: Seen) -> Vec<Node> {
    let mut waiting = vec![start];
    let mut seen_before = FxHashSet::default();
    let mut found = Vec::new();
    while let Some(seen) = waiting.pop() {
        if seen_before.len() > WIDTH || !seen_before.insert((seen.node, seen.stack.last().map(|s| s.call))) {
            continue;
        }
        if acts.meaning(seen.node).is_some_and(|m| m.predicts) || meant(view, seen.node, |m| m.likens).is_some() {
            found.push(seen.node);
            continue;
        }
        let back = view.evaluator.follow.back(&seen).values;
        if !back.is_empty() {
            waiting.extend(back);
            continue;
        }
        let read = scored.read(view, acts, &seen);
        if read.is_empty() {
            waiting.extend(form_of(view, &seen));
            waiting.extend(element_of(view, &seen));
        }
        found.extend(read);
    }
    found
}

/// `scores.apply(band)`: the values of which a function is handed each in turn.
fn element_of(view: &View<'_>, seen: &Seen) -> Vec<Seen> {
    let OpKind::Param(index) = view.program.op(seen.node).kind else { return Vec::new() };
    let def = view.program.owner(seen.node);
    let sites = view.types.callers.get(&def).map_or(&[][..], Vec::as_slice);
    let given = |site: &Site| view.types.passed(site.call, def, site.bound, site.via);
    let each = sites.iter().take(CALLERS).flat_map(given).filter(|(at, given)| *at == index && given.each);
    each.map(|(_, given)| Seen::anywhere(given.node)).collect()
}

/// The value that another is a part or another form of: an element, a rounded or scaled number.
pub fn form_of(view: &View<'_>, seen: &Seen) -> Option<Seen> {
    let number = |value: Val| {
        let op = view.program.op(seen.beside(value).node).kind;
        matches!(op, OpKind::Int(_) | OpKind::Float(_) | OpKind::Str(_) | OpKind::Bool(_) | OpKind::Nothing)
    };
    match view.program.op(seen.node).kind {
        OpKind::Part(sequence, index) => {
            let paired = match view.program.op(seen.beside(sequence).node).kind {
                OpKind::Element(of) => paired(view, &seen.beside(of), index),
                _ => None,
            };
            Some(paired.unwrap_or_else(|| seen.beside(sequence)))
        }
        // How many there are is no score.
        OpKind::Attr(_, name) if matches!(name.as_str(), "shape" | "size" | "ndim" | "dtype") => None,
        OpKind::Attr(of, _) | OpKind::Index(of, _) | OpKind::Element(of) | OpKind::SetIndex(of, ..) => {
            Some(seen.beside(of))
        }
        OpKind::Binary(_, left, right) if number(right) => Some(seen.beside(left)),
        OpKind::Binary(_, left, right) if number(left) => Some(seen.beside(right)),
        OpKind::Call(function, operands) => {
            let forgets =
                |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.forgets || m.tells_class || m.reads.is_some());
            if view.types.callees(seen.node).iter().any(forgets) {
                return None;
            }
            let operands = view.program.operands(seen.node.file, operands);
            let others = |o: &&Operand| o.role == ArgRole::Plain && !number(o.value);
            let mut others = operands.iter().filter(others);
            let object = match view.program.op(seen.beside(function).node).kind {
                OpKind::Attr(object, _) if view.types.library_name(seen.beside(function).node).is_none() => {
                    Some(object)
                }
                _ => None,
            };
            let of = object.or_else(|| others.next().map(|o| o.value))?;
            others.next().is_none().then(|| seen.beside(of))
        }
        _ => None,
    }
}

/// `for item, score in zip(items, scores)`: the operand that a part of an element comes from.
fn paired(view: &View<'_>, sequence: &Seen, index: u32) -> Option<Seen> {
    let pairs = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.pairs);
    if !view.types.callees(sequence.node).iter().any(pairs) {
        return None;
    }
    let OpKind::Call(_, operands) = view.program.op(sequence.node).kind else { return None };
    let operand = view.program.operands(sequence.node.file, operands).get(index as usize)?;
    Some(sequence.beside(operand.value))
}

/// What a cut leads to in its body: work that is done or not, an answer; nothing if it is only measured or shown.
fn decides(view: &View<'_>, def: Def, cut: Val) -> Option<&'static str> {
    let at = |value: Val| Node { file: def.file, value };
    let op = |value: Val| view.program.op(at(value)).kind;
    let mut made: FxHashSet<Val> = FxHashSet::from_iter([cut]);
    let mut asked: Vec<Span> = Vec::new();
    let mut measured = false;
    let encloses = |value: Val, inner: &Span| {
        let outer = view.program.op(at(value)).span;
        outer.start < inner.start && inner.end < outer.end
    };
    let end = view.program.definition(def).body.end.min(cut.saturating_add(REACH));
    for value in cut + 1..end {
        match op(value) {
            OpKind::If(condition, _) if made.contains(&condition) => {
                let arms = view.evaluator.branches.of(def.file);
                let own: Vec<Val> = arms.iter().filter(|a| a.start == value).flat_map(|a| a.operations()).collect();
                if own.iter().any(|inner| acts(view, at(*inner))) {
                    return Some("what is done");
                }
                // What stands under it is chosen by it.
                made.extend(own);
            }
            OpKind::Test(condition) if made.contains(&condition) => asked.push(view.program.op(at(value)).span),
            // `[item for item, score in scored if score > 0.3]`
            OpKind::List(_) | OpKind::Dict(_) if asked.iter().any(|inner| encloses(value, inner)) => {
                made.insert(value);
            }
            OpKind::Return(answer) if made.contains(&answer) => return Some("the answer"),
            OpKind::SetAttr(_, _, kept) if made.contains(&kept) => return Some("what is kept"),
            OpKind::Call(..) => {
                let takes = super::super::operands_of(view, at(value)).iter().any(|o| made.contains(o));
                if takes && meant(view, at(value), |m| m.tells_user).is_some() {
                    return Some("the answer");
                }
                measured |= takes && meant(view, at(value), |m| m.measures).is_some();
                if takes && !forgets(view, at(value)) {
                    if view.types.callees(at(value)).iter().any(writes) {
                        return Some("what is written");
                    }
                    made.insert(value);
                }
            }
            _ => {
                if super::super::operands_of(view, at(value)).iter().any(|o| made.contains(o)) {
                    made.insert(value);
                }
            }
        }
    }
    measured.then_some(MEASURED)
}

fn writes(callee: &Callee<'_>) -> bool {
    matches!(callee, Callee::Meaning(m) if m.writes.is_some() || m.value.is_some())
}

fn forgets(view: &View<'_>, call: Node) -> bool {
    view.types.callees(call).iter().any(|c| matches!(c, Callee::Meaning(m) if m.forgets))
}

/// Does an operation do more than look and count?
fn acts(view: &View<'_>, node: Node) -> bool {
    match view.program.op(node).kind {
        OpKind::Return(_) | OpKind::SetAttr(..) | OpKind::SetIndex(..) => true,
        OpKind::Call(..) => !forgets(view, node),
        _ => false,
    }
}
