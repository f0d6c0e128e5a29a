//! Steps of a pipeline that may fail without holding back the next ones, as whoever starts them says.

use rustc_hash::FxHashSet;

use crate::fact::{OpKind, Role as ArgRole, Scalar, Text};
use crate::program::Node;
use crate::source::{At, FileId, Span};
use crate::system::Invocation;
use crate::system::View;
use crate::system::check::{Capture, Check, Grounds, Sighting};
use crate::system::graph::NodeId;
use crate::system::is_value_used;
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

pub const CHECK: Check = Check { rule: "ignored-step-failure", find };

/// One sighting for each step whose failure its starter passes over.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let mut found = commands(grounds);
    found.extend(calls(grounds));
    found.extend(tasks(grounds));
    found
}

/// What a program does that others build on, if it does any of it.
fn work(grounds: &Grounds<'_>, program: FileId) -> Option<&'static str> {
    let reached = grounds.known.reached.get(&program)?;
    let runs = |node: Node| reached.contains(&grounds.view.program.owner(node));
    let acts = grounds.learning.acts.all.iter().filter(|act| runs(act.call));
    let kinds: FxHashSet<NodeKind> = acts.map(|act| grounds.system.node(act.node).kind).collect();
    if kinds.contains(&NodeKind::Training) {
        return Some("trains");
    }
    let within = |id: NodeId| grounds.system.node(id).at.file;
    let checks = grounds.system.nodes().filter(|(_, node)| node.kind == NodeKind::Check);
    if checks.map(|(id, _)| within(id)).any(|file| file == program) {
        return Some("checks");
    }
    let writes = grounds.touched().any(|(touch, _)| {
        matches!(touch.access, crate::fact::Access::Write | crate::fact::Access::Append) && runs(touch.call)
    });
    (writes || kinds.contains(&NodeKind::Prediction)).then_some("writes")
}

/// `python train.py || true`, and steps of workflows that may fail.
fn commands(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let mut found = Vec::new();
    let mut told: FxHashSet<At> = FxHashSet::default();
    for start in &grounds.known.invocations {
        let file = start.at.file;
        if view.is_code(file) || view.program.is_test(start.program) {
            continue;
        }
        let facts = view.program.file(file);
        let Some(excuse) = excuse(view, start).filter(|span| told.insert(At { file, span: *span })) else { continue };
        // What nothing comes after holds nothing back.
        let next = facts.commands.iter().find(|c| c.span.start > start.at.span.start && is_work(&c.words));
        let Some(next) = next else { continue };
        let Some(work) = work(grounds, start.program) else { continue };
        let at = At { file, span: excuse };
        let next = At { file, span: next.span };
        found.push(sighting(grounds, at, view.program.path(start.program), work, next));
    }
    found
}

/// Where is it said that what comes of a command does not matter?
fn excuse(view: &View<'_>, start: &Invocation) -> Option<Span> {
    let facts = view.program.file(start.at.file);
    let own = facts.commands.iter().find(|command| command.span == start.at.span).and_then(|command| command.excused);
    own.or_else(|| {
        let is_true = |value: Scalar| matches!(value, Scalar::Bool(true));
        let keys = facts.settings.iter().filter(|s| s.keys.last().is_some_and(|key| view.lexicon.words.excuses(key)));
        let excused = keys.filter(|s| is_true(s.value)).find(|excuse| {
            let holder = &excuse.keys[..excuse.keys.len() - 1];
            facts.settings.iter().any(|s| {
                let holds = s.value_span.start <= start.at.span.start && start.at.span.end <= s.value_span.end;
                s.keys.len() > holder.len() && s.keys.starts_with(holder) && matches!(s.value, Scalar::Text(_)) && holds
            })
        });
        excused.map(|excuse| excuse.span)
    })
}

/// Does a command do anything but to say something?
fn is_work(words: &[Text]) -> bool {
    !words
        .first()
        .is_none_or(|first| matches!(first.as_str(), "echo" | "printf" | "true" | ":" | "exit" | "date" | "set"))
}

/// `os.system("python train.py")`, and then the next program.
fn calls(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let mut found = Vec::new();
    let mut told: FxHashSet<FileId> = FxHashSet::default();
    for start in &grounds.known.invocations {
        let file = start.at.file;
        if !view.is_code(file) || !grounds.is_product(file) || told.contains(&file) {
            continue;
        }
        let Some(call) = unheard(view, start.at) else { continue };
        let own = view.program.owner(call);
        let later = grounds.known.invocations.iter().filter(|other| other.at.file == file && other.at != start.at);
        let next = later.filter(|other| other.at.span.start > start.at.span.start).find(|other| {
            other.program != start.program
                && unheard(view, other.at).is_some_and(|call| view.program.owner(call) == own)
        });
        let Some(next) = next else { continue };
        let Some(work) = work(grounds, start.program) else { continue };
        told.insert(file);
        found.push(sighting(grounds, start.at, view.program.path(start.program), work, next.at));
    }
    found
}

/// The call at a place that starts a program, if nobody can know whether that has failed.
fn unheard(view: &View<'_>, at: At) -> Option<Node> {
    let (_, call) = view.calls().find(|(_, call)| call.file == at.file && view.program.op(*call).span == at.span)?;
    let OpKind::Call(_, operands) = view.program.op(call).kind else { return None };
    let checked_by = view.types.callees(call).iter().find_map(|callee| match callee {
        Callee::Meaning(meaning) => meaning.goes_on_unless.as_deref(),
        Callee::Function(..) => None,
    })?;
    let operands = view.program.operands(call.file, operands);
    let checks = operands.iter().any(|o| matches!(o.role, ArgRole::Named(name) if name == checked_by));
    let spread = operands.iter().any(|o| o.role == ArgRole::Spread);
    (!checks && !spread && !is_value_used(view, call.file, call.value)).then_some(call)
}

/// Tasks that are run whatever came of those before them, and that do more than to tidy up.
fn tasks(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, system) = (grounds.view, grounds.system);
    let mut found = Vec::new();
    for (_, call) in view.calls().filter(|(def, _)| grounds.is_product(def.file)) {
        let OpKind::Call(_, operands) = view.program.op(call).kind else { continue };
        let says = |o: &crate::fact::Operand| match o.role {
            ArgRole::Named(name) => {
                let value = Node { value: o.value, ..call };
                let said = match view.program.op(value).kind {
                    OpKind::Attr(_, value) => Some(value),
                    _ => view.program.literal(value),
                };
                said.is_some_and(|said| view.lexicon.words.runs_regardless(&name, &said)).then_some(value)
            }
            _ => None,
        };
        let Some(rule) = view.program.operands(call.file, operands).iter().find_map(says) else { continue };
        let places = places(view, call);
        let of = |node: &&crate::system::graph::Node| node.kind == NodeKind::Step && places.contains(&node.at);
        let Some((step, _)) = system.nodes().find(|(_, node)| of(node)) else { continue };
        let earlier = system.reached(step, EdgeKind::Follows).find(|other| system.node(*other).kind == NodeKind::Step);
        let works = system.reached(step, EdgeKind::Writes).next().is_some();
        let (Some(earlier), true) = (earlier, works) else { continue };
        let at = view.program.place(rule);
        found.push(sighting(grounds, at, &system.node(earlier).name, "regardless", system.node(step).at));
    }
    found
}

/// Where the step stands that a call makes: the call itself, or the function that it decorates.
fn places(view: &View<'_>, call: Node) -> Vec<At> {
    let definitions = (0..).zip(&view.program.file(call.file).definitions);
    let decorated = definitions.filter(|(_, d)| d.decorators.contains(&call.value));
    let decorated = decorated.map(|(id, _)| view.program.def_place(crate::program::Def { file: call.file, id }));
    std::iter::once(view.program.place(call)).chain(decorated).collect()
}

fn sighting(grounds: &Grounds<'_>, at: At, step: &str, work: &str, next: At) -> Sighting {
    let path = Text::from(grounds.view.program.path(at.file));
    Sighting::new(
        at,
        vec![path, Text::from(&format!("{step} excused"))],
        Certainty::Inferred,
        vec![
            ("step", Capture::Text(Text::from(step))),
            ("work", Capture::Text(Text::from(work))),
            ("next", next.into()),
        ],
    )
}
