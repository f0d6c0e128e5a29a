//! The course of what was owed as text, Markdown or JSON; version 1 of the JSON stays as it is.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Value, json};

use super::escape::{clean, log, markdown};
use crate::history::Commit;
use crate::ledger::date::Date;
use crate::trend::{Debt, Owed, Point, Trend};

/// How the course is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// For people.
    Text,
    /// For a page or a comment.
    Markdown,
    /// For programs.
    Json,
}

/// Old debts that are named.
const NAMED: usize = 5;
/// What heads the columns.
const HEAD: [&str; 8] = ["Day", "Commit", "High", "Medium", "Low", "Opened", "Paid", "Still owed"];
/// The steps of a spark line.
const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Writes the course of what was owed.
pub fn render(trend: &Trend, form: Form) -> String {
    match form {
        Form::Text => log(&text(trend)),
        Form::Markdown => log(&page(trend)),
        Form::Json => serde_json::to_string_pretty(&tree(trend)).unwrap_or_default() + "\n",
    }
}

fn text(trend: &Trend) -> String {
    let mut out = opening(trend) + "\n\n";
    let rows: Vec<[String; 8]> = std::iter::once(HEAD.map(str::to_lowercase)).chain(rows(trend)).collect();
    let widths: [usize; 8] = std::array::from_fn(|at| rows.iter().map(|row| row[at].len()).max().unwrap_or(0));
    for row in &rows {
        let cell = |(at, cell): (usize, &String)| match at {
            0 | 1 => format!("{cell:<width$}", width = widths[at]),
            _ => format!("{cell:>width$}", width = widths[at]),
        };
        let cells: Vec<String> = row.iter().enumerate().map(cell).collect();
        let _ = writeln!(out, "  {}", cells.join("  ").trim_end());
    }
    let lines = lines(trend);
    let width = lines.iter().map(|line| line.name.len()).max().unwrap_or(0);
    out.push('\n');
    for line in &lines {
        let _ = writeln!(out, "  {:<width$}  {}  {}", line.name, line.spark, line.ends);
    }
    out.push('\n');
    for sentence in age(trend).into_iter().chain(notes(trend)) {
        let _ = writeln!(out, "{}", clean(&sentence));
    }
    let oldest = oldest(trend);
    if !oldest.is_empty() {
        out.push_str("\nThe oldest of what is owed:\n");
        for owed in oldest {
            let _ = writeln!(out, "  {}", clean(&told(owed, trend)));
        }
    }
    out
}

fn page(trend: &Trend) -> String {
    let mut out = format!("# Technical debt over time\n\n{}\n", markdown(&opening(trend)));
    let mut table = |head: &[&str], rows: Vec<Vec<String>>| {
        let _ = writeln!(out, "\n| {} |\n|{}", head.join(" | "), "---|".repeat(head.len()));
        for row in rows {
            let cells: Vec<String> = row.iter().map(|cell| markdown(cell)).collect();
            let _ = writeln!(out, "| {} |", cells.join(" | "));
        }
    };
    table(&HEAD, rows(trend).map(Vec::from).collect());
    table(&["", "Course", "First and last"], lines(trend).into_iter().map(|l| vec![l.name, l.spark, l.ends]).collect());
    for sentence in age(trend).into_iter().chain(notes(trend)) {
        let _ = writeln!(out, "\n{}", markdown(&sentence));
    }
    let oldest = oldest(trend);
    if !oldest.is_empty() {
        out.push_str("\n## The oldest of what is owed\n\n");
        for owed in oldest {
            let _ = writeln!(out, "- {}", markdown(&told(owed, trend)));
        }
    }
    out
}

fn day(commit: &Commit) -> String {
    Date::of_seconds(commit.time).to_string()
}

fn short(commit: &Commit) -> &str {
    commit.id.get(..10).unwrap_or(&commit.id)
}

fn opening(trend: &Trend) -> String {
    let n = trend.points.len();
    let commits = |n: usize| if n == 1 { "commit" } else { "commits" };
    let debts = trend.owed.len();
    let owed = format!("{debts} {} owed", if debts == 1 { "debt is" } else { "debts are" });
    match &trend.points[..] {
        [first, .., last] => format!(
            "{owed} on {}, after {} on {}. Looked at {n} of {} {} along first parents, by the rules and settings of now.",
            day(&last.commit),
            first.total(),
            day(&first.commit),
            trend.of,
            commits(trend.of)
        ),
        [only] => {
            format!(
                "{owed} on {}. Only that commit was looked at, of {} {}.",
                day(&only.commit),
                trend.of,
                commits(trend.of)
            )
        }
        [] => "No commit was looked at.".to_owned(),
    }
}

fn rows(trend: &Trend) -> impl Iterator<Item = [String; 8]> {
    trend.points.iter().enumerate().map(|(number, point)| {
        let [high, medium, low] = point.counts.map(|n| n.to_string());
        let step = |debts: &[Debt], sign: &str| match (number, debts.len()) {
            (0, _) => String::new(),
            (_, 0) => "0".to_owned(),
            (_, n) => format!("{sign}{n}"),
        };
        let left = trend.owed.iter().filter(|owed| owed.since == number).count();
        let (opened, paid) = (step(&point.opened, "+"), step(&point.paid, "-"));
        [day(&point.commit), short(&point.commit).to_owned(), high, medium, low, opened, paid, left.to_string()]
    })
}

/// A name, its course, and where that began and ended.
struct Line {
    name: String,
    spark: String,
    ends: String,
}

/// The course of all, and of each family: what grew most first.
fn lines(trend: &Trend) -> Vec<Line> {
    let names: BTreeSet<&String> = trend.points.iter().flat_map(|point| point.families.keys()).collect();
    let of = |name: &String| trend.points.iter().map(|point| point.families.get(name).copied().unwrap_or(0)).collect();
    let mut families: Vec<(&String, Vec<usize>)> = names.into_iter().map(|name| (name, of(name))).collect();
    families.sort_by_key(|(_, counts)| {
        let (first, last) = (counts.first().copied().unwrap_or(0), counts.last().copied().unwrap_or(0));
        (first.saturating_sub(last), std::cmp::Reverse(last.saturating_sub(first)), std::cmp::Reverse(last))
    });
    let all = ("all".to_owned(), trend.points.iter().map(Point::total).collect());
    let families = families.into_iter().map(|(name, counts)| (name.clone(), counts));
    std::iter::once(all).chain(families).map(|(name, counts)| line(name, &counts)).collect()
}

fn line(name: String, counts: &[usize]) -> Line {
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let step = |n: &usize| STEPS[(n * (STEPS.len() - 1)).div_ceil(most).min(STEPS.len() - 1)];
    let (first, last) = (counts.first().copied().unwrap_or(0), counts.last().copied().unwrap_or(0));
    Line { name, spark: counts.iter().map(step).collect(), ends: format!("{first} → {last}") }
}

/// How long what is owed has stood: told of the half of it that has stood longest.
fn age(trend: &Trend) -> Option<String> {
    let middle = trend.owed.get(trend.owed.len().checked_sub(1)? / 2).filter(|_| trend.points.len() > 1)?;
    let days = days(middle, trend);
    let days = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
    Some(match middle.since {
        0 => format!("At least half of what is owed stood at the first of these commits already, {days} earlier."),
        _ => format!("Half of what is owed has stood for {days} or longer."),
    })
}

/// How many days lie between the first point at which it stood and the last.
fn days(owed: &Owed, trend: &Trend) -> i64 {
    let at = |point: Option<&Point>| point.map_or(0, |point| point.commit.time);
    Date::of_seconds(at(trend.points.get(owed.since))).until(Date::of_seconds(at(trend.points.last()))).max(0)
}

fn oldest(trend: &Trend) -> &[Owed] {
    if trend.points.len() > 1 { &trend.owed[..trend.owed.len().min(NAMED)] } else { &[] }
}

fn told(owed: &Owed, trend: &Trend) -> String {
    let since = trend.points.get(owed.since).map(|point| day(&point.commit)).unwrap_or_default();
    let or_longer = if owed.since == 0 { " or before" } else { "" };
    let Debt { path, family, rule, severity, message, .. } = &owed.debt;
    format!("since {since}{or_longer}: `{}`: {family}/{rule} [{}] {message}", path.replace('`', "'"), severity.word())
}

/// What the course does not show.
fn notes(trend: &Trend) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(oldest) = &trend.cut {
        notes.push(format!(
            "The history that is here goes back to {} ({}) only, as the clone is shallow: `git fetch --unshallow`, or \
             `fetch-depth: 0` in actions/checkout, brings the rest.",
            day(oldest),
            short(oldest)
        ));
    }
    for skipped in &trend.skipped {
        let (day, commit) = (day(&skipped.commit), short(&skipped.commit));
        notes.push(format!("Passed over {commit} of {day}: {}.", skipped.reason));
    }
    for point in &trend.points {
        let (day, commit) = (day(&point.commit), short(&point.commit));
        notes.extend(point.failures.iter().map(|said| format!("Internal error at {commit} of {day}: {said}")));
    }
    let unread = |point: &&Point| point.unread > 0;
    let most = trend.points.iter().filter(unread).map(|point| point.unread).max().unwrap_or(0);
    if most > 0 {
        let n = trend.points.iter().filter(unread).count();
        notes.push(format!("At {n} of these commits up to {most} files were not read, or not whole."));
    }
    notes
}

fn tree(trend: &Trend) -> Value {
    let named = |commit: &Commit| json!({"commit": commit.id, "date": day(commit)});
    let points = trend.points.iter().enumerate().map(|(number, point)| {
        let between = |debts: &[Debt]| (number > 0).then(|| debts.iter().map(debt).collect::<Vec<_>>());
        let [high, medium, low] = point.counts;
        json!({
            "commit": point.commit.id, "date": day(&point.commit), "total": point.total(),
            "severities": {"high": high, "medium": medium, "low": low}, "families": point.families,
            "opened": between(&point.opened), "paid": between(&point.paid), "unread": point.unread,
            "failures": point.failures,
        })
    });
    let owed = trend.owed.iter().map(|owed| {
        let mut row = debt(&owed.debt);
        let since = trend.points.get(owed.since).map(|point| named(&point.commit));
        row["since"] = since.unwrap_or_default();
        row["days"] = days(owed, trend).into();
        row["or_longer"] = (owed.since == 0).into();
        row
    });
    let skipped = trend.skipped.iter().map(|skipped| {
        let mut row = named(&skipped.commit);
        row["reason"] = skipped.reason.clone().into();
        row
    });
    json!({
        "version": 1, "of": trend.of, "shallow": trend.cut.as_ref().map(named), "samples": points.collect::<Vec<_>>(),
        "owed": owed.collect::<Vec<_>>(), "skipped": skipped.collect::<Vec<_>>(),
    })
}

fn debt(debt: &Debt) -> Value {
    json!({
        "rule": debt.rule, "family": debt.family, "severity": debt.severity.word(), "path": debt.path,
        "message": debt.message, "fingerprint": debt.fingerprint,
    })
}
