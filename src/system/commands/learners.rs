//! Commands that fit a model or ask one: what goes in, and where the model and the answers lie.

use super::Run;
use super::moved::place;
use crate::fact::{Access, Text};
use crate::system::graph::{NodeId, System};
use crate::system::{Commanded, View, data};
use crate::vocabulary::{Certainty, EdgeKind};

/// What a command does to a model, with the data that it touches.
pub(super) fn derive(view: &View<'_>, system: &mut System, run: &Run, words: &[String]) -> Option<Commanded> {
    let (tool, named) = view.lexicon.tool(words)?;
    let learner = tool.learner.as_ref()?;
    let arguments = words.get(named..).unwrap_or_default();
    let asks = learner.is_asking(arguments);
    let at = |said| learner.places(said, arguments, &tool.valued);
    let redirected = |read: bool| {
        let fits = move |access: Access| (access == Access::Read) == read;
        run.redirects.iter().filter(move |(access, _)| fits(*access)).map(|(_, place)| place.to_string())
    };
    let (mut taken, mut answered) = (at(&learner.data), at(&learner.answers));
    if taken.is_empty() {
        taken.extend(redirected(true));
    }
    let mut kept = if asks { at(&learner.model) } else { at(&learner.keeps) };
    let output = if asks { &mut answered } else { &mut kept };
    if output.is_empty() {
        output.extend(redirected(false));
    }
    let mut touch = |places: &[String], content: &str, kind: EdgeKind| -> Vec<NodeId> {
        let found = places.iter().filter_map(|text| place(view, run, text)).collect::<Vec<_>>();
        let add = found.iter().map(|place| {
            let dataset = data::node(system, place, run.at, run.symbol);
            system.say(dataset, "content", content);
            system.join(kind, run.code, dataset, run.at, Certainty::Inferred);
            dataset
        });
        add.collect()
    };
    let word = |at: usize| words.get(at).map(String::as_str);
    // `python -m spacy train`
    let program = if word(1) == Some("-m") { word(2)? } else { word(0)?.rsplit('/').next()? };
    Some(Commanded {
        program: Text::from(program),
        at: run.at,
        symbol: run.symbol,
        asks,
        data: touch(&taken, "data", EdgeKind::Reads),
        models: touch(&kept, "model", if asks { EdgeKind::Reads } else { EdgeKind::Writes }),
        answers: if asks { touch(&answered, "data", EdgeKind::Writes) } else { Vec::new() },
    })
}
