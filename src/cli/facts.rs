//! `mldebt facts` and `mldebt link`: what a repository shows to others, and what many are together.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Answer, Context, TextOrJson};
use crate::federation::{self, Crossing, Debt, Facts, Joined, VERSION};
use crate::mistake::Mistake;
use crate::report::{Texts, clean};

/// The options of `facts`.
#[derive(Args, Debug)]
pub struct Options {
    /// The repository.
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Where to write the facts instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The repository's name; by default its folder's.
    #[arg(long)]
    repository: Option<String>,
}

/// The options of `link`.
#[derive(Args, Debug)]
pub struct LinkOptions {
    /// Files that `mldebt facts` wrote.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// How to write what is found.
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    output_format: TextOrJson,
    /// Exit with 0 even if something is found.
    #[arg(long)]
    exit_zero: bool,
}

pub fn run(options: &Options, context: &Context) -> Result<Answer, Mistake> {
    let config = context.find(&options.path)?;
    let (system, sources) = crate::look(&config, &|| ())?;
    let root = config.root.canonicalize().unwrap_or_else(|_| config.root.clone());
    let folder = || root.file_name().map_or("repository".to_owned(), |name| name.to_string_lossy().into_owned());
    let repository = options.repository.clone().unwrap_or_else(folder);
    let facts = federation::shown(&system, &Texts::new(&sources), &repository);
    let text = serde_json::to_string_pretty(&facts).unwrap_or_default() + "\n";
    let Some(file) = &options.out else { return Ok(Answer::ok(text)) };
    std::fs::write(file, &text).map_err(|e| refuse(file, e.to_string()))?;
    let shared = facts.nodes.iter().filter(|thing| thing.shared).count();
    Ok(Answer::ok(format!("Wrote {}: {shared} things that others may share.\n", file.display())))
}

fn refuse(file: &Path, reason: String) -> Mistake {
    Mistake::new(&file.display().to_string(), "", 0..0, reason)
}

pub fn link(options: &LinkOptions) -> Result<Answer, Mistake> {
    let mut all: Vec<Facts> = Vec::new();
    for file in &options.files {
        let text = std::fs::read_to_string(file).map_err(|e| refuse(file, e.to_string()))?;
        let facts: Facts = serde_json::from_str(&text).map_err(|e| refuse(file, e.to_string()))?;
        if facts.version != VERSION {
            let reason = format!("facts of version {}; this mldebt reads version {VERSION}", facts.version);
            return Err(refuse(file, reason).help("write them again with this mldebt"));
        }
        if all.iter().any(|other| other.repository == facts.repository) {
            let reason = format!("another file holds the facts of `{}` already", facts.repository);
            return Err(refuse(file, reason).help("`mldebt facts --repository NAME` gives it a name of its own"));
        }
        all.push(facts);
    }
    // The order in which files are named tells nothing.
    all.sort_by(|a, b| a.repository.cmp(&b.repository));
    let joined = federation::join(&all);
    let text = match options.output_format {
        TextOrJson::Text => text(&joined),
        TextOrJson::Json => json(&joined),
    };
    Ok(Answer { text, code: u8::from(!joined.debts.is_empty() && !options.exit_zero) })
}

fn title(debt: Debt) -> &'static str {
    match debt {
        Debt::FeedbackLoop => "feedback loop",
        Debt::CorrectionCascade => "correction cascade",
        Debt::UndeclaredConsumer => "undeclared consumer",
    }
}

fn text(joined: &Joined) -> String {
    let mut out = String::new();
    let lines = |out: &mut String, places: &[Crossing]| {
        for place in places {
            let shown = [&place.repository, &place.place, &place.what].map(|part| clean(part));
            let _ = writeln!(out, "  {}:{}  {}", shown[0], shown[1], shown[2]);
        }
    };
    for (debt, message, way) in &joined.debts {
        let _ = writeln!(out, "{}: {}", title(*debt), clean(message));
        lines(&mut out, way);
    }
    for (name, by) in &joined.shared {
        let _ = writeln!(out, "shared: {}", clean(name));
        lines(&mut out, by);
    }
    let repositories = joined.repositories;
    let of = if repositories == 1 { "repository" } else { "repositories" };
    let (shared, debts) = (joined.shared.len(), joined.debts.len());
    let _ = writeln!(out, "Linked {repositories} {of}: {shared} shared places, {debts} debts between them.");
    out
}

fn json(joined: &Joined) -> String {
    let debts = joined
        .debts
        .iter()
        .map(|(debt, message, way)| serde_json::json!({"debt": debt, "message": message, "way": way}));
    let shared = joined.shared.iter().map(|(name, by)| serde_json::json!({"place": name, "touched": by}));
    let all = serde_json::json!({
        "version": VERSION,
        "repositories": joined.repositories,
        "debts": debts.collect::<Vec<_>>(),
        "shared": shared.collect::<Vec<_>>(),
    });
    serde_json::to_string_pretty(&all).unwrap_or_default() + "\n"
}
