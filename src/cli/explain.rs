//! `mldebt explain`: what a rule finds, why, and what to do; the way on which one finding was reached; or what the
//! lexicon knows of a library's call.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;

use super::{Answer, Context};
use crate::catalog::{self, Catalog};
use crate::config::Config;
use crate::finding::Severity;
use crate::mistake::{Mistake, nearest};
use crate::report::{Texts, clean};
use crate::vocabulary::Certainty;

/// The options of `explain`.
#[derive(Args, Debug)]
pub struct Options {
    /// A rule's name, the fingerprint of a finding, or a library's call (`pandas.read_csv`).
    name: String,
    /// The repository in which a fingerprint is looked for.
    #[arg(default_value = ".")]
    path: PathBuf,
}

pub fn run(options: &Options, context: &Context) -> Result<Answer, Mistake> {
    if options.name.len() == 16 && options.name.bytes().all(|b| b.is_ascii_hexdigit()) {
        return finding(options, context);
    }
    let config = Config::find(std::path::Path::new("."), context.config.as_deref(), context.isolated)?;
    let catalog = Catalog::load(&config.file.rules, &config.file.rule)?;
    let name = options.name.rsplit('/').next().unwrap_or(&options.name);
    let Some(rule) = catalog.find(name) else {
        if let Some(answer) = call(&options.name, &config)? {
            return Ok(answer);
        }
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
    if let Some(remedy) = &rule.fix {
        let with = remedy.risk.as_ref().map_or_else(String::new, |risk| format!(" with --unsafe-fixes: {risk}"));
        let _ = writeln!(text, "What `mldebt check --fix` can do\n  {}{with}\n", remedy.title);
    }
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

/// What the lexicon knows of a call, an attribute, a type or a command.
fn call(name: &str, config: &Config) -> Result<Option<Answer>, Mistake> {
    let entries = catalog::entries(&config.file.rules, name)?;
    if entries.is_empty() {
        return Ok((name.contains('.')).then(|| {
            let text = format!(
                "The lexicon knows nothing of `{}`; a file of your own can tell it (`mldebt schema lexicon`).\n",
                clean(name)
            );
            Answer { text, code: 1 }
        }));
    }
    let shown = entries.iter().map(|(path, entry)| format!("# {path}\n{}\n", clean_lines(entry)));
    Ok(Some(Answer::ok(shown.collect::<Vec<_>>().join("\n"))))
}

fn clean_lines(text: &str) -> String {
    text.trim_end().lines().map(clean).collect::<Vec<_>>().join("\n")
}

/// One finding: the way on which it was reached, how sure each step is, and what would clear it.
fn finding(options: &Options, context: &Context) -> Result<Answer, Mistake> {
    let mut config = context.find(&options.path)?;
    (config.file.min_severity, config.file.min_confidence) = (Severity::Low, Certainty::Guessed);
    let statement = crate::check(&config, &mut crate::Timings::default(), &|| ())?;
    let wanted = options.name.to_ascii_lowercase();
    let all = statement.findings.iter().chain(&statement.settled);
    let Some(found) = all.into_iter().find(|finding| finding.fingerprint == wanted) else {
        let text =
            format!("No finding has the fingerprint {wanted}; `mldebt check --output-format full` shows them.\n");
        return Ok(Answer { text, code: 1 });
    };
    let texts = Texts::new(&statement.sources);
    let mut text = format!("{}/{}: {}\n", found.family, found.rule, clean(&found.message));
    let (severity, confidence) = (found.severity.word(), found.confidence.word());
    let _ = writeln!(text, "  at {}: {severity} severity, {confidence}\n", texts.place(found.at));
    for (number, hop) in found.trail.iter().enumerate() {
        let parts = [&hop.from, &hop.says, &hop.to].map(|part| clean(part));
        let (place, sure) = (texts.place(hop.at), hop.certainty.word());
        let _ = writeln!(text, "  {}. {} {} {}  ({place}, {sure})", number + 1, parts[0], parts[1], parts[2]);
    }
    for evidence in &found.evidence {
        let _ = writeln!(text, "  - {}  ({})", clean(&evidence.message), texts.place(evidence.at));
    }
    if let Some(rule) = statement.catalog.find(&found.rule) {
        let _ = writeln!(text, "\nWhat would clear it\n{}", indented(&rule.remedy));
    }
    let _ = writeln!(text, "\nOr, with a reason: # mldebt: ignore[{}] why it is fine", found.rule);
    Ok(Answer::ok(text))
}

fn indented(text: &str) -> String {
    text.lines().map(|l| if l.is_empty() { String::new() } else { format!("  {l}") }).collect::<Vec<_>>().join("\n")
}
