//! Stores of features: the views and their fields, the services that name what is asked for together, and who asks.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Known, Role, View, data};
use crate::fact::{OpKind, Scalar, Text};
use crate::lexicon::{Meaning, StorePart};
use crate::program::{Def, Node, parent};
use crate::system::graph::{NodeId, System};
use crate::value::follow::Seen;
use crate::value::place::{NoBindings, Where};
use crate::value::slice::{Go, walk};
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// A call that makes a part of a store.
struct Part<'a> {
    meaning: &'a Meaning,
    kind: StorePart,
    call: Node,
    name: Text,
    /// The function that it decorates: what is named by its name is the part.
    function: Option<Def>,
}

/// All parts, by the values that stand for them.
struct Store<'a> {
    parts: Vec<Part<'a>>,
    by_call: FxHashMap<Node, usize>,
    by_function: FxHashMap<Def, usize>,
}

/// A part that a value holds, and the fields taken of it: none for all.
struct Taken {
    part: usize,
    fields: Option<Vec<Text>>,
}

/// What is asked of a store.
#[derive(Default)]
struct Asked {
    /// The views and services that are asked for as a whole.
    parts: FxHashSet<usize>,
    /// What is spoken of by name, `service` or `view:field`: the first part, and the fields of it.
    names: FxHashMap<Text, Vec<Option<Text>>>,
    /// Somebody asks for what cannot be told.
    opaque: bool,
    /// Who asks for which parts, and where.
    askers: Vec<(Def, Node, Vec<usize>)>,
}

/// Adds the parts of stores, and says which of them nobody can get at.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let store = Store::new(view, known);
    if store.parts.is_empty() {
        return;
    }
    let asked = asked(view, &store, known);
    let nodes: Vec<Option<NodeId>> = store.parts.iter().map(|part| node(view, system, part)).collect();
    let mut reached: FxHashMap<usize, Option<FxHashSet<Text>>> = FxHashMap::default();
    for (number, part) in store.parts.iter().enumerate() {
        match part.kind {
            StorePart::View => sources(view, system, known, &store, number, &nodes, &mut reached),
            StorePart::Service => service(view, system, &store, number, &nodes, &mut reached),
            StorePart::Field | StorePart::Source => {}
        }
        if asked.parts.contains(&number) {
            reach(&mut reached, number, None);
        }
        for field in asked.names.get(&part.name).into_iter().flatten() {
            reach(&mut reached, number, field.map(|field| vec![field]));
        }
    }
    for (def, call, parts) in &asked.askers {
        let (code, at) = (view.code(known, *def), view.program.place(*call));
        for part in parts.iter().filter_map(|part| nodes[*part]) {
            for read in behind(system, part) {
                system.join(EdgeKind::Reads, code, read, at, Certainty::Inferred);
            }
        }
    }
    for (number, part) in store.parts.iter().enumerate() {
        let Some(node) = nodes[number] else { continue };
        match part.kind {
            StorePart::View => fields(view, system, &store, number, node, &asked, &reached),
            StorePart::Service if reached.contains_key(&number) || asked.opaque => system.mark(node, "asked"),
            _ => {}
        }
    }
}

impl<'a> Store<'a> {
    fn new(view: &View<'a>, known: &Known) -> Self {
        let mut store = Self { parts: Vec::new(), by_call: FxHashMap::default(), by_function: FxHashMap::default() };
        for (def, call) in view.calls().filter(|(def, _)| known.roles[def.file.index()] != Role::Test) {
            let meaning = view.types.callees(call).iter().find_map(|c| match c {
                Callee::Meaning(meaning) => Some((*meaning, meaning.declares?)),
                Callee::Function(..) => None,
            });
            let Some((meaning, kind)) = meaning else { continue };
            let function = decorated(view, def, call);
            let named = meaning.named.as_ref().and_then(|slot| view.types.slot(call, slot));
            let name = named.and_then(|value| text(view, value));
            let name = name.or_else(|| function.map(|f| view.program.definition(f).name));
            let number = store.parts.len();
            store.by_call.insert(call, number);
            store.by_function.extend(function.map(|f| (f, number)));
            store.parts.push(Part { meaning, kind, call, name: name.unwrap_or_default(), function });
        }
        store
    }

    /// The part that a value is.
    fn part(&self, view: &View<'_>, node: Node) -> Option<usize> {
        match view.program.op(node).kind {
            OpKind::Define(id) => self.by_function.get(&Def { file: node.file, id }).copied(),
            _ => self.by_call.get(&node).copied(),
        }
    }

    /// The parts that a value holds: `[view, other[["a", "b"]]]`.
    fn taken(&self, view: &View<'_>, value: Node) -> Vec<Taken> {
        let mut taken = Vec::new();
        walk(view.evaluator.follow, Seen::anywhere(value), &mut |seen| {
            if let Some(part) = self.part(view, seen.node) {
                taken.push(Taken { part, fields: None });
                return Go::Stop;
            }
            if let OpKind::Index(object, index) = view.program.op(seen.node).kind {
                let fields = names(view, seen.beside(index).node);
                let inner = self.taken_whole(view, seen.beside(object).node);
                if !inner.is_empty() && !fields.is_empty() {
                    taken.extend(inner.into_iter().map(|part| Taken { part, fields: Some(fields.clone()) }));
                    return Go::Stop;
                }
            }
            Go::On
        });
        taken
    }

    fn taken_whole(&self, view: &View<'_>, value: Node) -> Vec<usize> {
        let mut found = Vec::new();
        walk(view.evaluator.follow, Seen::anywhere(value), &mut |seen| match self.part(view, seen.node) {
            Some(part) => {
                found.push(part);
                Go::Stop
            }
            None => Go::On,
        });
        found
    }
}

/// A part and all that lies behind it: views, and the data they come from.
fn behind(system: &System, part: NodeId) -> Vec<NodeId> {
    let mut found = vec![part];
    let mut next = 0;
    while let Some(node) = found.get(next).copied() {
        next += 1;
        if system.node(node).kind != NodeKind::Dataset {
            let more = system.reached(node, EdgeKind::Declares).chain(system.reached(node, EdgeKind::Derives));
            for more in more.collect::<Vec<_>>() {
                if !found.contains(&more) {
                    found.push(more);
                }
            }
        }
    }
    found
}

/// The function below a decorator.
fn decorated(view: &View<'_>, within: Def, call: Node) -> Option<Def> {
    let definitions = &view.program.file(within.file).definitions;
    let id = definitions.iter().position(|d| d.decorators.contains(&call.value))?;
    Some(Def { file: within.file, id: u32::try_from(id).ok()? })
}

fn text(view: &View<'_>, value: Node) -> Option<Text> {
    let texts = view.evaluator.texts(&Seen::anywhere(value));
    let [only] = texts.patterns.as_slice() else { return None };
    view.evaluator.plain(only).map(|text| Text::from(&text))
}

/// The texts that stand in a list.
fn names(view: &View<'_>, value: Node) -> Vec<Text> {
    let mut names = Vec::new();
    walk(view.evaluator.follow, Seen::anywhere(value), &mut |seen| {
        names.extend(view.program.literal(seen.node));
        Go::On
    });
    names
}

/// What the code asks for, by the parts themselves or by their names.
fn asked(view: &View<'_>, store: &Store<'_>, known: &Known) -> Asked {
    let mut asked = Asked::default();
    let by_name: FxHashMap<Text, usize> = store.parts.iter().enumerate().map(|(n, part)| (part.name, n)).collect();
    for (def, call) in view.calls().filter(|(def, _)| known.roles[def.file.index()] != Role::Test) {
        let slot = view.types.callees(call).iter().find_map(|c| match c {
            Callee::Meaning(meaning) => meaning.asks.as_ref(),
            Callee::Function(..) => None,
        });
        let Some(value) = slot.and_then(|slot| view.types.slot(call, slot)) else { continue };
        let (mut parts, names) = (store.taken_whole(view, value), names(view, value));
        asked.opaque |= parts.is_empty() && names.is_empty();
        asked.parts.extend(&parts);
        let first = |name: &Text| Text::from(name.as_str().split(':').next().unwrap_or_default());
        parts.extend(names.iter().filter_map(|name| by_name.get(&first(name))));
        asked.askers.push((def, call, parts));
    }
    asked.names = spoken(view, store);
    asked
}

/// The names that code and settings speak of, other than where a part gets its name.
fn spoken(view: &View<'_>, store: &Store<'_>) -> FxHashMap<Text, Vec<Option<Text>>> {
    let mut given: FxHashSet<Node> = FxHashSet::default();
    for part in &store.parts {
        let slot = part.meaning.named.as_ref().and_then(|slot| view.types.slot(part.call, slot));
        given.extend(slot);
    }
    let mut spoken: FxHashMap<Text, Vec<Option<Text>>> = FxHashMap::default();
    let wanted: FxHashSet<&str> = store.parts.iter().map(|part| part.name.as_str()).collect();
    let mut take = |text: Text| {
        let (first, field) = text.as_str().split_once(':').unwrap_or((text.as_str(), ""));
        if wanted.contains(first) {
            // Of `f"view:{name}"` any field may be meant.
            let field = Some(field).filter(|field| !field.is_empty()).map(Text::from);
            spoken.entry(Text::from(first)).or_default().push(field);
        }
    };
    for file in view.program.files() {
        let facts = view.program.file(file);
        for (value, op) in (0..).zip(&facts.ops) {
            if let OpKind::Str(text) = op.kind
                && !given.contains(&Node { file, value })
            {
                take(text);
            }
        }
        facts
            .settings
            .iter()
            .filter_map(|s| if let Scalar::Text(t) = s.value { Some(t) } else { None })
            .for_each(&mut take);
    }
    spoken
}

/// The node of a view or a service.
fn node(view: &View<'_>, system: &mut System, part: &Part<'_>) -> Option<NodeId> {
    let kind = match part.kind {
        StorePart::View => NodeKind::Feature,
        StorePart::Service => NodeKind::Consumer,
        StorePart::Field | StorePart::Source => return None,
    };
    if part.name.is_empty() {
        return None;
    }
    let at = part.function.map_or_else(|| view.program.place(part.call), |f| view.program.def_place(f));
    let id = system.add(kind, part.name, at, view.symbol(view.program.owner(part.call)));
    match kind {
        NodeKind::Feature => system.say(id, "part", "view"),
        _ => system.say(id, "what", "service"),
    }
    // That nobody asks is told by looking at all of this repository, and no further.
    system.doubt(id, Certainty::Inferred);
    Some(id)
}

/// All of a part is reached, or some of its fields.
fn reach(reached: &mut FxHashMap<usize, Option<FxHashSet<Text>>>, part: usize, fields: Option<Vec<Text>>) {
    let known = reached.entry(part).or_insert_with(|| Some(FxHashSet::default()));
    match (known.as_mut(), fields) {
        (Some(known), Some(fields)) => known.extend(fields),
        (_, None) => *known = None,
        (None, _) => {}
    }
}

/// Where a view's features come from: data, or other views.
fn sources(
    view: &View<'_>,
    system: &mut System,
    known: &Known,
    store: &Store<'_>,
    number: usize,
    nodes: &[Option<NodeId>],
    reached: &mut FxHashMap<usize, Option<FxHashSet<Text>>>,
) {
    let part = &store.parts[number];
    let Some(from) = part.meaning.from.as_ref().and_then(|slot| view.types.slot(part.call, slot)) else { return };
    for taken in store.taken(view, from) {
        let other = &store.parts[taken.part];
        let at = view.program.place(part.call);
        if other.kind == StorePart::View {
            reach(reached, taken.part, taken.fields);
            if let (Some(node), Some(of)) = (nodes[number], nodes[taken.part]) {
                system.join(EdgeKind::Derives, node, of, at, Certainty::Inferred);
            }
        }
        for dataset in datasets(view, system, known, store, taken.part, 0) {
            if let Some(node) = nodes[number] {
                system.join(EdgeKind::Derives, node, dataset, at, Certainty::Inferred);
            }
        }
    }
}

/// The data behind a source; one for pushed rows names another one.
fn datasets(
    view: &View<'_>,
    system: &mut System,
    known: &Known,
    store: &Store<'_>,
    number: usize,
    depth: usize,
) -> Vec<NodeId> {
    let part = &store.parts[number];
    if part.kind != StorePart::Source || depth > 4 {
        return Vec::new();
    }
    let mut found: Vec<NodeId> = known.queries.iter().filter(|q| q.call == part.call).map(|q| q.dataset).collect();
    if let Some(value) = part.meaning.place.as_ref().and_then(|slot| view.types.slot(part.call, slot)) {
        let file = part.call.file;
        let folder = parent(view.program.path(file));
        for pattern in view.evaluator.texts(&Seen::anywhere(value)).patterns {
            let at = Where { pattern: &pattern, scheme: part.meaning.scheme.as_deref(), environment: false };
            let place = view.placer.place(view.evaluator, at, file, Some(folder), &NoBindings);
            if place.known {
                let symbol = view.symbol(view.program.owner(part.call));
                found.push(data::node(system, &place, view.program.place(part.call), symbol));
            }
        }
    }
    if let Some(from) = part.meaning.from.as_ref().and_then(|slot| view.types.slot(part.call, slot)) {
        for other in store.taken_whole(view, from) {
            found.extend(datasets(view, system, known, store, other, depth + 1));
        }
    }
    found
}

/// What a service names can be asked for.
fn service(
    view: &View<'_>,
    system: &mut System,
    store: &Store<'_>,
    number: usize,
    nodes: &[Option<NodeId>],
    reached: &mut FxHashMap<usize, Option<FxHashSet<Text>>>,
) {
    let part = &store.parts[number];
    let Some(value) = part.meaning.fields.as_ref().and_then(|slot| view.types.slot(part.call, slot)) else { return };
    for taken in store.taken(view, value) {
        if let (Some(service), Some(of)) = (nodes[number], nodes[taken.part]) {
            system.join(EdgeKind::Declares, service, of, view.program.place(part.call), Certainty::Inferred);
        }
        reach(reached, taken.part, taken.fields);
    }
}

/// Adds a view's fields, and says what of it nobody can get at.
fn fields(
    view: &View<'_>,
    system: &mut System,
    store: &Store<'_>,
    number: usize,
    of: NodeId,
    asked: &Asked,
    reached: &FxHashMap<usize, Option<FxHashSet<Text>>>,
) {
    let part = &store.parts[number];
    let within = reached.get(&number);
    if within.is_none() && !asked.opaque {
        system.mark(of, "orphan");
    }
    let Some(value) = part.meaning.fields.as_ref().and_then(|slot| view.types.slot(part.call, slot)) else { return };
    for taken in store.taken_whole(view, value) {
        let field = &store.parts[taken];
        if field.kind != StorePart::Field || field.name.is_empty() {
            continue;
        }
        let name = Text::from(&format!("{}:{}", part.name, field.name));
        let at = view.program.place(field.call);
        let id = system.add(NodeKind::Feature, name, at, system.node(of).symbol);
        system.say(id, "part", "field");
        system.doubt(id, Certainty::Inferred);
        system.join(EdgeKind::Follows, id, of, at, Certainty::Inferred);
        let taken = within.is_none_or(|some| some.as_ref().is_none_or(|some| some.contains(&field.name)));
        if !taken && !asked.opaque {
            system.mark(id, "orphan");
        }
    }
}
