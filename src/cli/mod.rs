//! The commands, one file each; what they share is here: arguments, threads, the way out.

mod check;
mod closure;
mod completions;
mod explain;
mod facts;
mod features;
mod fix;
mod graph;
mod init;
mod ledger;
mod openlineage;
mod report;
mod rules;
mod schema;
mod trace;
mod trend;
mod vocabulary;
mod why;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::border;
use crate::cache;
use crate::config::{Config, Keeping};
use crate::mistake::Mistake;
use crate::report::{clean, harmless};
use crate::system::graph::System;
use crate::system::lineage;

/// What is left of the stack of 256 MiB is never touched, so it costs nothing; deep input needs it.
const STACK: usize = 256 * 1024 * 1024;

/// Finds the technical debt of machine-learning systems: what lies between code, data, features, models and settings.
#[derive(Parser, Debug)]
#[command(name = "mldebt", version, about, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// When to use colour.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    color: Color,
    /// How many threads to use; all processors by default.
    #[arg(long, global = true, value_name = "N")]
    threads: Option<usize>,
    /// The configuration file; by default the closest mldebt.toml, .mldebt.toml or pyproject.toml with [tool.mldebt].
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Use no configuration file.
    #[arg(long, global = true)]
    isolated: bool,
    /// Find out everything anew, and keep nothing for later runs.
    #[arg(long, global = true)]
    no_cache: bool,
    /// Where to keep for later runs what was found out; by default the folder `mldebt` of the user's cache folder.
    #[arg(long, global = true, value_name = "FOLDER", env = "MLDEBT_CACHE_DIR")]
    cache_dir: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Look at a repository and say what it owes.
    Check(check::Options),
    /// Say what a rule finds, why that is a debt, and what to do.
    Explain(explain::Options),
    /// List the rules, or check a folder of rules of your own.
    Rules(rules::Options),
    /// Say who writes, reads, learns from and declares a dataset, table, model, column or setting.
    Trace(trace::Options),
    /// List and count everything that a model is made from.
    Closure(closure::Options),
    /// Say of every model which columns it takes, where each comes from, how it is computed and who else uses it.
    Features(features::Options),
    /// Print the system as a graph.
    Graph(graph::Options),
    /// Say which rules come near a thing without finding it, and what they lack.
    WhyNot(why::Options),
    /// Keep the ledger of the debts that the team has taken on.
    Ledger(ledger::Options),
    /// Write the team's report: what is owed, what to pay first, what is due.
    Report(report::Options),
    /// Say what was owed at some commits of the history, what was opened and paid between them, and how old the debts are.
    Trend(trend::Options),
    /// Write what a shell needs to complete mldebt's commands and options.
    Completions(completions::Options),
    /// Write the JSON Schema of mldebt.toml or of rule files.
    Schema(schema::Options),
    /// List the words that rules ask with: kinds of nodes and edges, attributes and their values.
    Vocabulary(vocabulary::Options),
    /// Write the manual page.
    #[command(hide = true)]
    Man,
    /// Write what a repository shows to others, for `link`.
    Facts(facts::Options),
    /// Join the facts of many repositories: who reads whose predictions, which models feed each other.
    Link(facts::LinkOptions),
    /// Write a commented mldebt.toml.
    Init(init::Options),
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TextOrJson {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What every command knows.
struct Context {
    color: bool,
    config: Option<PathBuf>,
    isolated: bool,
    keeping: Option<Keeping>,
}

impl Context {
    /// The configuration for looking at a path; what is found out there is kept.
    fn find(&self, path: &Path) -> Result<Config, Mistake> {
        let config = Config::find(path, self.config.as_deref(), self.isolated)?;
        Ok(Config { keeping: self.keeping.clone(), ..config })
    }
}

/// What a command gives: text for standard output and the exit code.
struct Answer {
    text: String,
    code: u8,
}

impl Answer {
    fn ok(text: String) -> Self {
        Self { text, code: 0 }
    }
}

/// The answer where nothing of the system fits a name, with the one that may be meant.
fn unknown(system: &System, name: &str) -> Answer {
    let name = clean(name);
    let advice = match lineage::meant(system, &name) {
        Some(meant) => format!("Did you mean `{}`?", clean(meant)),
        None => "`mldebt graph` lists what there is.".to_owned(),
    };
    Answer { text: format!("Nothing is called `{name}` or ends with it. {advice}\n"), code: 1 }
}

/// Runs the command line. Exit code 0: nothing owed, 1: something owed, 2: the input of mldebt itself is wrong.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let color = |stream: bool| match arguments.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => stream && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
    };
    let asked = arguments.cache_dir.filter(|folder| !folder.as_os_str().is_empty());
    let keeping = match asked {
        _ if arguments.no_cache => None,
        Some(folder) => Some(Keeping { folder, asked: true }),
        None => cache::folder().map(|folder| Keeping { folder, asked: false }),
    };
    let context = Context {
        keeping,
        color: color(std::io::stdout().is_terminal()),
        config: arguments.config,
        isolated: arguments.isolated,
    };
    border::quiet();
    let pool = rayon::ThreadPoolBuilder::new().stack_size(STACK).num_threads(arguments.threads.unwrap_or(0)).build();
    let work = || match arguments.command {
        Command::Check(options) => check::run(options, &context),
        Command::Explain(options) => explain::run(&options, &context),
        Command::Rules(options) => rules::run(options, &context),
        Command::Trace(options) => trace::run(&options, &context),
        Command::Closure(options) => closure::run(&options, &context),
        Command::Features(options) => features::run(&options, &context),
        Command::Graph(options) => graph::run(&options, &context),
        Command::WhyNot(options) => why::run(&options, &context),
        Command::Ledger(options) => ledger::run(&options, &context),
        Command::Report(options) => report::run(&options, &context),
        Command::Trend(options) => trend::run(&options, &context),
        Command::Completions(options) => Ok(completions::run(&options)),
        Command::Schema(options) => schema::run(&options),
        Command::Vocabulary(options) => vocabulary::run(&options),
        Command::Man => completions::manual(),
        Command::Facts(options) => facts::run(&options, &context),
        Command::Link(options) => facts::link(&options),
        Command::Init(options) => init::run(&options),
    };
    let answer = match pool {
        Ok(pool) => border::hold(|| pool.install(work)).unwrap_or_else(|said| {
            let mistake = Mistake::new("mldebt", "", 0..0, format!("internal error: {said}"));
            Err(mistake.help("this is a fault of mldebt: please report it, with what it was looking at"))
        }),
        Err(error) => Err(Mistake::new("threads", "", 0..0, error.to_string())),
    };
    match answer {
        Ok(answer) => print(&harmless(&answer.text)).map_or(ExitCode::from(2), |()| ExitCode::from(answer.code)),
        Err(mistake) => {
            let drawn = harmless(&crate::report::draw_mistake(&mistake, color(std::io::stderr().is_terminal())));
            // Where even standard error is closed nothing more can be said.
            let _ = std::io::stderr().write_all(drawn.as_bytes());
            ExitCode::from(2)
        }
    }
}

/// Writes to standard output; a reader that has gone away (`| head`) is no error.
fn print(text: &str) -> Option<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Some(()),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Some(()),
        Err(_) => None,
    }
}
