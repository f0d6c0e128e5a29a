//! `mldebt rules`: list the rules, or run the examples of a folder of rules.

use std::fmt::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Answer, Context, TextOrJson as Format};
use crate::catalog::{Catalog, lexicon};
use crate::config::Config;
use crate::examples;
use crate::finding::Severity;
use crate::mistake::Mistake;
use crate::rule::{Rule, Stance};

/// The options of `rules`.
#[derive(Args, Debug)]
pub struct Options {
    #[command(subcommand)]
    action: Option<Action>,
    /// How to write the list.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    output_format: Format,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Check a folder of rules and lexicon files: are they valid, and do their examples hold?
    Check {
        /// The folder.
        folder: PathBuf,
    },
}

pub fn run(options: Options, context: &Context) -> Result<Answer, Mistake> {
    match options.action {
        Some(Action::Check { folder }) => check(&folder),
        None => list(options.output_format, context),
    }
}

fn check(folder: &std::path::Path) -> Result<Answer, Mistake> {
    let catalog = Catalog::of_folder(folder)?;
    let lexicon = lexicon(&[folder.to_path_buf()])?;
    let mut text = String::new();
    let (mut failed, mut passed) = (0, 0);
    for rule in catalog.rules() {
        let failures = examples::check(rule, &catalog, &lexicon);
        if failures.is_empty() {
            passed += 1;
        } else {
            failed += 1;
        }
        for failure in failures {
            let _ = writeln!(text, "{failure}");
        }
    }
    let rules = |number: usize, one: &str, many: &str| match number {
        1 => format!("1 rule {one}"),
        more => format!("{more} rules {many}"),
    };
    let _ = match failed {
        0 => writeln!(text, "{}.", rules(passed, "holds", "hold")),
        failed => writeln!(
            text,
            "{}, {failed} {}.",
            rules(passed, "holds", "hold"),
            if failed == 1 { "does not" } else { "do not" }
        ),
    };
    Ok(Answer { text, code: u8::from(failed > 0) })
}

fn list(format: Format, context: &Context) -> Result<Answer, Mistake> {
    let config = Config::find(std::path::Path::new("."), context.config.as_deref(), context.isolated)?;
    let catalog = Catalog::load(&config.file.rules, &config.file.rule)?;
    if let Format::Json = format {
        let rules: Vec<serde_json::Value> = catalog
            .rules()
            .iter()
            .map(|r| serde_json::json!({"rule": r.name, "family": r.family, "title": r.title, "severity": r.severity.word(), "source": r.source, "off": r.off, "fix": r.fix.as_ref().map(|fix| serde_json::json!({"title": fix.title, "risk": fix.risk})), "profiles": profiles(r).collect::<std::collections::BTreeMap<_, _>>()}))
            .collect();
        let text = serde_json::to_string_pretty(&rules).unwrap_or_default();
        return Ok(Answer::ok(text + "\n"));
    }
    let mut text = String::new();
    let mut family = "";
    for rule in catalog.rules() {
        if rule.family != family {
            family = &rule.family;
            let _ = writeln!(text, "{family}");
        }
        let off = match (&rule.off, &rule.optional) {
            (Some(_), _) => " (off)",
            (None, Some(_)) => " (only if selected by name)",
            (None, None) => "",
        };
        let stances = profiles(rule).map(|(profile, stance)| format!(" ({profile}: {stance})")).collect::<String>();
        let _ = writeln!(text, "  {:<34} {:<7} {}{off}{stances}", rule.name, rule.severity.word(), rule.title);
    }
    Ok(Answer::ok(text))
}

/// How a rule stands in profiles where it does not stand as it is written.
fn profiles(rule: &Rule) -> impl Iterator<Item = (&'static str, &'static str)> {
    let stance = |stance: Stance| stance.severity().map_or("off", Severity::word);
    rule.profiles.iter().map(move |(profile, s)| (profile.word(), stance(*s)))
}
