//! What is kept to be used again under a key that leaves out something by which it was made.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::fact::{Access, OpKind, Text};
use crate::program::{Def, Node};
use crate::system::check::{Capture, Check, Grounds, Sighting};
use crate::system::data::is_gated;
use crate::system::graph::NodeId;
use crate::system::handles::opener;
use crate::system::ingredients::{Ingredient, Ingredients, holds_settings, ingredients, is_plain};
use crate::system::rewritten::same_place;
use crate::system::{Role, View};
use crate::value::follow::Seen;
use crate::value::place::NoBindings;
use crate::value::touches::Touch;
use crate::value::types::{Callee, Site};
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "stale-cache-key", find };

/// One sighting for each place that is filled where nothing is yet, and for each function whose answers are kept.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let mut found = files(grounds);
    found.extend(remembered(grounds));
    found
}

/// Files: a body asks whether one is there, reads it if so, and else makes it.
fn files(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, known) = (grounds.view, grounds.known);
    let mut reads: FxHashMap<Def, Vec<Kept<'_>>> = FxHashMap::default();
    let kept =
        || view.touches.all.iter().zip(&known.datasets).map(|(touch, dataset)| Kept { touch, dataset: *dataset });
    for read in kept().filter(|kept| kept.touch.access == Access::Read) {
        for def in read.bodies() {
            reads.entry(def).or_default().push(read);
        }
    }
    let handed = handed(view);
    let mut told: FxHashSet<Node> = FxHashSet::default();
    let mut found = Vec::new();
    for write in kept().filter(|kept| kept.touch.access == Access::Write) {
        for body in write.bodies() {
            let is_looked_at = grounds.role(body.file) != Role::Test && !known.handlers.contains(&body);
            let Some(reads) = reads.get(&body).filter(|_| is_looked_at) else { continue };
            let reads: Vec<&Kept<'_>> = reads.iter().filter(|read| read.is_where(view, &write, body)).collect();
            if reads.is_empty() || told.contains(&write.touch.call) {
                continue;
            }
            let Some((keyed, missing)) = left_out(view, &write, &reads, body, &handed) else { continue };
            let at = [write.top(body), keyed];
            if let Some(sighting) = sighting(grounds, body, at, write.name(grounds), &missing) {
                told.insert(write.touch.call);
                found.push(sighting);
            }
        }
    }
    found
}

/// A touch as seen from a body, and the dataset if it is known.
#[derive(Clone, Copy)]
struct Kept<'t> {
    touch: &'t Touch<'t>,
    dataset: Option<NodeId>,
}

impl Kept<'_> {
    /// The bodies in which it happens: the call's own, and that which settles the place.
    fn bodies(&self) -> impl Iterator<Item = Def> + use<> {
        let outer = (self.touch.root != self.touch.within).then_some(self.touch.root);
        std::iter::once(self.touch.within).chain(outer)
    }

    /// The calls from a body down to it.
    fn way(&self, body: Def) -> &[Site] {
        if body == self.touch.within { &[] } else { &self.touch.way }
    }

    /// The call of a body that it happens in.
    fn top(&self, body: Def) -> Node {
        self.way(body).first().map_or(self.touch.call, |site| site.call)
    }

    /// Is it where the other is, as a body sees both?
    fn is_where(&self, view: &View<'_>, other: &Self, body: Def) -> bool {
        if self.way(body).is_empty() && other.way(body).is_empty() {
            return same_place(view, self.touch, other.touch);
        }
        self.dataset.is_some() && self.dataset == other.dataset
    }

    fn name(&self, grounds: &Grounds<'_>) -> Text {
        let place =
            grounds.view.placer.place(grounds.view.evaluator, self.touch.at(), self.touch.root.file, None, &NoBindings);
        let name = self.dataset.map_or_else(|| Text::from(&place.name), |dataset| grounds.system.node(dataset).name);
        // Of a place of which nothing is known the body says more.
        if name.bytes().any(|b| b.is_ascii_alphanumeric()) {
            return name;
        }
        let symbol = grounds.view.symbol(self.touch.within);
        Text::from(symbol.rsplit(':').next().unwrap_or(&symbol))
    }
}

/// What shapes what is written, and is not told by where it is written; and where that is put together.
fn left_out(
    view: &View<'_>,
    write: &Kept<'_>,
    reads: &[&Kept<'_>],
    body: Def,
    handed: &FxHashMap<Node, Vec<Node>>,
) -> Option<(Node, Vec<(Text, Node)>)> {
    let tops: Vec<Node> = reads.iter().map(|read| read.top(body)).chain([write.top(body)]).collect();
    let place = write.touch.place.filter(|_| tops.iter().any(|top| is_gated(view, *top)))?;
    let seen = |node: Node| Seen { node, stack: write.way(body).iter().copied().collect() };
    let (key, _) = ingredients(view, seen(place), None);
    if key.is_empty() || key.keys().all(|one| is_place(view, one, place)) {
        return None;
    }
    let mut made = Ingredients::new();
    let values = write.touch.value.into_iter().chain(handed.get(&write.touch.call).into_iter().flatten().copied());
    for value in values {
        let (parts, visited) = ingredients(view, seen(value), Some(&tops));
        // What goes on from what was kept is no cache of something else.
        if reads.iter().any(|read| visited.contains(&read.touch.call)) {
            return None;
        }
        made.extend(parts);
    }
    let gates = gates(view, &tops);
    let missing = missing(view, &made, |one| key.keys().chain(gates.keys()).any(|told| told.covers(one)));
    Some((*key.values().next()?, missing))
}

/// What is written through the handles that calls open.
fn handed(view: &View<'_>) -> FxHashMap<Node, Vec<Node>> {
    let mut found: FxHashMap<Node, Vec<Node>> = FxHashMap::default();
    let opens = view.touches.all.iter().filter(|touch| touch.meaning.opens && touch.access == Access::Write);
    let opened: FxHashSet<Node> = opens.map(|touch| touch.call).collect();
    for (_, call) in view.calls().filter(|_| !opened.is_empty()) {
        for callee in view.types.callees(call) {
            let Callee::Meaning(meaning) = callee else { continue };
            let (Some(place), Some(value)) = (&meaning.place, &meaning.value) else { continue };
            let (Some(handle), Some(value)) = (view.types.slot(call, place), view.types.slot(call, value)) else {
                continue;
            };
            if let Some(open) = opener(view, handle, |node| opened.contains(&node)) {
                found.entry(open).or_default().push(value);
            }
        }
    }
    found
}

/// What the conditions ask that decide whether something is taken from what was kept.
fn gates(view: &View<'_>, tops: &[Node]) -> Ingredients {
    let mut found = Ingredients::new();
    for top in tops {
        for arm in view.evaluator.branches.around(*top) {
            if let OpKind::If(condition, _) = view.program.op(Node { value: arm.start, ..*top }).kind {
                found.extend(ingredients(view, Seen::anywhere(Node { value: condition, ..*top }), None).0);
            }
        }
    }
    found
}

/// Functions whose answers are kept, and parameters that do not count for that.
fn remembered(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, known) = (grounds.view, grounds.known);
    let mut found = Vec::new();
    for index in 0..view.program.def_count() {
        let def = view.program.def_at(index);
        if grounds.role(def.file) == Role::Test {
            continue;
        }
        let definition = view.program.definition(def);
        for decorator in &definition.decorators {
            let decorator = Node { file: def.file, value: *decorator };
            let ignored = ignored(view, decorator);
            if ignored.is_empty() {
                continue;
            }
            let mut made = Ingredients::new();
            for value in view.types.returned(def) {
                made.extend(ingredients(view, Seen::anywhere(value), Some(&[])).0);
            }
            made.retain(|one, _| {
                view.program.owner(one.base) == def && param(view, one).is_some_and(|name| ignored.contains(&name))
            });
            let missing: Vec<(Text, Node)> = made
                .iter()
                .filter_map(|(one, node)| Some((param(view, one)?, *node)))
                .filter(|(name, _)| !view.lexicon.words.is_harmless(name))
                .collect();
            let node = view.code(known, def);
            found.extend(sighting(grounds, def, [decorator; 2], grounds.system.node(node).name, &missing));
        }
    }
    found
}

/// The parameter that an ingredient is, or lies below.
fn param(view: &View<'_>, one: &Ingredient) -> Option<Text> {
    Ingredient { base: one.base, keys: smallvec::SmallVec::new() }.name(view)
}

/// The parameters that a decorator leaves out of the key under which it keeps answers.
fn ignored(view: &View<'_>, decorator: Node) -> Vec<Text> {
    let OpKind::Call(function, _) = view.program.op(decorator).kind else { return Vec::new() };
    let function = Node { value: function, ..decorator };
    let named = view.types.called_name(decorator).and_then(|name| view.lexicon.call(view.lexicon.canonical(name)));
    let known = view.types.callees(decorator).iter().find_map(|callee| match callee {
        Callee::Meaning(meaning) => Some(*meaning),
        Callee::Function(..) => None,
    });
    let meaning = known.or(named).or_else(|| view.types.meanings(function).next());
    let Some(slot) = meaning.filter(|m| m.remembers).and_then(|m| m.leaves_out.as_ref()) else { return Vec::new() };
    let Some(list) = view.types.slot(decorator, slot) else { return Vec::new() };
    let elements = view.evaluator.follow.sequence(&Seen::anywhere(list)).unwrap_or_default();
    elements.iter().filter_map(|element| view.program.literal(element.node)).collect()
}

/// What shapes a value and is not told by its key: each with where it is used.
fn missing(view: &View<'_>, made: &Ingredients, is_told: impl Fn(&Ingredient) -> bool) -> Vec<(Text, Node)> {
    let knobs = made.iter().filter(|(one, _)| !is_told(one) && is_knob(view, one));
    let named = knobs.filter_map(|(one, node)| Some((one.name(view)?, *node)));
    let mut found: Vec<(Text, Node)> = named.filter(|(name, _)| !view.lexicon.words.is_harmless(name)).collect();
    found.sort_by_key(|(_, node)| *node);
    let mut names: FxHashSet<Text> = FxHashSet::default();
    found.retain(|(name, _)| names.insert(*name));
    found
}

/// Is it a setting or another plain value, and no data?
fn is_knob(view: &View<'_>, one: &Ingredient) -> bool {
    if one.keys.is_empty() {
        return is_plain(view, one.base);
    }
    holds_settings(view, one.base)
}

/// Is the place itself given?
fn is_place(view: &View<'_>, one: &Ingredient, place: Node) -> bool {
    one.base == place && one.keys.is_empty() || one.name(view).is_some_and(|name| view.lexicon.words.is_harmless(&name))
}

fn sighting(
    grounds: &Grounds<'_>,
    root: Def,
    [at, keyed]: [Node; 2],
    cached: Text,
    missing: &[(Text, Node)],
) -> Option<Sighting> {
    let (view, known) = (grounds.view, grounds.known);
    let (_, used) = missing.first()?;
    let mut names: Vec<Text> = missing.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    let mut sighting = Sighting::new(
        view.program.place(at),
        vec![view.symbol(root), cached],
        grounds.certainty(Certainty::Inferred, &[view.code(known, root)]),
        vec![
            ("cached", cached.into()),
            ("settings", Capture::Texts(names)),
            ("used", view.program.place(*used).into()),
            ("keyed", view.program.place(keyed).into()),
            ("role", grounds.role(root.file).into()),
        ],
    );
    sighting.more = missing.iter().skip(1).map(|(_, node)| vec![("used", view.program.place(*node).into())]).collect();
    Some(sighting)
}
