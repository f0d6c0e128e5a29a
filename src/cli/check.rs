//! `mldebt check`: look at a repository and say what it owes.

use std::fmt::Write;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Answer, Context};
use crate::Timings;
use crate::config::Config;
use crate::finding::Severity;
use crate::ledger::Statement;
use crate::mistake::Mistake;
use crate::report::{Format, render};
use crate::rule::Profile;
use crate::vocabulary::Certainty;

/// The options of `check`.
#[derive(Args, Debug)]
pub struct Options {
    /// Repositories, folders or files to look at.
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Ask only these rules or families.
    #[arg(long, value_delimiter = ',', value_name = "RULE")]
    select: Vec<String>,
    /// Ask these besides the selected ones.
    #[arg(long, value_delimiter = ',', value_name = "RULE")]
    extend_select: Vec<String>,
    /// Do not ask these.
    #[arg(long, value_delimiter = ',', value_name = "RULE")]
    ignore: Vec<String>,
    /// Leave these paths out.
    #[arg(long, value_delimiter = ',', value_name = "GLOB")]
    exclude: Vec<String>,
    /// How to write the findings.
    #[arg(long, value_enum, default_value_t = Format::Full, env = "MLDEBT_OUTPUT_FORMAT")]
    output_format: Format,
    /// Where to write them instead of standard output.
    #[arg(long, short, value_name = "FILE", env = "MLDEBT_OUTPUT_FILE")]
    output_file: Option<PathBuf>,
    /// The least severity to show.
    #[arg(long, value_enum)]
    min_severity: Option<Severity>,
    /// The least confidence to show: seen, inferred or guessed.
    #[arg(long, value_parser = confidence, value_name = "CONFIDENCE")]
    min_confidence: Option<Certainty>,
    /// How much to ask: of a prototype, of a team's code, of what others rely on.
    #[arg(long, value_enum)]
    profile: Option<Profile>,
    /// Count findings by rule instead of showing them.
    #[arg(long)]
    statistics: bool,
    /// Exit with 0 even if something is found.
    #[arg(long)]
    exit_zero: bool,
    /// Say how long each step took, on standard error.
    #[arg(long)]
    timings: bool,
    /// Read every file again: so it is done always, as nothing is kept between runs yet.
    #[arg(long, hide = true)]
    no_cache: bool,
}

fn confidence(text: &str) -> Result<Certainty, String> {
    let found = Certainty::ALL.iter().find(|c| c.word() == text).copied();
    found.ok_or_else(|| "one of seen, inferred, guessed".to_owned())
}

pub fn run(options: Options, context: &Context) -> Result<Answer, Mistake> {
    let mut text = String::new();
    let mut code = 0;
    for path in &options.paths {
        let mut config = Config::find(path, context.config.as_deref(), context.isolated)?;
        lay_over(&mut config, &options);
        let bar = progress();
        let mut timings = Timings::default();
        let statement = crate::check(&config, &mut timings, &|| bar.inc(1))?;
        bar.finish_and_clear();
        let start = std::time::Instant::now();
        if options.statistics {
            statistics(&statement, &mut text);
        } else {
            text.push_str(&render(&statement, options.output_format, context.color && options.output_file.is_none()));
        }
        timings.0.push(("report", start.elapsed()));
        if options.timings {
            say_timings(&timings);
        }
        if !statement.findings.is_empty() && !options.exit_zero {
            code = 1;
        }
    }
    if let Some(file) = &options.output_file {
        std::fs::write(file, &text).map_err(|e| Mistake::new(&file.display().to_string(), "", 0..0, e.to_string()))?;
        text.clear();
    }
    Ok(Answer { text, code })
}

/// The command line wins over the configuration file.
fn lay_over(config: &mut Config, options: &Options) {
    let file = &mut config.file;
    if !options.select.is_empty() {
        file.select.clone_from(&options.select);
    }
    file.extend_select.extend(options.extend_select.iter().cloned());
    file.ignore.extend(options.ignore.iter().cloned());
    file.exclude.extend(options.exclude.iter().cloned());
    file.profile = options.profile.unwrap_or(file.profile);
    file.min_severity = options.min_severity.unwrap_or(file.min_severity);
    file.min_confidence = options.min_confidence.unwrap_or(file.min_confidence);
}

/// A counter on standard error, if that is a terminal and the work takes long enough to be wondered about.
fn progress() -> ProgressBar {
    let bar = ProgressBar::no_length();
    if std::io::stderr().is_terminal() {
        let style = ProgressStyle::with_template("{spinner} {pos} files read")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        bar.set_style(style);
        bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(4));
        bar.enable_steady_tick(Duration::from_millis(500));
    } else {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    bar
}

fn statistics(statement: &Statement, text: &mut String) {
    let mut counts: std::collections::BTreeMap<(&str, &str), usize> = std::collections::BTreeMap::new();
    for finding in &statement.findings {
        *counts.entry((finding.family.as_str(), finding.rule.as_str())).or_default() += 1;
    }
    let mut rows: Vec<_> = counts.into_iter().collect();
    rows.sort_by_key(|(name, n)| (std::cmp::Reverse(*n), *name));
    for ((family, rule), n) in rows {
        let _ = writeln!(text, "{n:>6}  {family}/{rule}");
    }
    text.push_str(&crate::report::summary(statement));
}

fn say_timings(timings: &Timings) {
    use std::io::Write as _;
    let total: Duration = timings.0.iter().map(|(_, t)| *t).sum();
    let mut err = std::io::stderr().lock();
    for (step, time) in &timings.0 {
        let share = time.as_secs_f64() / total.as_secs_f64().max(1e-9) * 100.0;
        let _ = writeln!(err, "{step:>9} {:8.1} ms {share:5.1} %", time.as_secs_f64() * 1000.0);
    }
}
