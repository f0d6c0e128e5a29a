//! `mldebt report`: the debts of a repository for the team that owes them.

use std::path::PathBuf;

use clap::Args;

use super::{Answer, Context};
use crate::Timings;
use crate::ledger::book::{Ledger, write};
use crate::mistake::Mistake;
use crate::report::team::{Form, render};

/// The options of `report`.
#[derive(Args, Debug)]
pub struct Options {
    /// The repository.
    #[arg(default_value = ".")]
    path: PathBuf,
    /// How to write it.
    #[arg(long, value_enum, default_value_t = Form::Markdown)]
    format: Form,
    /// Where to write it instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    output_file: Option<PathBuf>,
}

pub fn run(options: &Options, context: &Context) -> Result<Answer, Mistake> {
    let config = context.find(&options.path)?;
    let ledger = Ledger::load(&config)?;
    let text = match options.format {
        // Only a page can show a drawing.
        Form::Html => {
            let (statement, system) = crate::survey(&config, &|| ())?;
            render(&statement, &ledger, Some(&system), options.format)
        }
        Form::Markdown => {
            let statement = crate::check(&config, &mut Timings::default(), &|| ())?;
            render(&statement, &ledger, None, options.format)
        }
    };
    match &options.output_file {
        None => Ok(Answer::ok(text)),
        Some(file) => write(file, &text).map(|()| Answer::ok(String::new())),
    }
}
