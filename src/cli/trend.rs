//! `mldebt trend`: what the repository owed at some commits of its history.

use std::path::PathBuf;

use clap::Args;

use super::{Answer, Context};
use crate::ledger::book::write;
use crate::ledger::date::Date;
use crate::mistake::Mistake;
use crate::report::trend::{Form, render};
use crate::trend::Ask;

/// The options of `trend`.
#[derive(Args, Debug)]
pub struct Options {
    /// The repository, or a folder or file of it.
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Look at so many commits at most, spread evenly over the time; the present one is always among them.
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=1000))]
    commits: u16,
    /// Look at commits made on this day or later (2026-09-01).
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    since: Option<Date>,
    /// How to write it.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
    /// Where to write it instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    output_file: Option<PathBuf>,
}

pub fn run(options: &Options, context: &Context) -> Result<Answer, Mistake> {
    let config = context.find(&options.path)?;
    let ask = Ask { commits: usize::from(options.commits), since: options.since.map(Date::seconds) };
    let bar = super::check::progress();
    let trend = crate::trend(&config, ask, &|| bar.inc(1));
    bar.finish_and_clear();
    let text = render(&trend?, options.format);
    match &options.output_file {
        None => Ok(Answer::ok(text)),
        Some(file) => write(file, &text).map(|()| Answer::ok(String::new())),
    }
}
