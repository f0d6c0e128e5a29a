//! The team's report: what is owed, to whom, what to pay first, what is due, and how far the report can be trusted.

mod drawing;
mod html;
mod markdown;
mod payments;

use std::collections::BTreeMap;

use crate::finding::{Finding, Severity, Status};
use crate::ledger::Statement;
use crate::ledger::book::{Entry, Ledger};
use crate::ledger::date::Date;
use crate::system::graph::System;

/// How the report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// For a page or a comment.
    Markdown,
    /// One file that needs nothing else and runs nothing.
    Html,
}

/// Rows of a table that are shown; the others are counted.
const ROWS: usize = 25;
/// Debts that are listed one by one.
const LISTED: usize = 500;
/// What is due within so many days is shown.
const AHEAD: i64 = 60;

/// A piece of the report, whatever it is written in. In its texts, what stands between backticks is code.
enum Block {
    Heading(&'static str),
    Text(String),
    List(Vec<String>),
    Bars(Vec<Bar>),
    Table {
        head: Vec<&'static str>,
        rows: Vec<Vec<String>>,
    },
    /// An SVG, which only HTML shows.
    Drawing(String),
}

/// Debts by severity: high, medium, low.
struct Bar {
    name: String,
    counts: [usize; 3],
}

/// Writes the report; the system is drawn, if it is there and the form can show it.
pub fn render(statement: &Statement, ledger: &Ledger, system: Option<&System>, form: Form) -> String {
    let today = ledger.today.unwrap_or_else(Date::today);
    let blocks = blocks(statement, ledger, system, today);
    match form {
        Form::Markdown => super::escape::log(&markdown::render(&blocks)),
        Form::Html => html::render(&blocks),
    }
}

/// The drawing with what there is to say of it.
fn drawn(drawing: drawing::Drawing) -> [Block; 3] {
    let legend = "Models, what they learn from and where their predictions go; red lines close a loop.";
    let left_out = match drawing.left_out {
        0 => String::new(),
        n => format!(" Left out: {n} that few lines join; `mldebt graph --models` has them all."),
    };
    [Block::Heading("The system"), Block::Text(format!("{legend}{left_out}")), Block::Drawing(drawing.svg)]
}

fn blocks(statement: &Statement, ledger: &Ledger, system: Option<&System>, today: Date) -> Vec<Block> {
    let all: Vec<&Finding> =
        statement.findings.iter().chain(&statement.settled).filter(|f| f.status != Status::Allowed).collect();
    let mut blocks = vec![Block::Text(opening(statement, ledger, today, all.len()))];
    if !all.is_empty() {
        blocks.push(Block::Heading("Five payments to make first"));
        blocks.push(payments::block(statement, &all));
    }
    blocks.push(Block::Heading("Due and overdue"));
    blocks.push(due(ledger, today));
    if !all.is_empty() {
        let path = |f: &Finding| statement.sources.get(f.at.file.index()).map_or("", |s| s.path.as_str()).to_owned();
        let module =
            |f: &Finding| path(f).rsplit_once('/').map_or_else(|| "(root)".to_owned(), |(folder, _)| folder.to_owned());
        let owner = |f: &Finding| f.owner.map_or_else(|| "nobody named".to_owned(), |owner| owner.to_string());
        blocks.push(Block::Heading("By family"));
        blocks.push(bars(&all, |f| f.family.to_string()));
        blocks.push(Block::Heading("By module"));
        blocks.push(bars(&all, module));
        blocks.push(Block::Heading("By owner"));
        blocks.push(if all.iter().any(|f| f.owner.is_some()) {
            bars(&all, owner)
        } else {
            Block::Text("CODEOWNERS names nobody for the files of these debts.".to_owned())
        });
    }
    blocks.extend(system.and_then(drawing::draw).into_iter().flat_map(drawn));
    blocks.push(Block::Heading("How far this can be trusted"));
    blocks.push(trust(statement));
    if !all.is_empty() {
        blocks.push(Block::Heading("All debts"));
        blocks.extend(listed(statement, &all));
    }
    blocks.push(Block::Text("Not all debt is bad, but all debt needs to be serviced.".to_owned()));
    blocks
}

fn opening(statement: &Statement, ledger: &Ledger, today: Date, all: usize) -> String {
    let debts = if all == 1 { "debt is" } else { "debts are" };
    let mut text = format!("As of {today}, {all} {debts} found by {} rules", statement.summary.rules);
    let counts = [Severity::High, Severity::Medium, Severity::Low].map(|s| (statement.count(s), s.word()));
    let counts: Vec<String> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    if !counts.is_empty() {
        let which = match statement.findings.len() {
            1 if all == 1 => "it".to_owned(),
            n if n == all => "all of them".to_owned(),
            n => format!("{n} of them"),
        };
        text.push_str(&format!("; somebody must act on {which} ({})", counts.join(", ")));
    }
    match ledger.entries.len() {
        0 => text.push_str(". There is no ledger of what the team has taken on."),
        n => text.push_str(&format!(". The ledger holds {n}, of which {} are paid.", statement.paid.len())),
    }
    text
}

fn due(ledger: &Ledger, today: Date) -> Block {
    let soon = |entry: &&Entry| entry.lacks().is_some() || entry.due.is_some_and(|due| today.until(due) <= AHEAD);
    let mut entries: Vec<&Entry> = ledger.entries.iter().filter(soon).collect();
    entries.sort_by_key(|e| (e.due, &e.fingerprint));
    if entries.is_empty() {
        return Block::Text(format!("Nothing is due within {AHEAD} days."));
    }
    let more = entries.len().saturating_sub(ROWS);
    let row = |entry: &&Entry| {
        let when = match (entry.lacks(), entry.due) {
            (Some(lacks), _) => format!("has no {lacks}"),
            (None, Some(due)) if due < today => format!("overdue by {} days", due.until(today)),
            _ => entry.term(),
        };
        vec![when, entry.owner.clone(), format!("`{}`", tame(&entry.path)), entry.message.clone(), entry.reason.clone()]
    };
    let mut rows: Vec<Vec<String>> = entries.iter().take(ROWS).map(row).collect();
    if more > 0 {
        rows.push(vec![format!("and {more} more")]);
    }
    Block::Table { head: vec!["When", "Owner", "Place", "Debt", "Reason"], rows }
}

/// Counts by what `key` says, the heaviest first.
fn bars(all: &[&Finding], key: impl Fn(&Finding) -> String) -> Block {
    let mut counts: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    for finding in all {
        let severity = match finding.severity {
            Severity::High => 0,
            Severity::Medium => 1,
            Severity::Low => 2,
        };
        counts.entry(key(finding)).or_default()[severity] += 1;
    }
    let mut bars: Vec<Bar> = counts.into_iter().map(|(name, counts)| Bar { name, counts }).collect();
    bars.sort_by_key(|bar| std::cmp::Reverse(bar.counts[0] * 9 + bar.counts[1] * 3 + bar.counts[2]));
    if bars.len() > ROWS {
        let rest = bars.split_off(ROWS);
        let sum = |i: usize| rest.iter().map(|bar| bar.counts[i]).sum();
        bars.push(Bar { name: format!("{} others", rest.len()), counts: std::array::from_fn(sum) });
    }
    Block::Bars(bars)
}

fn trust(statement: &Statement) -> Block {
    let (summary, coverage) = (&statement.summary, statement.summary.coverage);
    let share =
        |part: usize, whole: usize| (part * 100).checked_div(whole).map_or_else(String::new, |p| format!(" ({p} %)"));
    let mut rows = vec![
        format!("{} files with {} lines were looked at.", summary.kinds.values().sum::<usize>(), summary.lines),
        format!(
            "{} of {} data places were followed{}; what the others touch is not known.",
            coverage.resolved,
            coverage.places,
            share(coverage.resolved, coverage.places)
        ),
        format!(
            "{} of {} uses of columns were traced to their data{}.",
            coverage.traced,
            coverage.columns,
            share(coverage.traced, coverage.columns)
        ),
        format!(
            "{} of {} calls that look like learning were understood{}.",
            coverage.understood,
            coverage.learning,
            coverage.not_understood()
        ),
        format!("{} files were not read, or not whole.", statement.unread.len()),
        format!("{} findings are allowed by comments, {} are hidden by thresholds.", summary.allowed, summary.hidden),
    ];
    rows.extend(
        statement
            .unread
            .iter()
            .take(ROWS)
            .map(|unread| format!("`{}`: {}: {}", tame(&unread.path), unread.kind.word(), unread.reason)),
    );
    rows.extend(statement.failures.iter().map(|said| format!("internal error: {said}")));
    Block::List(rows)
}

fn listed(statement: &Statement, all: &[&Finding]) -> Vec<Block> {
    let texts = super::Texts::new(&statement.sources);
    let mut sorted: Vec<&&Finding> = all.iter().collect();
    sorted.sort_by_key(|f| (std::cmp::Reverse(f.severity), f.at));
    let row = |f: &&&Finding| {
        vec![
            f.severity.word().to_owned(),
            format!("`{}`", tame(&texts.place(f.at))),
            f.message.clone(),
            format!("`{}/{}`", f.family, f.rule),
            f.owner.map_or_else(String::new, |owner| owner.to_string()),
            f.status.word().to_owned(),
        ]
    };
    let rows = sorted.iter().take(LISTED).map(row).collect();
    let table = Block::Table { head: vec!["Severity", "Place", "Debt", "Rule", "Owner", "Standing"], rows };
    let more = sorted.len().saturating_sub(LISTED);
    std::iter::once(table).chain((more > 0).then(|| Block::Text(format!("and {more} more.")))).collect()
}

/// A name that is to stand between backticks holds none.
fn tame(name: &str) -> String {
    name.replace('`', "'")
}
