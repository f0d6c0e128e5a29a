//! Models that are trained on what was prepared in one way, and asked about what was prepared in another.

use rustc_hash::FxHashMap;

use super::super::View;
use super::chain::{Chain, Steps};
use super::{Act, Acts, datasets};
use crate::fact::Text;
use crate::lexicon::{ChainKind, Learns};
use crate::program::Node;
use crate::system::Role;
use crate::system::graph::{NodeId, System, Value};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Steps of pictures that must be the same on both ways.
const OF_PICTURES: [ChainKind; 2] = [ChainKind::Normalise, ChainKind::Scale];
/// Steps of texts.
const OF_TEXTS: [ChainKind; 2] = [ChainKind::Case, ChainKind::Marks];

/// Adds a group for each prediction whose way in differs from its training's.
pub fn derive(view: &View<'_>, system: &mut System, acts: &Acts<'_>) {
    let by_node: FxHashMap<NodeId, &Act<'_>> = acts.all.iter().map(|act| (act.node, act)).collect();
    let steps = Steps::new(view);
    if steps.is_empty() {
        return;
    }
    let mut trained: FxHashMap<NodeId, Chain> = FxHashMap::default();
    for act in acts.all.iter().filter(|act| act.meaning.predicts) {
        let fits: Vec<&Act<'_>> = system
            .reaching(act.node, EdgeKind::Feeds)
            .filter_map(|from| by_node.get(&from).copied())
            .filter(|fit| fit.meaning.trains == Some(Learns::Model) && is_elsewhere(view, fit, act))
            .collect();
        let test = system.get(act.node, "role") == Some(Value::Text(Text::from(Role::Test.word())));
        if fits.is_empty() || test {
            continue;
        }
        let asked = Chain::into(view, &steps, act, acts).and_model(view, &steps, act);
        let mut read = asked.reads.iter().flat_map(|read| datasets(read, acts));
        // What was fitted to the words is no text.
        let is_data = |dataset| system.get(dataset, "content") == Some(Value::Text(Text::from("data")));
        let is_made = |dataset| system.reaching(dataset, EdgeKind::Writes).next().is_some();
        let is_prepared = read.any(|dataset| is_data(dataset) && is_made(dataset));
        let found = fits.iter().find_map(|fit| {
            let chain = trained
                .entry(fit.node)
                .or_insert_with(|| Chain::into(view, &steps, fit, acts).and_model(view, &steps, fit));
            differs(chain, &asked, is_prepared).map(|difference| (*fit, difference))
        });
        if let Some((fit, difference)) = found {
            add(view, system, fit, act, &difference);
        }
    }
}

/// Is a model asked in another function than it is trained in?
fn is_elsewhere(view: &View<'_>, fit: &Act<'_>, act: &Act<'_>) -> bool {
    view.program.owner(fit.call) != view.program.owner(act.call)
}

/// How two ways in differ.
struct Difference {
    because: String,
    /// The step in training, and that where the model is asked.
    steps: [Option<Node>; 2],
}

/// Where `prepared`, what the model is asked about comes out of another program, which may have prepared it.
fn differs(trained: &Chain, asked: &Chain, prepared: bool) -> Option<Difference> {
    let steps = |kind: ChainKind| [trained.first(kind), asked.first(kind)];
    let pictures = asked.has(ChainKind::Picture);
    for kind in OF_PICTURES.into_iter().filter(|_| pictures) {
        let done = kind.done();
        match steps(kind) {
            [Some(_), None] if !asked.hides() => {
                let because = format!("pictures are {done} in training, but not here, where the model is asked");
                return Some(Difference { because, steps: steps(kind) });
            }
            [None, Some(_)] if !trained.hides() && trained.has(ChainKind::Picture) => {
                let because = format!("pictures are {done} here, where the model is asked, but not in training");
                return Some(Difference { because, steps: steps(kind) });
            }
            [Some(_), Some(_)] => {
                if let (Some(by), Some(other)) = (trained.values(kind), asked.values(kind))
                    && !by.iter().any(|value| other.contains(value))
                {
                    let (by, other) = (by.join(" or "), other.join(" or "));
                    let because =
                        format!("pictures are {done} by {by} in training, and by {other} where the model is asked");
                    return Some(Difference { because, steps: steps(kind) });
                }
            }
            _ => {}
        }
    }
    if let [Some(_), Some(_)] = steps(ChainKind::Sound)
        && let (Some(by), Some(other)) = (trained.values(ChainKind::Sound), asked.values(ChainKind::Sound))
        && !by.iter().any(|value| other.contains(value))
    {
        let (by, other) = (by.join(" or "), other.join(" or "));
        let because = format!("sounds are sampled at {by} Hz in training, and at {other} Hz where the model is asked");
        return Some(Difference { because, steps: steps(ChainKind::Sound) });
    }
    if let (Some(by), Some(other)) = (trained.channels(), asked.channels())
        && by != other
    {
        let because = format!("pictures are {by} in training, and {other} where the model is asked");
        return Some(Difference { because, steps: [trained.channel_step(), asked.channel_step()] });
    }
    if prepared || !trained.has(ChainKind::Words) {
        return None;
    }
    let caseless = trained.has(ChainKind::Caseless) || asked.has(ChainKind::Caseless);
    let lost = OF_TEXTS.into_iter().find(|kind| {
        let harmless = *kind == ChainKind::Case && caseless;
        trained.has(*kind) && !asked.has(*kind) && !asked.hides() && !harmless
    })?;
    let because = format!("texts are {} in training, but not here, where the model is asked", lost.done());
    Some(Difference { because, steps: steps(lost) })
}

fn add(view: &View<'_>, system: &mut System, fit: &Act<'_>, act: &Act<'_>, difference: &Difference) {
    let at = view.program.place(act.call);
    let name = system.node(act.node).name;
    let group = system.add(NodeKind::Group, name, at, view.symbol(view.program.owner(act.call)));
    system.say(group, "what", "chain-mismatch");
    system.say(group, "because", &difference.because);
    if let Some(Value::Text(role)) = system.get(act.node, "role") {
        system.say(group, "role", &role);
    }
    system.doubt(group, Certainty::Inferred);
    let [trained, asked] = difference.steps.map(|step| step.map(|node| view.program.place(node)));
    let places = [(fit.node, trained.unwrap_or(view.program.place(fit.call))), (act.node, asked.unwrap_or(at))];
    for (node, place) in places {
        system.join(EdgeKind::Feeds, group, node, place, Certainty::Inferred);
    }
}
