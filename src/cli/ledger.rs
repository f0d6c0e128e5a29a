//! `mldebt ledger`: the debts that the team has taken on: begin, accept, list, say what is due, strike what is paid.

use std::fmt::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Answer, Context, TextOrJson as Format};
use crate::Timings;
use crate::config::Config;
use crate::finding::{Finding, Status};
use crate::ledger::book::{self, Entry, Ledger};
use crate::ledger::date::Date;
use crate::ledger::{Statement, edit};
use crate::mistake::Mistake;
use crate::report::causes::{Shown, causes};
use crate::report::{Texts, clean};

/// How long the debts of a new ledger may stand before they are looked at again.
const TERM: u32 = 180;
/// What `due` looks ahead.
const AHEAD: u32 = 30;
/// The least of a fingerprint that is taken for one.
const SHORTEST: usize = 4;

/// The options of `ledger`.
#[derive(Args, Debug)]
pub struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Begin a ledger with all debts of today, so that only new ones fail `mldebt check`.
    Init {
        /// The repository.
        #[arg(default_value = ".")]
        path: PathBuf,
        /// Who looks after those for which CODEOWNERS names nobody.
        #[arg(long)]
        owner: Option<String>,
        /// Why they are not paid now.
        #[arg(long, default_value = "it stood there when the ledger was begun")]
        reason: String,
        /// The day by which they are paid or looked at again; in 180 days by default.
        #[arg(long, value_parser = Date::parse, value_name = "DAY")]
        due: Option<Date>,
    },
    /// Take on a debt, or take one on anew that is overdue or has grown.
    Accept {
        /// Fingerprints, as `mldebt check` and its JSON show them; the beginning is enough.
        #[arg(required = true)]
        fingerprints: Vec<String>,
        /// Who looks after it; by default whom CODEOWNERS names.
        #[arg(long)]
        owner: Option<String>,
        /// Why it is not paid now.
        #[arg(long)]
        reason: String,
        /// The day by which it is paid or looked at again.
        #[arg(long, value_parser = Date::parse, value_name = "DAY", required_unless_present = "trigger")]
        due: Option<Date>,
        /// The event at which it is paid or looked at again, where no day can be named.
        #[arg(long, value_name = "EVENT")]
        trigger: Option<String>,
        /// The repository.
        #[arg(long, default_value = ".")]
        path: PathBuf,
    },
    /// Say what is overdue, and what will be due soon. Exits with 1 if something is overdue or has nobody to look after it.
    Due {
        /// The repository.
        #[arg(default_value = ".")]
        path: PathBuf,
        /// How many days to look ahead.
        #[arg(long, default_value_t = AHEAD, value_name = "DAYS")]
        within: u32,
    },
    /// Strike debts that are paid: those named, or all that are gone.
    Pay {
        /// Fingerprints; the beginning is enough.
        fingerprints: Vec<String>,
        /// The repository.
        #[arg(long, default_value = ".")]
        path: PathBuf,
    },
    /// List the debts of the ledger, and what became of each.
    List {
        /// The repository.
        #[arg(default_value = ".")]
        path: PathBuf,
        /// How to write the list.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        output_format: Format,
    },
}

/// The terms on which debts are taken on.
struct Terms<'a> {
    owner: Option<&'a str>,
    reason: &'a str,
    due: Option<Date>,
    trigger: Option<&'a str>,
}

pub fn run(options: &Options, context: &Context) -> Result<Answer, Mistake> {
    let config = |path: &PathBuf| context.find(path);
    match &options.action {
        Action::Init { path, owner, reason, due } => {
            let due = Some(due.unwrap_or_else(|| Date::today().after(TERM)));
            init(&config(path)?, &Terms { owner: owner.as_deref(), reason, due, trigger: None })
        }
        Action::Accept { fingerprints, owner, reason, due, trigger, path } => {
            let terms = Terms { owner: owner.as_deref(), reason, due: *due, trigger: trigger.as_deref() };
            accept(&config(path)?, fingerprints, &terms)
        }
        Action::Due { path, within } => due(&Ledger::load(&config(path)?)?, *within),
        Action::Pay { fingerprints, path } => pay(&config(path)?, fingerprints),
        Action::List { path, output_format } => list(&config(path)?, *output_format),
    }
}

fn init(config: &Config, terms: &Terms<'_>) -> Result<Answer, Mistake> {
    let file = book::place(config);
    if file.symlink_metadata().is_ok() {
        let mistake = Mistake::new(&file.display().to_string(), "", 0..0, "there is a ledger already");
        return Err(mistake.help("`mldebt ledger accept` takes on further debts"));
    }
    let statement = check(config)?;
    let entries = statement.findings.iter().map(|f| entry(f, &statement, terms)).collect::<Result<Vec<_>, _>>()?;
    book::alter(&file, |text| match text {
        "" => edit::accept(&file.display().to_string(), text, &entries),
        _ => Err(Mistake::new(&file.display().to_string(), "", 0..0, "there is a ledger already")),
    })?;
    let due = terms.due.map_or_else(String::new, |due| format!(", due {due}"));
    let text = format!(
        "Wrote {} with {}{due}. Next: commit it\n",
        file.strip_prefix(".").unwrap_or(&file).display(),
        debts(entries.len())
    );
    Ok(Answer::ok(text))
}

fn accept(config: &Config, fingerprints: &[String], terms: &Terms<'_>) -> Result<Answer, Mistake> {
    let statement = check(config)?;
    let found: Vec<&Finding> = statement.findings.iter().chain(&statement.settled).collect();
    let causes = causes(&statement.findings, &statement.catalog, &Texts::new(&statement.sources));
    let mut entries = Vec::new();
    for start in fingerprints {
        let fits: Vec<&&Finding> = found.iter().filter(|f| f.fingerprint.starts_with(start.as_str())).collect();
        let finding = one(start, &fits, "no debt is found")?;
        if finding.status == Status::Allowed {
            return Err(Mistake::new(start, "", 0..0, "a comment in the code allows it already"));
        }
        // What is shown as one is taken on as one, each part under its own fingerprint.
        let leads = |shown: &&Shown| statement.findings.get(shown.numbers[0]).is_some_and(|lead| *lead == **finding);
        match causes.iter().find(leads) {
            Some(shown) => {
                for number in &shown.numbers {
                    entries.push(entry(&statement.findings[*number], &statement, terms)?);
                }
            }
            None => entries.push(entry(finding, &statement, terms)?),
        }
    }
    store(config, &entries)?;
    let mut text = String::new();
    for entry in &entries {
        let _ = writeln!(text, "Took on {}", told(entry));
    }
    Ok(Answer::ok(text))
}

/// A finding as an entry of the ledger.
fn entry(finding: &Finding, statement: &Statement, terms: &Terms<'_>) -> Result<Entry, Mistake> {
    let path = statement.sources.get(finding.at.file.index()).map(|s| s.path.clone()).unwrap_or_default();
    let owner = terms.owner.map(str::to_owned).or_else(|| finding.owner.map(|owner| owner.to_string()));
    let owner = owner.filter(|owner| !owner.trim().is_empty()).ok_or_else(|| {
        let mistake = Mistake::new(&path, "", 0..0, "CODEOWNERS names nobody who would look after its debts");
        mistake.help("name somebody with --owner")
    })?;
    Ok(Entry {
        fingerprint: finding.fingerprint.clone(),
        rule: format!("{}/{}", finding.family, finding.rule),
        path,
        message: finding.message.clone(),
        places: Some(finding.places()),
        accepted: Some(Date::today()),
        owner,
        reason: terms.reason.to_owned(),
        due: terms.due,
        trigger: terms.trigger.map(str::to_owned),
    })
}

fn due(ledger: &Ledger, within: u32) -> Result<Answer, Mistake> {
    let today = ledger.today.unwrap_or_else(Date::today);
    let mut dated: Vec<(i64, &Entry)> = ledger
        .entries
        .iter()
        .filter_map(|e| Some((today.until(e.due?), e)))
        .filter(|(d, _)| *d <= i64::from(within))
        .collect();
    dated.sort_by_key(|(days, entry)| (*days, &entry.fingerprint));
    let (mut text, mut code) = (String::new(), 0);
    for (days, entry) in dated {
        let when = match days {
            ..0 => format!("overdue by {}", count(-days, "day")),
            0 => "due today".to_owned(),
            1.. => format!("due in {}", count(days, "day")),
        };
        code = code.max(u8::from(days < 0));
        let _ = writeln!(text, "{when}: {}", told(entry));
    }
    for entry in ledger.entries.iter().filter(|e| e.lacks().is_some()) {
        code = 1;
        let _ = writeln!(text, "without {}: {}", entry.lacks().unwrap_or_default(), told(entry));
    }
    if text.is_empty() {
        let _ = writeln!(text, "Nothing of {} is due within {within} days.", debts(ledger.entries.len()));
    }
    Ok(Answer { text, code })
}

fn pay(config: &Config, fingerprints: &[String]) -> Result<Answer, Mistake> {
    let ledger = Ledger::load(config)?;
    let Some(file) = &ledger.path else { return Ok(Answer::ok("There is no ledger.\n".to_owned())) };
    let gone: Vec<String> = check(config)?.paid.into_iter().map(|paid| paid.fingerprint).collect();
    let mut struck = Vec::new();
    for start in fingerprints {
        let entry = one(start, &ledger.find(start), "the ledger knows no debt")?;
        if !gone.contains(&entry.fingerprint) {
            let mistake = Mistake::new(&entry.fingerprint, "", 0..0, "it still stands, or its file could not be read");
            return Err(mistake.help("`mldebt check` shows it when it is no longer in the ledger"));
        }
        struck.push(entry.fingerprint.clone());
    }
    let struck = if fingerprints.is_empty() { gone } else { struck };
    if !struck.is_empty() {
        book::alter(file, |text| edit::strike(&file.display().to_string(), text, &struck))?;
    }
    let mut text = String::new();
    for entry in ledger.entries.iter().filter(|e| struck.contains(&e.fingerprint)) {
        let _ = writeln!(text, "Paid {}", told(entry));
    }
    let _ = writeln!(text, "Struck {}, {} left.", debts(struck.len()), ledger.entries.len() - struck.len());
    Ok(Answer::ok(text))
}

fn list(config: &Config, format: Format) -> Result<Answer, Mistake> {
    let ledger = Ledger::load(config)?;
    let statement = check(config)?;
    let found: Vec<&Finding> = statement.findings.iter().chain(&statement.settled).collect();
    let standing = |entry: &Entry| {
        let gone = statement.paid.iter().any(|paid| paid.fingerprint == entry.fingerprint);
        let finding = found.iter().find(|f| f.fingerprint == entry.fingerprint);
        finding.map_or(if gone { "paid" } else { "not seen" }, |f| f.status.word())
    };
    if format == Format::Json {
        let row = |entry: &Entry| {
            serde_json::json!({
                "fingerprint": entry.fingerprint, "rule": entry.rule, "path": entry.path, "message": entry.message,
                "places": entry.places, "accepted": entry.accepted.map(|d| d.to_string()), "owner": entry.owner,
                "reason": entry.reason, "due": entry.due.map(|d| d.to_string()), "trigger": entry.trigger,
                "status": standing(entry),
            })
        };
        let rows: Vec<serde_json::Value> = ledger.entries.iter().map(row).collect();
        return Ok(Answer::ok(serde_json::to_string_pretty(&rows).unwrap_or_default() + "\n"));
    }
    let mut text = String::new();
    for entry in &ledger.entries {
        let _ = writeln!(text, "{}: {}", standing(entry), told(entry));
    }
    let _ = writeln!(text, "The ledger holds {}.", debts(ledger.entries.len()));
    Ok(Answer::ok(text))
}

fn check(config: &Config) -> Result<Statement, Mistake> {
    let config = Config { only: Vec::new(), ..config.clone() };
    crate::check(&config, &mut Timings::default(), &|| ())
}

fn store(config: &Config, entries: &[Entry]) -> Result<(), Mistake> {
    let file = book::place(config);
    book::alter(&file, |text| edit::accept(&file.display().to_string(), text, entries))
}

/// The one that a beginning of a fingerprint means.
fn one<'a, T>(start: &str, fits: &[&'a T], none: &str) -> Result<&'a T, Mistake> {
    let shown = clean(start);
    match fits {
        _ if start.len() < SHORTEST => {
            Err(Mistake::new(&shown, "", 0..0, format!("at least {SHORTEST} characters of a fingerprint are wanted")))
        }
        [one] => Ok(one),
        [] => Err(Mistake::new(&shown, "", 0..0, format!("{none} whose fingerprint begins so"))),
        more => Err(Mistake::new(&shown, "", 0..0, format!("{} fingerprints begin so", more.len()))),
    }
}

fn told(entry: &Entry) -> String {
    let (rule, path, message) = (clean(&entry.rule), clean(&entry.path), clean(&entry.message));
    let (owner, term, print) = (clean(&entry.owner), clean(&entry.term()), clean(&entry.fingerprint));
    format!("{path}: {rule} {message} ({print}; {owner}, {term})")
}

fn debts(n: usize) -> String {
    count(i64::try_from(n).unwrap_or(i64::MAX), "debt")
}

fn count(n: i64, word: &str) -> String {
    if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") }
}
