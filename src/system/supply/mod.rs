//! Data that is read but that nothing makes, and the place beside it where somebody may have put it.

mod named;

use rustc_hash::{FxHashMap, FxHashSet};

use super::data::{is_gated, node};
use super::renamed::Renamed;
use super::silence::uses;
use super::whereabouts::{folder, kin, last, mentioned};
use super::{Known, Role, View};
use crate::fact::{Access, OpKind, Text, Val};
use crate::lexicon::{Meaning, Returns};
use crate::program::{Node, parent};
use crate::source::At;
use crate::system::graph::{NodeId, System};
use crate::value::place::Place;
use crate::value::spelling::{covers, fits};
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};
use named::Named;

/// Where a dataset is read.
struct Reading {
    dataset: NodeId,
    at: At,
    symbol: Text,
    role: Role,
    /// It is one of several that one call reads, and a condition on a text chooses among them.
    chosen: bool,
}

/// Fewer places than this that others write into a folder do not make it a folder of made data.
const MADE_FOLDER: usize = 3;

/// What lies in a pickle.
const KEPT: &str = "persistence.Object";

/// So many files, all of which go from one program to another, are handed over as a set.
const ODD: usize = 2;

/// So many letters and digits of a name with unknown parts tell it from any other.
const TOLD: usize = 8;

/// Adds a group for each dataset that is read and that nothing makes: beside a place that is written instead, or in a
/// folder whose other files the repository makes itself.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let written = Written::new(system);
    let renamed = Renamed::new(system);
    let mut missing = Vec::new();
    for reading in readings(view, system, known) {
        let name = system.node(reading.dataset).name;
        let lacks = written.lacks(view, system, reading.dataset);
        let instead = match lacks {
            true => {
                let beside = written.beside(system, &name).or_else(|| written.next_door(view, system, &name));
                beside
                    .or_else(|| renamed.instead(view, system, &name, reading.dataset))
                    .or_else(|| written.in_other_form(view, system, reading.dataset))
            }
            false if view.program.keeps(&name) => written.copied_by_hand(system, &name),
            false => None,
        };
        match instead {
            Some(instead) => {
                let group = group(system, &reading, "path-mismatch");
                for edge in written.edges(system, instead) {
                    system.join(EdgeKind::Writes, group, instead, edge, Certainty::Inferred);
                }
            }
            None if lacks => missing.push(reading),
            None => {}
        }
    }
    for (reading, instead) in patterns(view, system, known, &renamed) {
        let group = group(system, &reading, "path-mismatch");
        for edge in written.edges(system, instead) {
            system.join(EdgeKind::Writes, group, instead, edge, Certainty::Inferred);
        }
    }
    for reading in asked(system) {
        let name = system.node(reading.dataset).name;
        let lacks = written.lacks(view, system, reading.dataset);
        let instead = written.elsewhere(system, &reading).filter(|_| lacks).or_else(|| written.beside(system, &name));
        if let Some(instead) = instead.filter(|_| lacks) {
            let group = group(system, &reading, "path-mismatch");
            for edge in written.edges(system, instead) {
                system.join(EdgeKind::Writes, group, instead, edge, Certainty::Inferred);
            }
        }
    }
    missing.retain(|reading| !is_beside_copy(system, known, reading));
    let (lone, rest): (Vec<Reading>, Vec<Reading>) =
        missing.into_iter().partition(|reading| written.is_lone(view, system, reading));
    let mut missing = rest;
    for reading in unsaid(view, system, known, lone) {
        group(system, &reading, "unmade");
    }
    // Only where the repository makes the files around it.
    let made = |system: &System, reading: &Reading| written.is_of_programs(view, system, reading);
    missing.retain(|reading| {
        made(system, reading)
            || written.made_like(system, reading) >= MADE_FOLDER
            || written.is_odd_one(system, reading)
    });
    let names = missing.iter().map(|r| last(&system.node(r.dataset).name)).collect();
    let elsewhere = mentioned(view, known, names, Access::Read);
    missing.retain(|r| !elsewhere.contains(&last(&system.node(r.dataset).name)));
    let mut lost: FxHashMap<(&str, &str), usize> = FxHashMap::default();
    for reading in &missing {
        *lost.entry(kin(system.node(reading.dataset).name.as_str())).or_default() += 1;
    }
    for reading in &missing {
        let lost = lost[&kin(system.node(reading.dataset).name.as_str())];
        if made(system, reading)
            || lost * MADE_FOLDER <= written.made_like(system, reading)
            || lost == 1 && written.is_odd_one(system, reading)
        {
            group(system, reading, "never-written");
        }
    }
}

/// Is what is read taken out of a file in which only a program can have put it?
fn is_unpickled(view: &View<'_>, reading: &Reading) -> bool {
    let kept = |m: &Meaning| matches!(&m.returns, Some(Returns::Type(name)) if name == KEPT);
    let keeps = |callee: &Callee<'_>| matches!(callee, Callee::Meaning(m) if kept(m));
    let here = view.touches.all.iter().filter(|touch| view.program.place(touch.call) == reading.at);
    here.flat_map(|touch| uses(view, touch)).any(|call| view.types.callees(call).iter().any(keeps))
}

/// Those of some readings whose names stand nowhere else, in a repository that fits models or keeps such files itself.
fn unsaid(view: &View<'_>, system: &System, known: &Known, mut readings: Vec<Reading>) -> Vec<Reading> {
    let names = readings.iter().map(|r| last(&system.node(r.dataset).name)).collect();
    let elsewhere = mentioned(view, known, names, Access::Read);
    readings.retain(|r| !elsewhere.contains(&last(&system.node(r.dataset).name)));
    let learns = known.roles.contains(&Role::Train);
    readings.retain(|_| learns);
    readings
}

/// Adds a group if a command puts a folder there, one folder deeper than where it is read.
fn is_beside_copy(system: &mut System, known: &Known, reading: &Reading) -> bool {
    let name = system.node(reading.dataset).name;
    let covering = known.landings.iter().find(|l| covers(&l.target, &name) && !covers(&l.folder, &name));
    let Some(landing) = covering else { return false };
    let group = group(system, reading, "copy-drift");
    let place = Place { name: landing.folder.clone(), known: true, ..Place::default() };
    let folder = node(system, &place, landing.at, reading.symbol);
    system.join(EdgeKind::Writes, group, folder, landing.at, Certainty::Inferred);
    true
}

fn group(system: &mut System, reading: &Reading, what: &str) -> NodeId {
    let name = system.node(reading.dataset).name;
    let group = system.add(NodeKind::Group, name, reading.at, reading.symbol);
    system.say(group, "what", what);
    system.say(group, "role", reading.role.word());
    system.join(EdgeKind::Reads, group, reading.dataset, reading.at, Certainty::Inferred);
    group
}

/// What steps say they take, and no step makes.
fn asked(system: &System) -> Vec<Reading> {
    let mut found = Vec::new();
    for (id, node) in system.nodes().filter(|(_, node)| node.kind == NodeKind::Step) {
        for edge in system.out(id).iter().map(|edge| system.edge(*edge)).filter(|e| e.kind == EdgeKind::Declares) {
            let outside = ["remote", "pattern", "temporary", "copied"];
            let dataset = edge.to;
            let made = system.reached(dataset, EdgeKind::Follows).next().is_some();
            if system.node(dataset).kind == NodeKind::Dataset
                && !made
                && !outside.iter().any(|flag| system.is(dataset, flag))
            {
                found.push(Reading { dataset, at: edge.at, symbol: node.symbol, role: Role::Plain, chosen: false });
            }
        }
    }
    found.sort_by_key(|reading| reading.at);
    found
}

/// Places with unknown parts that are read, and what is written instead.
fn patterns(view: &View<'_>, system: &System, known: &Known, renamed: &Renamed) -> Vec<(Reading, NodeId)> {
    let readings = expected(view, known, true).into_iter().filter(|reading| {
        let outside = ["remote", "temporary", "declared", "copied"];
        system.is(reading.dataset, "pattern") && !outside.iter().any(|flag| system.is(reading.dataset, flag))
    });
    readings
        .filter_map(|reading| Some((renamed.pattern(view, system, reading.dataset)?, reading)))
        .map(|(i, r)| (r, i))
        .collect()
}

/// The first reading of each dataset outside of tests that expects it to be there, and whose place is known.
fn readings(view: &View<'_>, system: &System, known: &Known) -> Vec<Reading> {
    let mut found = expected(view, known, false);
    found.retain(|r| {
        let outside = ["remote", "pattern", "temporary", "declared", "copied"];
        // What a registry keeps is made here as well.
        let registered = |flag: &str| flag == "remote" && system.node(r.dataset).name.starts_with("model:");
        !outside.iter().any(|flag| system.is(r.dataset, flag) && !registered(flag))
    });
    found
}

/// The first reading of each dataset outside of tests that expects it to be there; whether what is given on the command
/// line counts.
fn expected(view: &View<'_>, known: &Known, given: bool) -> Vec<Reading> {
    let mut optional: FxHashSet<NodeId> = FxHashSet::default();
    let mut found: FxHashMap<NodeId, Reading> = FxHashMap::default();
    let touches = view.touches.all.iter().zip(&known.datasets).filter(|(t, _)| t.access == Access::Read);
    let touches = touches.filter_map(|(t, d)| Some(((*d)?, t.root, t.top(view.program), t.call, t.chosen())));
    let queries = known.queries.iter().filter(|q| q.access == Access::Read);
    let queries = queries.map(|q| (q.dataset, q.within, q.call, q.call, false));
    let mut several: FxHashMap<Node, FxHashSet<NodeId>> = FxHashMap::default();
    for (touch, dataset) in view.touches.all.iter().zip(&known.datasets) {
        several.entry(touch.call).or_default().extend(*dataset);
    }
    for (dataset, root, top, call, chosen) in touches.chain(queries) {
        let role = known.roles[root.file.index()];
        if role == Role::Test {
            continue;
        }
        if chosen && !given || is_gated(view, call) || is_gated(view, top) {
            optional.insert(dataset);
        }
        let at = view.program.place(top);
        let among = several.get(&call).is_some_and(|datasets| datasets.len() > 1) && is_chosen(view, call);
        let reading = Reading { dataset, at, symbol: view.symbol(root), role, chosen: among };
        match found.get(&dataset) {
            Some(first) if first.at <= at => {}
            _ => {
                found.insert(dataset, reading);
            }
        }
    }
    let mut found: Vec<Reading> = found.into_values().filter(|r| !optional.contains(&r.dataset)).collect();
    found.sort_by_key(|r| r.at);
    found
}

/// Does a condition around an operation compare with a text, which chooses what is meant there?
fn is_chosen(view: &View<'_>, node: Node) -> bool {
    let at = |value: Val| view.program.op(Node { value, ..node }).kind;
    let texts = |value: Val| matches!(at(value), OpKind::Str(_) | OpKind::List(_) | OpKind::Tuple(_));
    view.evaluator.branches.around(node).any(|arm| match at(arm.start) {
        OpKind::If(condition, _) | OpKind::Else(condition, _) => {
            matches!(at(condition), OpKind::Compare(_, left, right) if texts(left) || texts(right))
        }
        _ => false,
    })
}

/// What the repository writes.
struct Written {
    exact: FxHashMap<Text, NodeId>,
    patterns: Vec<(Text, NodeId)>,
    by_folder: FxHashMap<String, Vec<NodeId>>,
    /// By the folder, and what tells a name from others.
    by_words: FxHashMap<(String, Named), Vec<NodeId>>,
    by_last: FxHashMap<Text, Vec<NodeId>>,
}

impl Written {
    fn new(system: &System) -> Self {
        let mut written = Self {
            exact: FxHashMap::default(),
            patterns: Vec::new(),
            by_folder: FxHashMap::default(),
            by_words: FxHashMap::default(),
            by_last: FxHashMap::default(),
        };
        for (id, node) in system.nodes().filter(|(_, n)| n.kind == NodeKind::Dataset) {
            let step = |maker: NodeId| system.node(maker).kind == NodeKind::Step;
            let made = system.reached(id, EdgeKind::Follows).any(step);
            if !made && system.reaching(id, EdgeKind::Writes).next().is_none() || system.is(id, "remote") {
                continue;
            }
            if system.is(id, "pattern") {
                written.patterns.push((node.name, id));
            } else {
                written.exact.insert(node.name, id);
                written.by_last.entry(last(&node.name)).or_default().push(id);
            }
            let folder = folder(&node.name).to_owned();
            written.by_words.entry((folder.clone(), Named::new(&node.name))).or_default().push(id);
            written.by_folder.entry(folder).or_default().push(id);
        }
        written
    }

    /// Is the dataset nowhere: neither written, nor kept, nor below or above what is?
    fn lacks(&self, view: &View<'_>, system: &System, dataset: NodeId) -> bool {
        let name = system.node(dataset).name;
        let mut above = name.as_str();
        while !above.is_empty() {
            if self.exact.contains_key(&Text::from(above)) {
                return false;
            }
            above = parent(above);
        }
        let below = format!("{name}/");
        !view.program.keeps(&name)
            && !view.program.keeps_folder(&name)
            && !self.exact.keys().any(|written| written.starts_with(&below))
            && !self.patterns.iter().any(|(pattern, _)| covers(pattern, &name) || covers(&name, pattern))
    }

    /// How many places of the same folder and ending are written by others than who reads: what a program makes of its
    /// raw data lies beside them.
    fn made_like(&self, system: &System, reading: &Reading) -> usize {
        let name = system.node(reading.dataset).name;
        let by_others = |other: NodeId| {
            let edges = system.into(other).iter().map(|e| system.edge(*e));
            edges.filter(|e| e.kind == EdgeKind::Writes).any(|e| e.at.file != reading.at.file)
        };
        let alike = |other: &&NodeId| kin(&system.node(**other).name) == kin(&name) && by_others(**other);
        self.by_folder.get(folder(&name)).into_iter().flatten().filter(alike).count()
    }

    /// Is it of a form that only programs make, in a folder into which those of the repository put others of such forms?
    fn is_of_programs(&self, view: &View<'_>, system: &System, reading: &Reading) -> bool {
        let name = system.node(reading.dataset).name;
        let is_made = |name: &str| view.lexicon.words.ends_as_made(name);
        // A bare name lies where each program is started.
        let home = parent(view.program.path(reading.at.file));
        let is_near = |other: NodeId| {
            let writes =
                system.into(other).iter().map(|edge| system.edge(*edge)).filter(|e| e.kind == EdgeKind::Writes);
            let mut homes = writes.map(|edge| parent(view.program.path(edge.at.file)));
            !folder(&name).is_empty() || homes.any(|of| of == home)
        };
        let mut beside = self.by_folder.get(folder(&name)).into_iter().flatten();
        let is_own = is_made(&name) || is_unpickled(view, reading);
        is_own && !reading.chosen && beside.any(|other| is_made(&system.node(*other).name) && is_near(*other))
    }

    /// Is it of a form that only programs make, where no other of such a form is made beside it, and none of its name
    /// anywhere?
    fn is_lone(&self, view: &View<'_>, system: &System, reading: &Reading) -> bool {
        let name = system.node(reading.dataset).name;
        let own = last(&name);
        let told = |pattern: &str| pattern.replace("{}", "").bytes().any(|b| b.is_ascii_alphanumeric());
        let fitting = |(pattern, _): &(Text, NodeId)| {
            let pattern = last(pattern);
            // A pattern of which nothing but the ending is known may be anything.
            let stem = pattern.rsplit_once('.').map_or(pattern.as_str(), |(stem, _)| stem);
            !told(stem) && pattern.ends_with(own.rsplit_once('.').map_or("", |(_, ending)| ending))
                || fits(&pattern, &own)
        };
        let here = folder(&name).contains(|c: char| c.is_ascii_alphanumeric()) && !name.starts_with(['/', '$', '~']);
        // What is taken out of a pickle was put into one, whatever its file is called.
        let unpickled = is_unpickled(view, reading);
        (view.lexicon.words.ends_as_made(&name) && here || unpickled && !name.starts_with(['/', '$', '~']))
            && !name.contains(':')
            && !reading.chosen
            && !self.is_of_programs(view, system, reading)
            && !self.by_last.contains_key(&own)
            && !self.patterns.iter().any(fitting)
    }

    /// Does who reads it also read all else of the folder, two files at least, that one other program writes?
    fn is_odd_one(&self, system: &System, reading: &Reading) -> bool {
        let name = system.node(reading.dataset).name;
        let all =
            self.by_folder.get(folder(&name)).into_iter().flatten().filter(|_| folder(&name).contains(|c| c != '/'));
        let alike: Vec<NodeId> = all.copied().filter(|other| kin(&system.node(*other).name) == kin(&name)).collect();
        let files = |other: NodeId, kind: EdgeKind| {
            let edges = system.into(other).iter().map(move |edge| system.edge(*edge));
            edges.filter(move |edge| edge.kind == kind).map(|edge| edge.at.file).collect::<FxHashSet<_>>()
        };
        let writers: FxHashSet<_> = alike.iter().flat_map(|other| files(*other, EdgeKind::Writes)).collect();
        alike.len() >= ODD
            && writers.len() == 1
            && !writers.contains(&reading.at.file)
            && alike.iter().all(|other| files(*other, EdgeKind::Reads).contains(&reading.at.file))
    }

    /// The place that is written in the same folder under nearly the same name.
    fn beside(&self, system: &System, name: &str) -> Option<NodeId> {
        let alike = self.by_words.get(&(folder(name).to_owned(), Named::new(name)));
        let mut near = alike.into_iter().flatten().copied().filter(|other| system.node(*other).name != name);
        let found = near.next()?;
        near.next().is_none().then_some(found)
    }

    /// The file beside it that is called the same but for its ending, and that nobody reads.
    fn in_other_form(&self, view: &View<'_>, system: &System, dataset: NodeId) -> Option<NodeId> {
        let name = &system.node(dataset).name;
        let stem = |name: &str| last(name).rsplit_once('.').map(|(stem, _)| stem.to_owned());
        let own = stem(name)?;
        let is_read = |other: NodeId| system.reaching(other, EdgeKind::Reads).next().is_some();
        // Who reads the one and writes the other only gives it another form.
        let files = |of: NodeId, kind: EdgeKind| {
            let edges = system.into(of).iter().map(move |edge| system.edge(*edge));
            edges.filter(move |edge| edge.kind == kind).map(|edge| edge.at.file).collect::<FxHashSet<_>>()
        };
        let is_converted = |other: NodeId| {
            system.reached(other, EdgeKind::Derives).any(|of| of == dataset)
                || !files(other, EdgeKind::Writes).is_disjoint(&files(dataset, EdgeKind::Reads))
        };
        let is_data = |other: NodeId| {
            let content = system.get(other, "content");
            let is = |word: &str| content == Some(crate::system::graph::Value::Text(Text::from(word)));
            view.lexicon.words.ends_as_data(&system.node(other).name) && !is("figure") && !is("log")
        };
        let mut near = self.by_folder.get(folder(name)).into_iter().flatten().copied().filter(|other| {
            let other_name = system.node(*other).name;
            stem(&other_name).as_ref() == Some(&own)
                && other_name != *name
                && !is_read(*other)
                && is_data(*other)
                && !is_converted(*other)
        });
        let found = near.next().filter(|_| view.lexicon.words.ends_as_data(name))?;
        near.next().is_none().then_some(found)
    }

    /// The file of the same name in a folder beside the own one, into which it is copied and in which nobody looks for it.
    fn next_door(&self, view: &View<'_>, system: &System, name: &str) -> Option<NodeId> {
        let own = last(name);
        let read = |other: NodeId| system.reaching(other, EdgeKind::Reads).next().is_some();
        let made = |of: NodeId| system.reaching(of, EdgeKind::Writes).next().is_some();
        // What is made of the very data that is read is no copy that missed its place.
        let copied = |other: NodeId| {
            let sources: Vec<(NodeId, Text)> =
                system.reached(other, EdgeKind::Derives).map(|of| (of, system.node(of).name)).collect();
            let same = |(of, source): &(NodeId, Text)| last(source) == own && made(*of);
            // Code that writes it may have changed it; a command only moves it.
            let writes =
                system.into(other).iter().map(|edge| system.edge(*edge)).filter(|e| e.kind == EdgeKind::Writes);
            let moved = writes.into_iter().all(|edge| !view.is_code(edge.at.file));
            moved && sources.iter().all(|(_, source)| *source != name) && sources.iter().any(same)
        };
        let near = |other: &NodeId| {
            let place = system.node(*other).name;
            let (here, there) = (folder(name), folder(&place));
            here != there
                && !parent(here).is_empty()
                && parent(here) == parent(there)
                && !read(*other)
                && copied(*other)
        };
        let same = self.by_last.get(&own).filter(|_| own.contains('.')).into_iter().flatten().copied();
        let mut found = same.filter(near);
        let only = found.next()?;
        found.next().is_none().then_some(only)
    }

    /// The file of the same name that a step makes in another folder, of other things, and that nobody takes.
    fn elsewhere(&self, system: &System, reading: &Reading) -> Option<NodeId> {
        let name = system.node(reading.dataset).name;
        let own = last(&name);
        let free = |other: NodeId| {
            let maker = system.reached(other, EdgeKind::Follows).next();
            let takers = system.reaching(other, EdgeKind::Declares).filter(|taker| Some(*taker) != maker);
            let read = system.reaching(other, EdgeKind::Reads).next().is_some();
            let of_this = |maker: NodeId| system.reached(maker, EdgeKind::Declares).any(|of| of == reading.dataset);
            takers.count() == 0 && !read && maker.is_some_and(|maker| !of_this(maker))
        };
        let same = self.by_last.get(&own).filter(|_| own.contains('.')).into_iter().flatten().copied();
        let mut found = same.filter(|id| system.node(*id).name != name && free(*id));
        let only = found.next()?;
        found.next().is_none().then_some(only)
    }

    /// The place that is written in another folder, under a name with parts made at run time, and that nobody reads:
    /// what is read was picked from there and renamed by hand.
    fn copied_by_hand(&self, system: &System, name: &str) -> Option<NodeId> {
        if self.exact.contains_key(&Text::from(name)) || name.starts_with("table:") {
            return None;
        }
        let last = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
        let own = last(name);
        let told = |pattern: &str| pattern.replace("{}", "").bytes().filter(u8::is_ascii_alphanumeric).count() >= TOLD;
        let fitting = |(pattern, id): &&(Text, NodeId)| {
            let pattern_last = last(pattern);
            pattern_last.contains("{}")
                && told(&pattern_last)
                && fits(&pattern_last, &own)
                && !covers(pattern, name)
                && system.reaching(*id, EdgeKind::Reads).next().is_none()
        };
        self.patterns.iter().find(fitting).map(|(_, id)| *id)
    }

    fn edges(&self, system: &System, dataset: NodeId) -> Vec<At> {
        let writes = system.into(dataset).iter().map(|e| system.edge(*e)).filter(|e| e.kind == EdgeKind::Writes);
        let made = system.out(dataset).iter().map(|e| system.edge(*e)).filter(|e| e.kind == EdgeKind::Follows);
        writes.chain(made).map(|e| e.at).take(1).collect()
    }
}
