//! `mldebt check`: look at a repository and say what it owes.

use std::fmt::Write;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Answer, Context};
use crate::Timings;
use crate::config::{Config, Policy};
use crate::finding::{Finding, Severity};
use crate::history::Checkout;
use crate::ledger::Statement;
use crate::mistake::Mistake;
use crate::report::{Format, Style, render};
use crate::rule::Profile;
use crate::vocabulary::Certainty;

/// Findings that are drawn where nobody says how many.
const LIMIT: usize = 50;

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
    /// Of the findings that are drawn with their trail, show so many, the most severe first; 0 shows all.
    #[arg(long, value_name = "N", default_value_t = LIMIT)]
    limit: usize,
    /// Where to write them instead of standard output.
    #[arg(long, short, value_name = "FILE", env = "MLDEBT_OUTPUT_FILE")]
    output_file: Option<PathBuf>,
    /// Write them in another format to another file besides; may be repeated.
    #[arg(long, value_name = "FORMAT=FILE", value_parser = also)]
    also: Vec<(Format, PathBuf)>,
    /// Report what has changed since this revision of the repository, and fail only for what is new; `REV...` is the
    /// commit at which the present one left REV.
    #[arg(long, value_name = "REV")]
    diff: Option<String>,
    /// Whose configuration, ledger and ignore comments count with --diff: those of the revision, or those of now.
    #[arg(long, value_enum, default_value_t = Policy::Base, requires = "diff")]
    policy: Policy,
    /// Mend what can be mended without harm, and report what is left.
    #[arg(long, conflicts_with_all = ["diff", "diff_fix"])]
    fix: bool,
    /// With --fix or --diff-fix, mend also what may do harm: `mldebt explain RULE` says which.
    #[arg(long)]
    unsafe_fixes: bool,
    /// Print what --fix would change as a unified diff, change nothing, and exit with 1 if there is anything.
    #[arg(long, conflicts_with = "diff")]
    diff_fix: bool,
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
    /// The least severity for which to exit with 1; all are shown.
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<Severity>,
    /// Exit with 0 even if something is found.
    #[arg(long)]
    exit_zero: bool,
    /// Say how long each step took, on standard error.
    #[arg(long)]
    timings: bool,
}

fn confidence(text: &str) -> Result<Certainty, String> {
    let found = Certainty::ALL.iter().find(|c| c.word() == text).copied();
    found.ok_or_else(|| "one of seen, inferred, guessed".to_owned())
}

fn also(text: &str) -> Result<(Format, PathBuf), String> {
    let (format, file) = text.split_once('=').ok_or("a format, `=` and a file: sarif=mldebt.sarif")?;
    Ok((<Format as clap::ValueEnum>::from_str(format, false)?, PathBuf::from(file)))
}

pub fn run(options: Options, context: &Context) -> Result<Answer, Mistake> {
    let configs = configurations(&options, context)?;
    let also = options.also.iter().map(|(format, file)| (*format, Some(file.as_path())));
    let outputs = std::iter::once((options.output_format, options.output_file.as_deref())).chain(also);
    let mut outputs: Vec<(Format, Option<&Path>, String)> = outputs.map(|(f, file)| (f, file, String::new())).collect();
    if let Some((format, ..)) = outputs.iter().find(|(format, ..)| format.is_whole() && configs.len() > 1) {
        let name = clap::ValueEnum::to_possible_value(format).map(|v| v.get_name().to_owned()).unwrap_or_default();
        let mistake = Mistake::new("command line", "", 0..0, format!("a report in `{name}` speaks of one project"));
        return Err(mistake.help("run mldebt once for each of them"));
    }
    if options.diff_fix {
        return super::fix::show(&configs, options.unsafe_fixes);
    }
    let (mut code, mut mended, mut fixable) = (0, String::new(), Vec::new());
    for config in &configs {
        if options.fix {
            mended.push_str(&super::fix::make(config, options.unsafe_fixes)?);
        }
        let looked = look(config, &options)?;
        let (statement, mut timings) = (&looked.statement, looked.timings);
        let start = std::time::Instant::now();
        for (format, file, text) in &mut outputs {
            if options.statistics && file.is_none() {
                statistics(statement, text);
            } else {
                text.push_str(&render(
                    statement,
                    Style { format: *format, color: context.color && file.is_none(), limit: options.limit },
                ));
            }
        }
        if outputs.iter().any(|(format, ..)| *format == Format::Github) {
            summarize(statement)?;
        }
        let known = statement.findings.iter().filter_map(|finding| statement.catalog.find(&finding.rule)?.fix.clone());
        fixable.extend(known);
        timings.0.push(("report", start.elapsed()));
        if options.timings {
            say_timings(&timings);
        }
        let fails = |finding: &Finding| options.fail_on.is_none_or(|least| finding.severity >= least);
        if statement.findings.iter().any(fails) && !options.exit_zero {
            code = code.max(1);
        }
        // Whoever cannot say what is owed says neither that nothing is nor that something is.
        if (statement.open().next().is_some() && !options.exit_zero) || !statement.failures.is_empty() {
            code = 2;
        }
    }
    let mut shown = String::new();
    for (_, file, text) in outputs {
        match file {
            Some(file) => write(file, &text)?,
            None => shown.push_str(&text),
        }
    }
    if options.output_format == Format::Full && options.output_file.is_none() && !options.statistics && !options.fix {
        shown.push_str(&super::fix::offered(&fixable));
    }
    if options.output_format.is_for_people() {
        shown.push_str(&mended);
    } else {
        super::fix::aside(&mended);
    }
    Ok(Answer { text: shown, code })
}

/// A statement, with what must live as long as it is shown.
struct Looked {
    statement: Statement,
    timings: Timings,
    /// The revision that it is compared with, on disk.
    _before: Option<Checkout>,
}

fn look(config: &Config, options: &Options) -> Result<Looked, Mistake> {
    let bar = progress();
    let mut timings = Timings::default();
    let tick = || bar.inc(1);
    let looked = match &options.diff {
        None => (crate::check(config, &mut timings, &tick)?, None),
        Some(revision) => {
            let lay = |config: &mut Config| lay_over(config, options);
            let (statement, before) = crate::change(config, revision, options.policy, &lay, &mut timings, &tick)?;
            (statement, Some(before))
        }
    };
    bar.finish_and_clear();
    Ok(Looked { statement: looked.0, timings, _before: looked.1 })
}

/// One configuration for each project; files of one project are looked at together.
fn configurations(options: &Options, context: &Context) -> Result<Vec<Config>, Mistake> {
    let mut configs: Vec<Config> = Vec::new();
    for path in &options.paths {
        let mut config = context.find(path)?;
        match configs.iter_mut().find(|known| known.root == config.root) {
            // The whole was named before, or is named now: then there is nothing to be narrowed.
            Some(known) => {
                known.wanted.append(&mut config.wanted);
                if known.only.is_empty() || config.only.is_empty() {
                    known.only.clear();
                } else {
                    known.only.append(&mut config.only);
                }
            }
            None => {
                lay_over(&mut config, options);
                configs.push(config);
            }
        }
    }
    Ok(configs)
}

/// Adds to the summary of a job of GitHub Actions, where the runner names a file for it.
fn summarize(statement: &Statement) -> Result<(), Mistake> {
    use std::io::Write as _;
    let Some(file) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|file| !file.is_empty()) else { return Ok(()) };
    let refuse = |e: std::io::Error| Mistake::new("GITHUB_STEP_SUMMARY", "", 0..0, e.to_string());
    let mut out = std::fs::OpenOptions::new().create(true).append(true).open(file).map_err(refuse)?;
    out.write_all(render(statement, Style { format: Format::Markdown, color: false, limit: 0 }).as_bytes())
        .map_err(refuse)
}

/// Writes a report: whole or not at all where it is a file, and as it comes where it is a device or a pipe.
fn write(file: &Path, text: &str) -> Result<(), Mistake> {
    if std::fs::symlink_metadata(file).is_ok_and(|meta| !meta.is_file()) {
        return std::fs::write(file, text)
            .map_err(|e| Mistake::new(&file.display().to_string(), "", 0..0, e.to_string()));
    }
    crate::ledger::book::write(file, text)
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
pub fn progress() -> ProgressBar {
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
    gauges(statement, text);
}

/// How much of the code is learning, and how much is glue.
fn gauges(statement: &Statement, text: &mut String) {
    let gauges = statement.summary.coverage.gauges;
    let mut share = |of: usize, all: usize, what: &str| {
        if let Some(share) = (of * 1000).checked_div(all) {
            let _ = writeln!(text, "{:>4}.{} % {what} ({of} of {all}).", share / 10, share % 10);
        }
    };
    share(gauges.learning, gauges.statements, "of the statements fit, predict, split or measure");
    share(gauges.converting, gauges.statements, "of the statements change a representation");
    share(gauges.adapted, gauges.boxed, "of the calls of packages that do the learning stand in one module for each");
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
