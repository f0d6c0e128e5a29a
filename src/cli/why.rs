//! `mldebt why-not`: what rules ask of a thing, and what of it is not so.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;

use super::{Answer, Context, unknown};
use crate::catalog::Catalog;
use crate::judge::why_not;
use crate::mistake::Mistake;
use crate::report::{Texts, clean};
use crate::system::lineage;

/// So many rules that come near are told of; `--rule` asks for one.
const TOLD: usize = 8;

/// The options of `why-not`.
#[derive(Args, Debug)]
pub struct Options {
    /// A place, model, column, option, step or file; the end of its name is enough.
    name: String,
    /// The repository.
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Only what this rule says.
    #[arg(long)]
    rule: Option<String>,
}

pub fn run(options: &Options, context: &Context) -> Result<Answer, Mistake> {
    let mut config = context.find(&options.path)?;
    if let Some(rule) = &options.rule {
        config.file.select = vec![rule.rsplit('/').next().unwrap_or(rule).to_owned()];
    }
    let catalog = config.selected(&Catalog::load(&config.file.rules, &config.file.rule)?)?;
    let (system, sources) = crate::look(&config, &|| ())?;
    let found = lineage::find(&system, &options.name);
    if found.is_empty() {
        return Ok(unknown(&system, &options.name));
    }
    let texts = Texts::new(&sources);
    let mut text = String::new();
    for id in found {
        let node = system.node(id);
        let _ = writeln!(text, "{} {}  ({})", node.kind.word(), clean(&node.name), texts.place(node.at));
        let answers = why_not(&system, &catalog, id);
        if answers.is_empty() {
            let _ = writeln!(text, "  no rule begins with a {}", node.kind.word());
        }
        let more = answers.len().saturating_sub(TOLD);
        for answer in answers.into_iter().take(TOLD) {
            let said = answer.lacks.map_or("found".to_owned(), |lacks| format!("not found: {}", clean(&lacks)));
            let _ = writeln!(text, "  {}: {said}", answer.rule);
        }
        if more > 0 {
            let _ = writeln!(text, "  {more} more rules are further from it");
        }
    }
    Ok(Answer::ok(text))
}
