//! `mldebt explain`: what a rule finds, why, and what to do.

use std::fmt::Write;

use clap::Args;

use super::{Answer, Context};
use crate::catalog::Catalog;
use crate::config::Config;
use crate::mistake::{Mistake, nearest};

/// The options of `explain`.
#[derive(Args, Debug)]
pub struct Options {
    /// The rule's name.
    rule: String,
}

pub fn run(options: &Options, context: &Context) -> Result<Answer, Mistake> {
    let config = Config::find(std::path::Path::new("."), context.config.as_deref(), context.isolated)?;
    let catalog = Catalog::load(&config.file.rules, &config.file.rule)?;
    let name = options.rule.rsplit('/').next().unwrap_or(&options.rule);
    let Some(rule) = catalog.find(name) else {
        let mistake = Mistake::new("command line", "", 0..0, format!("there is no rule `{name}`"));
        return Err(match nearest(name, catalog.names()) {
            Some(near) => mistake.help(format!("did you mean `{near}`?")),
            None => mistake.help("`mldebt rules` lists them"),
        });
    };
    let mut text = String::new();
    let _ = writeln!(text, "{}/{}: {}\n", rule.family, rule.name, rule.title);
    let _ = writeln!(text, "Severity: {}. Source: {}.\n", rule.severity.word(), rule.source.trim_end_matches('.'));
    let _ = writeln!(text, "Why it is a debt\n{}\n\nWhat to do\n{}\n", indented(&rule.why), indented(&rule.remedy));
    if let Some(reason) = &rule.off {
        let _ = writeln!(text, "Switched off by the configuration: {reason}\n");
    }
    if let Some(reason) = &rule.optional {
        let _ = writeln!(text, "Asked only if it is selected by its name: {reason}\n");
    }
    for example in &rule.examples {
        let _ = writeln!(text, "Example: {}", example.name);
        for (title, files) in [("debt", &example.debt), ("clean", &example.clean)] {
            for (path, content) in files {
                let _ = writeln!(text, "\n  {title}: {path}\n{}", indented(&indented(content.trim_end())));
            }
        }
        text.push('\n');
    }
    let _ = writeln!(text, "To allow one finding, with a reason: # mldebt: ignore[{}] why it is fine", rule.name);
    Ok(Answer::ok(text))
}

fn indented(text: &str) -> String {
    text.lines().map(|l| if l.is_empty() { String::new() } else { format!("  {l}") }).collect::<Vec<_>>().join("\n")
}
