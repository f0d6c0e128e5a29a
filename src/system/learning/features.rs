//! Columns as features: which models take them, of which others they are computed, and which nobody takes.

use rustc_hash::FxHashSet;

use super::super::{Known, View};
use super::chosen::Chosen;
use super::{Acts, outputs};
use crate::fact::{OpKind, Text};
use crate::lexicon::Columns;
use crate::program::Node;
use crate::source::At;
use crate::system::columns::holds_columns;
use crate::system::graph::{NodeId, System};
use crate::value::follow::Seen;
use crate::value::frame::{Column, Frames, How, Rest};
use crate::value::mentions::{How as Mentioned, Mentions};
use crate::value::spelling::fits;
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Columns of one table that are looked at.
const WIDTH: usize = 600;

/// Names that one value may go by before it is seen what it is.
const NAMES: usize = 4;

/// Adds the columns that models take and that are computed on the way to them.
pub fn derive(
    view: &View<'_>,
    system: &mut System,
    known: &Known,
    acts: &Acts<'_>,
    frames: &Frames<'_>,
    chosen: &[Chosen<'_>],
) {
    let mut defined: FxHashSet<At> = FxHashSet::default();
    everywhere(view, system, known, frames, &mut defined);
    let mut taken: FxHashSet<Text> = FxHashSet::default();
    let mut unused: Vec<(NodeId, Text)> = Vec::new();
    let mut done: FxHashSet<(Node, Text)> = FxHashSet::default();
    for one in chosen {
        for column in one.x.columns.iter().chain(&one.x.left).chain(&one.y.columns).take(WIDTH) {
            let Some(made) = &column.made else { continue };
            defined.insert(made.at);
            if done.insert((made.by, column.name)) {
                computed(view, system, known, frames, column);
            }
        }
        if !one.fits() {
            taken.extend(one.x.columns.iter().map(|column| column.name));
            continue;
        }
        choose(view, system, one);
        taken.extend(one.x.columns.iter().chain(&one.y.columns).map(|column| column.name));
        match one.named() {
            Some(_) => {}
            None => {
                // Somebody may take any of them.
                taken.extend(one.x.left.iter().map(|column| column.name));
                continue;
            }
        }
        for column in one.x.left.iter().filter(|c| !c.name.contains("{}")).take(WIDTH) {
            let Some(made) = &column.made else { continue };
            // Another name computes nothing, and what is the same in every row tells of where it comes from.
            if matches!(made.how, How::Same(_)) || is_given(view, &made.how) {
                continue;
            }
            let Some(feature) = system.find(NodeKind::Feature, column.name) else { continue };
            // Many definitions of one name are one feature; it stands where the model does not take it.
            system.mark(feature, "closed");
            system.say(feature, "role", known.roles[made.by.file.index()].word());
            let at = view.program.place(one.act.call);
            system.join(EdgeKind::Derives, feature, one.act.node, at, Certainty::Inferred);
            unused.push((feature, column.name));
        }
    }
    unused.sort_unstable();
    unused.dedup();
    if unused.is_empty() {
        return;
    }
    taken.extend(written(view, known, acts, frames));
    let names: FxHashSet<Text> = unused.iter().map(|(_, name)| *name).collect();
    let read = Read::new(view, &names, &defined);
    for (feature, name) in unused {
        // A name that begins so says that the column is no feature: it carries something along.
        let aside = name.starts_with('_');
        if aside
            || taken.iter().any(|taken| *taken == name || (taken.contains("{}") && fits(taken, &name)))
            || read.reads(name)
        {
            system.mark(feature, "used");
        }
    }
}

/// Is a column not computed of others: a constant, the time, or what a caller hands in?
fn is_given(view: &View<'_>, how: &How) -> bool {
    match how {
        How::Value(value) => is_given_within(view, value, 0),
        _ => false,
    }
}

fn is_given_within(view: &View<'_>, value: &Seen, depth: usize) -> bool {
    let tells_time = |callee: &Callee<'_>| matches!(callee, Callee::Meaning(meaning) if meaning.tells_time);
    let back = view.evaluator.follow.back(value).values;
    match view.program.op(value.node).kind {
        OpKind::Str(_) | OpKind::Int(_) | OpKind::Float(_) | OpKind::Bool(_) | OpKind::Nothing => true,
        OpKind::Call(..) if view.types.callees(value.node).iter().any(tells_time) => true,
        OpKind::Param(_) if back.is_empty() => true,
        _ => depth < NAMES && !back.is_empty() && back.iter().all(|value| is_given_within(view, value, depth + 1)),
    }
}

/// Says how a training's inputs are chosen, and which they are.
fn choose(view: &View<'_>, system: &mut System, one: &Chosen<'_>) {
    let node = one.act.node;
    if one.x.unordered.is_some() {
        system.mark(node, "unordered");
    }
    if let Some(columns) = one.named() {
        system.say(node, "selection", "closed");
        for column in columns.iter().take(WIDTH) {
            let symbol = Text::from(view.program.path(column.at.file));
            let feature = system.named(NodeKind::Feature, column.name, column.at, symbol);
            system.join(EdgeKind::Feeds, feature, node, column.at, Certainty::Inferred);
        }
    } else if one.open() {
        system.say(node, "selection", "open");
        let mut except: Vec<&str> = match &one.x.rest {
            Rest::Others(without) => without.iter().map(|name| name.as_str()).collect(),
            _ => Vec::new(),
        };
        let mut seen = FxHashSet::default();
        except.retain(|name| seen.insert(*name));
        // Which they are may be made at run time.
        let except = if except.is_empty() { "some".to_owned() } else { except.join(", ") };
        system.say(node, "except", &except);
    } else {
        system.say(node, "selection", if one.x.rest == Rest::Nothing { "closed" } else { "unknown" });
    }
    if one.named().is_none() {
        for column in one.x.columns.iter().filter(|column| column.made.is_some()).take(WIDTH) {
            let symbol = Text::from(view.program.path(column.at.file));
            let feature = system.named(NodeKind::Feature, column.name, column.at, symbol);
            system.join(EdgeKind::Feeds, feature, node, column.at, Certainty::Inferred);
        }
    }
    if let [label] = one.y.columns.as_slice() {
        system.say(node, "label", &label.name);
    }
}

/// Adds the columns that are set by name on tables, wherever.
fn everywhere(view: &View<'_>, system: &mut System, known: &Known, frames: &Frames<'_>, defined: &mut FxHashSet<At>) {
    for (_, node) in view.operations(known) {
        let sets = match view.program.op(node).kind {
            OpKind::SetIndex(object, ..) => holds_columns(view, Node { value: object, ..node }),
            OpKind::Call(..) => view.types.callees(node).iter().any(|c| {
                matches!(c, Callee::Meaning(m) if matches!(m.frame, Some(
                    Columns::Define | Columns::Assign | Columns::Project | Columns::Evaluate | Columns::Alias
                )))
            }),
            _ => false,
        };
        if !sets {
            continue;
        }
        for column in frames.sets(&Seen::anywhere(node)) {
            defined.extend(column.made.as_ref().map(|made| made.at));
            defined.insert(column.at);
            computed(view, system, known, frames, &column);
        }
    }
}

/// Adds a column that is computed, and of which others.
fn computed(view: &View<'_>, system: &mut System, known: &Known, frames: &Frames<'_>, column: &Column) {
    let Some(made) = &column.made else { return };
    if column.name.is_empty() {
        return;
    }
    let def = view.program.owner(made.by);
    let feature = system.named(NodeKind::Feature, column.name, made.at, view.symbol(def));
    let role = known.roles[def.file.index()].word();
    if system.get(feature, "role").is_none() {
        system.say(feature, "role", role);
    }
    let Some(formula) = frames.formula(column) else { return };
    if !formula.text.is_empty() && system.get(feature, "formula").is_none() {
        let short: String = formula.text.chars().take(200).collect();
        system.say(feature, "formula", &short);
    }
    for source in formula.columns.iter().filter(|source| **source != column.name && !source.is_empty()) {
        let from = system.named(NodeKind::Feature, *source, made.at, view.symbol(def));
        system.join(EdgeKind::Derives, feature, from, made.at, Certainty::Inferred);
    }
}

/// The names of columns that are written whole to where nothing here reads them: somebody else may.
fn written(view: &View<'_>, known: &Known, acts: &Acts<'_>, frames: &Frames<'_>) -> FxHashSet<Text> {
    let read: FxHashSet<NodeId> = acts.read_at.values().flatten().map(|(dataset, _)| *dataset).collect();
    let mut names = FxHashSet::default();
    for (dataset, value, call) in outputs::writes(view, known) {
        if !read.contains(&dataset) {
            names.extend(frames.of(&value, call.value).columns.iter().map(|column| column.name));
        }
    }
    names
}

/// Where the names of columns are read.
struct Read {
    /// Attributes that are called and not read.
    called: FxHashSet<Node>,
    named: FxHashSet<Text>,
    parts: Vec<Text>,
}

impl Read {
    fn new(view: &View<'_>, names: &FxHashSet<Text>, defined: &FxHashSet<At>) -> Self {
        let mentions = Mentions::new(view.program, names);
        let functions = view.calls().filter_map(|(_, call)| match view.program.op(call).kind {
            OpKind::Call(function, _) => Some(Node { value: function, ..call }),
            _ => None,
        });
        let mut read = Self { called: functions.collect(), named: FxHashSet::default(), parts: Vec::new() };
        for name in names {
            let reads = mentions.of(*name).iter().any(|mention| match (mention.how, mention.value) {
                (Mentioned::Text, Some(value)) => {
                    let at = view.program.place(Node { file: mention.file, value });
                    !defined.contains(&at)
                }
                (Mentioned::Attribute, Some(value)) => {
                    let node = Node { file: mention.file, value };
                    !read.called.contains(&node) && is_column(view, node)
                }
                (Mentioned::Text | Mentioned::Setting, None) => true,
                _ => false,
            });
            if reads {
                read.named.insert(*name);
            }
        }
        read.said(view, names);
        read
    }

    /// Names within longer texts that say how rows are chosen or columns computed; parts of names that are asked for.
    fn said(&mut self, view: &View<'_>, names: &FxHashSet<Text>) {
        for (_, call) in view.calls() {
            let OpKind::Call(function, operands) = view.program.op(call).kind else { continue };
            let OpKind::Attr(_, method) = view.program.op(Node { value: function, ..call }).kind else { continue };
            let tests = view.lexicon.words.tests_text(&method) || method == "filter";
            let says = view
                .lexicon
                .table_method(method)
                .is_some_and(|m| matches!(m.frame, Some(Columns::Evaluate | Columns::Keep)) || m.sql.is_some());
            if !tests && !says {
                continue;
            }
            for operand in view.program.operands(call.file, operands) {
                let Some(text) = view.program.literal(Node { value: operand.value, ..call }) else { continue };
                if says {
                    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_').map(Text::from);
                    // What stands before a `=` alone is set there.
                    let set =
                        text.split_once('=').filter(|(_, right)| !right.starts_with('=')).map(|(left, _)| left.trim());
                    self.named.extend(words.filter(|word| names.contains(word) && set != Some(word.as_str())));
                }
                if tests && text.len() > 2 {
                    self.parts.push(text);
                }
            }
        }
    }

    fn reads(&self, name: Text) -> bool {
        self.named.contains(&name) || self.parts.iter().any(|part| name.contains(part.as_str()))
    }
}

/// Does reading an attribute read a column of that name?
fn is_column(view: &View<'_>, node: Node) -> bool {
    let OpKind::Attr(object, _) = view.program.op(node).kind else { return false };
    let object = Node { value: object, ..node };
    // A field of what a column has besides its values: `at.dt.month`.
    if let OpKind::Attr(_, name) = view.program.op(object).kind
        && view.lexicon.table_attribute(name).is_some_and(|m| !m.column)
    {
        return false;
    }
    holds_columns(view, object) || view.types.of(object).is_empty()
}
