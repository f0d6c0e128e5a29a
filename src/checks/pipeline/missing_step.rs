//! Commands, calls and sensors that name a flow or a step which is not there.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use crate::fact::{Declaration, OpKind, Text};
use crate::mistake::nearest;
use crate::source::{At, FileId};
use crate::system::Role;
use crate::system::check::{Capture, Check, Grounds, Sighting};
use crate::system::wired::Asking;
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::spelling::fits;
use crate::value::types::Callee;
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "missing-step", find };

/// What one file asks of one orchestrator in vain.
type Lost = Vec<(At, String, Option<String>)>;

/// One sighting for each file, orchestrator and kind of thing.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let universe = Universe::new(grounds);
    let called = called(grounds);
    let mut lost: BTreeMap<(FileId, Text, bool), Lost> = BTreeMap::new();
    for asking in grounds.known.asked.iter().chain(&called) {
        if grounds.role(asking.at.file) == Role::Test {
            continue;
        }
        if let Some(near) = universe.lacks(grounds, asking) {
            let of = lost.entry((asking.at.file, asking.tool, asking.flow)).or_default();
            if !of.iter().any(|(_, name, _)| *name == asking.name) {
                of.push((asking.at, asking.name.clone(), near));
            }
        }
    }
    lost.into_iter().map(|((file, tool, flow), lost)| sighting(grounds, (file, tool, flow), lost)).collect()
}

/// What there is of each orchestrator.
struct Universe<'g> {
    flows: BTreeMap<Text, FxHashSet<&'g str>>,
    steps: BTreeMap<Text, FxHashSet<&'g str>>,
    nested: bool,
}

impl<'g> Universe<'g> {
    fn new(grounds: &Grounds<'g>) -> Self {
        let known = grounds.known;
        let mut found =
            Self { flows: BTreeMap::new(), steps: BTreeMap::new(), nested: known.listings.iter().any(|l| l.nested) };
        for whole in &known.wholes {
            found.flows.entry(whole.tool).or_default().insert(&whole.name);
        }
        for step in known.wired.iter().filter(|step| step.registered) {
            found.steps.entry(step.tool).or_default().insert(&step.name);
        }
        // Registered pipelines are the flows of those whose steps hand on names.
        let by_name = known.wired.iter().find(|step| step.by_name).map(|step| step.tool);
        if let (Some(tool), true) = (by_name, known.listings.iter().all(|listing| listing.flows.is_some())) {
            let names = known.listings.iter().filter_map(|listing| listing.flows.as_ref()).flatten();
            found.flows.entry(tool).or_default().extend(names.map(String::as_str).chain(["__default__"]));
        }
        for facts in grounds.view.program.facts {
            for declaration in &facts.declarations {
                if let Declaration::Step(step) = declaration {
                    let name = step.name.as_str();
                    found.steps.entry(step.tool).or_default().extend([name, name.split('@').next().unwrap_or(name)]);
                }
            }
        }
        found
    }

    /// Is what is asked for not there? Then with the name that is nearest to it.
    fn lacks(&self, grounds: &Grounds<'g>, asking: &Asking) -> Option<Option<String>> {
        let name = asking.name.as_str();
        let bare = |name: &'g str| if self.nested { name.rsplit('.').next().unwrap_or(name) } else { name };
        let all: Vec<&str> = match (&asking.within, asking.flow) {
            (Some(flow), false) => {
                let whole = grounds.known.wholes.iter().find(|whole| whole.name == *flow && !whole.steps.is_empty())?;
                let names = whole.steps.iter().map(|step| grounds.known.wired[*step].name.as_str());
                names.collect()
            }
            (_, true) => self.flows.get(&asking.tool)?.iter().copied().collect(),
            (None, false) => self.steps.get(&asking.tool)?.iter().copied().collect(),
        };
        // A stage may also be named by the file it makes, or by the pipeline's own file.
        let is_file = name.contains('/') || name.ends_with(".yaml") || name.ends_with(".dvc") || name.contains(':');
        let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
        let there = all.iter().any(|of| {
            bare(of) == name
                || *of == name
                || of.contains("{}") && fits(of, name)
                || asking.within.is_some() && last(of) == last(name)
        });
        let enough = all.len() > 1 || asking.within.is_some();
        if there || !enough || name.contains('{') || (is_file && asking.within.is_none() && !asking.flow) {
            return None;
        }
        Some(nearest(name, all.iter().copied()).map(str::to_owned))
    }
}

/// What calls ask for by name.
fn called(grounds: &Grounds<'_>) -> Vec<Asking> {
    let view = grounds.view;
    let mut found = Vec::new();
    for (_, call) in view.calls().filter(|(def, _)| grounds.role(def.file) != Role::Test) {
        let names = view.types.callees(call).iter().find_map(|callee| match callee {
            Callee::Meaning(meaning) => meaning.names.as_ref(),
            Callee::Function(..) => None,
        });
        let Some(names) = names else { continue };
        for (slot, flow) in [(&names.flow, true), (&names.steps, false)] {
            let Some(value) = slot.as_ref().and_then(|slot| view.types.slot(call, slot)) else { continue };
            walk(view.evaluator.follow, Seen::anywhere(value), &mut |seen| match view.program.op(seen.node).kind {
                OpKind::Str(name) if !name.is_empty() => {
                    let at = view.program.place(seen.node);
                    found.push(Asking { at, tool: names.of, flow, name: name.to_string(), within: None });
                    Go::Stop
                }
                OpKind::Format(_) => Go::Stop,
                _ => Go::On,
            });
        }
    }
    found
}

fn sighting(grounds: &Grounds<'_>, (file, tool, flow): (FileId, Text, bool), lost: Lost) -> Sighting {
    let path = Text::from(grounds.view.program.path(file));
    let near = lost.iter().find_map(|(_, _, near)| near.clone()).filter(|_| lost.len() == 1);
    let names: Vec<Text> = lost.iter().map(|(_, name, _)| Text::from(name)).collect();
    let count = Text::from(if names.len() == 1 { "one" } else { "several" });
    let hint = Text::from(if near.is_some() { "near" } else { "none" });
    let kind = if flow { "flow" } else { "step" };
    let own = vec![path, Text::from(&format!("{tool} {kind} {}", names[0]))];
    Sighting::new(
        lost[0].0,
        own,
        Certainty::Inferred,
        vec![
            ("names", Capture::Texts(names)),
            ("tool", Capture::Text(tool)),
            ("kind", Capture::Text(Text::from(kind))),
            ("count", count.into()),
            ("are", count.into()),
            ("hint", hint.into()),
            ("near", Capture::Text(Text::from(&near.unwrap_or_default()))),
        ],
    )
}
