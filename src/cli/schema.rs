//! `mldebt schema`: the JSON Schema of mldebt's own files, for editors and checks.

use clap::{Args, ValueEnum};
use schemars::schema_for;

use super::Answer;
use crate::config::ConfigFile;
use crate::mistake::Mistake;
use crate::rule::RawRule;

/// The options of `schema`.
#[derive(Args, Debug)]
pub struct Options {
    /// Of which file.
    #[arg(value_enum)]
    of: File,
}

/// The files that mldebt has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum File {
    /// mldebt.toml, and what stands below [tool.mldebt] in pyproject.toml.
    Config,
    /// A rule.
    Rule,
}

pub fn run(options: &Options) -> Result<Answer, Mistake> {
    let schema = match options.of {
        File::Config => schema_for!(ConfigFile),
        File::Rule => schema_for!(RawRule),
    };
    let text = serde_json::to_string_pretty(&schema).map_err(|e| Mistake::new("schema", "", 0..0, e.to_string()))?;
    Ok(Answer::ok(text + "\n"))
}
