//! `mldebt features`: which columns each model takes, where each comes from, how it is computed, who else uses it.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::{Answer, Context, TextOrJson as Format};
use crate::mistake::Mistake;
use crate::report::{Texts, clean};
use crate::system::graph::{NodeId, System};
use crate::vocabulary::{EdgeKind, NodeKind};

/// The options of `features`.
#[derive(Args, Debug)]
pub struct Options {
    /// A model: the end of the name or place of its training, of the file it is fitted in, or of where it is kept; all by
    /// default.
    model: Option<String>,
    /// The repository.
    path: Option<PathBuf>,
    /// How to write the answer.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    output_format: Format,
}

/// A model and its columns.
#[derive(Serialize)]
struct Model {
    training: String,
    place: String,
    kept_at: Vec<String>,
    asked_at: Vec<String>,
    selection: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    except: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    label: String,
    features: Vec<Feature>,
}

/// A column of a model.
#[derive(Serialize)]
struct Feature {
    name: String,
    place: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    formula: String,
    from: Vec<String>,
    also_used_by: Vec<String>,
}

pub fn run(options: &Options, context: &Context) -> Result<Answer, Mistake> {
    let (model, path) = match (&options.model, &options.path) {
        // A folder alone is the repository.
        (Some(model), None) if Path::new(model).is_dir() => (None, PathBuf::from(model)),
        (model, path) => (model.as_deref(), path.clone().unwrap_or_else(|| PathBuf::from("."))),
    };
    let config = context.find(&path)?;
    let (system, sources) = crate::look(&config, &|| ())?;
    let texts = Texts::new(&sources);
    let trainings = system
        .nodes()
        .filter(|(id, node)| node.kind == NodeKind::Training && text_of(&system, *id, "learns") == "model");
    let mut models: Vec<Model> = trainings.map(|(id, _)| told(&system, &texts, id)).collect();
    models.retain(|of| model.is_none_or(|wanted| of.is_called(wanted)));
    let code = u8::from(models.is_empty());
    if options.output_format == Format::Json {
        let text = serde_json::to_string_pretty(&models).unwrap_or_default();
        return Ok(Answer { text: text + "\n", code });
    }
    let mut text = String::new();
    models.iter().for_each(|model| describe(model, &mut text));
    if models.is_empty() {
        let wanted = model.map(|model| format!(" called `{}`", clean(model))).unwrap_or_default();
        let _ = writeln!(text, "No training of a model{wanted} was found.");
    }
    Ok(Answer { text, code })
}

impl Model {
    fn is_called(&self, wanted: &str) -> bool {
        let file = self.place.split(':').next().unwrap_or_default();
        let names = [self.training.as_str(), self.place.as_str(), file].into_iter();
        names.chain(self.kept_at.iter().map(String::as_str)).any(|name| name.ends_with(wanted))
    }
}

fn text_of(system: &System, id: NodeId, name: &str) -> String {
    system.get(id, name).map(|value| clean(&value.to_string())).unwrap_or_default()
}

fn named(system: &System, id: NodeId) -> String {
    clean(&system.node(id).name)
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names.dedup();
    names
}

fn told(system: &System, texts: &Texts<'_>, id: NodeId) -> Model {
    let node = system.node(id);
    let place = |id: NodeId| texts.place(system.node(id).at);
    let feeding = system.reaching(id, EdgeKind::Feeds).filter(|other| system.node(*other).kind == NodeKind::Feature);
    let asked = system.reached(id, EdgeKind::Feeds).filter(|other| system.node(*other).kind == NodeKind::Prediction);
    let mut features: Vec<NodeId> = feeding.collect();
    features.dedup();
    Model {
        training: clean(&node.name),
        place: place(id),
        kept_at: sorted(system.reached(id, EdgeKind::Trains).map(|other| named(system, other)).collect()),
        asked_at: sorted(asked.map(place).collect()),
        selection: text_of(system, id, "selection"),
        except: text_of(system, id, "except"),
        label: text_of(system, id, "label"),
        features: features.into_iter().map(|feature| feature_of(system, texts, id, feature)).collect(),
    }
}

fn feature_of(system: &System, texts: &Texts<'_>, training: NodeId, id: NodeId) -> Feature {
    let kinds = [NodeKind::Feature, NodeKind::Dataset];
    let from = system.reached(id, EdgeKind::Derives).filter(|other| kinds.contains(&system.node(*other).kind));
    let models = system.reached(id, EdgeKind::Feeds).filter(|other| *other != training);
    let models = models.map(|other| format!("{} ({})", named(system, other), texts.place(system.node(other).at)));
    let derived = system.reaching(id, EdgeKind::Derives).filter(|other| system.node(*other).kind == NodeKind::Feature);
    Feature {
        name: named(system, id),
        place: texts.place(system.node(id).at),
        formula: text_of(system, id, "formula"),
        from: sorted(from.map(|other| named(system, other)).collect()),
        also_used_by: sorted(models.chain(derived.map(|other| named(system, other))).collect()),
    }
}

fn describe(model: &Model, text: &mut String) {
    let _ = writeln!(text, "{}  ({})", model.training, model.place);
    for (what, names) in [("kept at", &model.kept_at), ("asked at", &model.asked_at)] {
        if !names.is_empty() {
            let _ = writeln!(text, "  {what}: {}", names.join(", "));
        }
    }
    if !model.label.is_empty() {
        let _ = writeln!(text, "  label: {}", model.label);
    }
    let columns = match model.selection.as_str() {
        "closed" if model.features.is_empty() => "columns: a closed set whose names are not in the code".to_owned(),
        "closed" => format!("columns: {}", model.features.len()),
        "open" => format!("columns: all but {}; computed here:", model.except),
        _ => "columns: not known in full; computed here:".to_owned(),
    };
    let _ = writeln!(text, "  {columns}");
    for feature in &model.features {
        let _ = write!(text, "    {}", feature.name);
        if !feature.formula.is_empty() {
            let _ = write!(text, " = {}", feature.formula);
        }
        let _ = write!(text, "  ({})", feature.place);
        if !feature.from.is_empty() {
            let _ = write!(text, "  from {}", feature.from.join(", "));
        }
        if !feature.also_used_by.is_empty() {
            let _ = write!(text, "  also used by {}", feature.also_used_by.join(", "));
        }
        text.push('\n');
    }
    text.push('\n');
}
