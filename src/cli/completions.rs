//! `mldebt completions` and `mldebt man`: the command line as shells and `man` want to know it.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Answer, Arguments};
use crate::mistake::Mistake;

/// The options of `completions`.
#[derive(Args, Debug)]
pub struct Options {
    /// The shell.
    shell: Shell,
}

pub fn run(options: &Options) -> Answer {
    let mut bytes = Vec::new();
    clap_complete::generate(options.shell, &mut Arguments::command(), "mldebt", &mut bytes);
    Answer::ok(String::from_utf8_lossy(&bytes).into_owned())
}

pub fn manual() -> Result<Answer, Mistake> {
    let mut bytes = Vec::new();
    let rendered = clap_mangen::Man::new(Arguments::command()).render(&mut bytes);
    rendered.map_err(|e| Mistake::new("man", "", 0..0, e.to_string()))?;
    Ok(Answer::ok(String::from_utf8_lossy(&bytes).into_owned()))
}
