//! What libraries' calls mean: the files of `rules/lexicon/`, looked up by qualified name.

mod constraints;
mod flow;
mod frames;
mod keys;
mod kinds;
mod memo;
mod protocols;
mod records;
mod shapes;
mod steps;
mod text;
mod tools;
mod words;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::fact::Text;
use crate::mistake::Mistake;
pub use constraints::Constraint;
pub use flow::{Flow, Hands};
pub use frames::Columns;
pub use keys::KeyForms;
pub use kinds::{Learns, Selects, StorePart, Subject, Summary};
pub use memo::Memo;
pub use protocols::{ESTIMATOR, Protocols};
pub use records::{RecordForm, Records};
pub use shapes::{Shapes, is_table};
pub use steps::{Asked, CatalogForm, FlowForm, MadeBy, Orchestrators, Order, StepForm};
pub use text::{TextRule, TextTest};
pub use tools::Tool;
pub use words::Words;

/// One name or several.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Names {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Names {
    /// The first of them.
    pub fn first(&self) -> &str {
        self.iter().next().unwrap_or_default()
    }

    /// Is it one of them?
    pub fn has(&self, name: &str) -> bool {
        self.iter().any(|one| one == name)
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Many(names) => names.as_slice(),
        }
        .iter()
        .map(String::as_str)
    }
}

/// Which value of a call is meant: an argument by position or keyword, the object it is called on, or its result.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Slot {
    /// Position among the positional arguments, from 0.
    pub argument: Option<usize>,
    /// Name of the keyword argument, or its names in several functions.
    pub keyword: Option<Names>,
    /// The object the method is called on.
    #[serde(default)]
    pub receiver: bool,
    /// What the call returns.
    #[serde(default)]
    pub result: bool,
    /// The value if the argument is absent.
    pub default: Option<String>,
}

/// The type of a call's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returns {
    /// `receiver`: that of the object it is called on.
    Receiver,
    /// `argument`: that of the first argument.
    Argument,
    /// `element`: what the receiver, or the first argument, consists of.
    Element,
    /// Any other word: the type of that name.
    Type(Text),
}

impl<'de> Deserialize<'de> for Returns {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Ok(match word.as_str() {
            "receiver" => Self::Receiver,
            "argument" => Self::Argument,
            "element" => Self::Element,
            name => Self::Type(Text::from(name)),
        })
    }
}

/// What a call (or, in an `[[attribute]]`, reading an attribute) means.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Meaning {
    /// Qualified names: `pandas.read_csv`, `pandas.DataFrame.to_csv`. `*` stands for any run of characters in one
    /// segment, `**` for any segments.
    name: Option<Names>,
    /// It reads this from `place`.
    pub reads: Option<Subject>,
    /// It writes this to `place`.
    pub writes: Option<Subject>,
    /// It adds to what is there instead of replacing it.
    #[serde(default)]
    pub appends: bool,
    /// It deletes what is at `place`.
    #[serde(default)]
    pub deletes: bool,
    /// It copies or moves `place` to `target`.
    #[serde(default)]
    pub copies: bool,
    /// It opens `place`; `mode` says whether to read, write or append.
    #[serde(default)]
    pub opens: bool,
    /// Where.
    pub place: Option<Slot>,
    /// Files that it reads besides, whatever the scheme of `place`.
    #[serde(default)]
    pub files: Vec<Slot>,
    /// Where to, for copies.
    pub target: Option<Slot>,
    /// What is written; what the result is made from.
    pub value: Option<Slot>,
    /// `r`, `w`, `a`; or pandas' `mode`, `if_exists`; a value with `a` in it (not `replace`, `fail`) appends.
    pub mode: Option<Slot>,
    /// The place is a hub name, a table or the like: `hub`, `table`, `model`, `topic`, `cache`.
    pub scheme: Option<String>,
    /// The bucket, database or host in front of the place; of a copy, in front of the end that has a scheme.
    pub authority: Option<Slot>,
    /// The scheme of `target`, where the copy lands in a store or a table.
    pub target_scheme: Option<String>,
    /// The data lies on another machine.
    #[serde(default)]
    pub remote: bool,
    /// Keywords that fix the content: `revision`.
    #[serde(default)]
    pub pinned_by: Vec<String>,
    /// Values of `place` that are builders or kinds, not places: `csv`, `parquet`.
    #[serde(default)]
    pub not_places: Vec<String>,
    /// Its argument is SQL.
    pub sql: Option<Slot>,
    /// It gives its receiver or an argument this name, by which statements know it as if it were a table.
    pub shows: Option<Slot>,
    /// The type of its result.
    pub returns: Option<Returns>,
    /// The result is a new value that carries nothing of the operands: `len`, `print`, a metric.
    #[serde(default)]
    pub forgets: bool,
    /// With this keyword the result still has rows, and forgets nothing.
    pub forgets_unless: Option<String>,
    /// How text is made.
    pub text: Option<TextRule>,
    /// What it asks of a text.
    pub tests: Option<TextTest>,
    /// It asks whether something is at its place.
    #[serde(default)]
    pub exists: bool,
    /// With one of these keywords a conversion does work of its own.
    #[serde(default)]
    pub works_with: Vec<String>,
    /// It makes settings out of the file or text at `place`.
    #[serde(default)]
    pub parses_settings: bool,
    /// It puts the settings into this, and gives back nothing of them.
    pub fills: Option<Slot>,
    /// It puts settings together of the files of the folder at `place`, the first of them `named`, and hands them to the
    /// function below it, or gives them back.
    #[serde(default)]
    pub composes: bool,
    /// It makes an empty object on which settings are set one by one.
    #[serde(default)]
    pub holds_settings: bool,
    /// The function at this value answers requests.
    pub answers: Option<Slot>,
    /// It makes the function below it an answer to requests.
    #[serde(default)]
    pub routes: bool,
    /// It hands out all functions of the module in which it is called: as commands, as a service.
    #[serde(default)]
    pub exposes: bool,
    /// It imports a module whose name is made at run time.
    #[serde(default)]
    pub imports: bool,
    /// It defines a command-line option on its receiver (argparse), or on the function below it (click).
    #[serde(default)]
    pub defines_option: bool,
    /// It calls the `type` of an option on the text that is typed: of `bool`, all but the empty text is true.
    #[serde(default)]
    pub calls_type: bool,
    /// It lets files bind the parameters of the function or class below it, or of its argument, by name.
    #[serde(default)]
    pub configures: bool,
    /// It gives the parsed options of its receiver.
    #[serde(default)]
    pub parses_options: bool,
    /// It refuses options that nobody defined.
    #[serde(default)]
    pub refuses: bool,
    /// It hands its argument's attributes on as a whole: `vars`, `asdict`.
    #[serde(default)]
    pub forwards: bool,
    /// It reads the attribute or key named by its argument: `getattr`, `dict.get`; a further argument is the default.
    #[serde(default)]
    pub looks_up: bool,
    /// It fits.
    pub trains: Option<Learns>,
    /// It is a part of fitting: a step of an optimiser, a backward pass.
    #[serde(default)]
    pub fits: bool,
    /// It makes an optimiser that changes the variables of this.
    pub tunes: Option<Slot>,
    /// What it is fitted on.
    pub x: Option<Slot>,
    /// The labels it is fitted on.
    pub y: Option<Slot>,
    /// The model: receiver if absent.
    pub model: Option<Slot>,
    /// It asks the model about `x`.
    #[serde(default)]
    pub predicts: bool,
    /// It applies fitted statistics to `x`.
    #[serde(default)]
    pub transforms: bool,
    /// It splits its arguments into train and test.
    #[serde(default)]
    pub splits: bool,
    /// It only changes the representation, to this one: `frame`, `ndarray`, `tensor`, `list`, `dict`, `text`.
    pub converts: Option<String>,
    /// It checks data.
    #[serde(default)]
    pub checks: bool,
    /// It runs this command: a text, or a list of words.
    pub runs: Option<Slot>,
    /// It looks at data and says if it is not as it should be: at this value.
    pub validates: Option<Slot>,
    /// With one of these keywords a reading says which types and columns it wants, and fails on others.
    #[serde(default)]
    pub typed_by: Vec<String>,
    /// It makes this part of a store of features, ...
    pub declares: Option<StorePart>,
    /// ... of this name, ...
    pub named: Option<Slot>,
    /// ... with these features in it, ...
    pub fields: Option<Slot>,
    /// ... from this data, view or source.
    pub from: Option<Slot>,
    /// It asks a store for these features: a service, or a list of their names.
    pub asks: Option<Slot>,
    /// It fixes the random state.
    #[serde(default)]
    pub seeds: bool,
    /// It draws at random unless a state is given here.
    pub random_without: Option<Slot>,
    /// It draws at random only if this keyword is true.
    pub random_with: Option<String>,
    /// It draws from the state that only a seed fixes.
    #[serde(default)]
    pub draws: bool,
    /// All that it does is to make its result.
    #[serde(default)]
    pub pure: bool,
    /// It never comes back: it ends the program.
    #[serde(default)]
    pub ends: bool,
    /// It tells the time at which it is asked.
    #[serde(default)]
    pub tells_time: bool,
    /// It makes a date of its arguments.
    #[serde(default)]
    pub makes_date: bool,
    /// It lists what is there in whatever order the system keeps it.
    #[serde(default)]
    pub unordered: bool,
    /// It puts its argument or receiver into an order.
    #[serde(default)]
    pub orders: bool,
    /// How it chooses columns, and which ones.
    pub selects: Option<Selects>,
    /// The columns it selects, or leaves out.
    pub columns: Option<Slot>,
    /// It takes those columns out of its receiver, and gives them back.
    #[serde(default)]
    pub takes_out: bool,
    /// It calls the columns that are the keys of this by its values.
    pub renames: Option<Slot>,
    /// An attribute of a table that is one of its columns.
    #[serde(default)]
    pub column: bool,
    /// A row of its result is made from rows around it: a lag, a rolling mean.
    #[serde(default)]
    pub looks_back: bool,
    /// Its result says neither more nor less than its receiver or first argument: a logarithm, another unit.
    #[serde(default)]
    pub one_to_one: bool,
    /// Unless this keyword is false, the rows are shuffled.
    pub shuffles_unless: Option<String>,
    /// It picks words out of this text, whose form it so relies on.
    pub scrapes: Option<Slot>,
    /// The elements of its result are made of one element of each operand: `zip`.
    #[serde(default)]
    pub pairs: bool,
    /// It does something in the world that cannot be taken back.
    #[serde(default)]
    pub acts: bool,
    /// It hands a function on to somebody who calls it.
    pub hands: Option<Hands>,
    /// Its result is its first argument with the others bound in advance.
    #[serde(default)]
    pub binds: bool,
    /// Its keywords are what options hold by default: functions among them are called by what reads them.
    #[serde(default)]
    pub sets_defaults: bool,
    /// It describes a field of a class: its first argument, `default` or `default_factory` is what the field holds.
    #[serde(default)]
    pub describes_field: bool,
    /// What it makes of a container.
    pub flow: Option<Flow>,
    /// Its result holds the rows of all its operands, one after another.
    #[serde(default)]
    pub joins: bool,
    /// It sets the columns named by its keywords.
    #[serde(default)]
    pub assigns: bool,
    /// What it does to the columns of a table.
    pub frame: Option<Columns>,
    /// It measures how good a model is.
    #[serde(default)]
    pub measures: bool,
    /// Its result sums up rows, which it so no longer tells apart.
    pub summarises: Option<Summary>,
    /// It makes groups or windows of rows, each of which is then summed up by itself.
    #[serde(default)]
    pub groups: bool,
    /// It gives each row of its receiver what its argument holds for it: `fillna`, `map`.
    #[serde(default)]
    pub spreads: bool,
    /// It gives those rows of its receiver for which this holds.
    pub filters: Option<Slot>,
    /// It gives some rows of its receiver.
    #[serde(default)]
    pub takes_rows: bool,
    /// It gives the rows of its receiver that are not among those of its argument.
    #[serde(default)]
    pub leaves_rows: bool,
    /// It sets rows of `x` aside by itself, fold by fold, and fits and measures a model on what is left.
    #[serde(default)]
    pub folds: bool,
    /// With this keyword it sets some rows of `x` aside by itself.
    pub sets_aside_with: Option<String>,
    /// It goes on from what was fitted before, where other fits begin anew; a split: the next part goes on from the last.
    #[serde(default)]
    pub goes_on: bool,
    /// Keywords of a fit for rows that it is measured on while it goes on.
    #[serde(default)]
    pub watches: Vec<String>,
    /// It tells which of several scores is the best, and no score.
    #[serde(default)]
    pub tells_class: bool,
    /// It puts the elements of its argument together again, in their order: `list`, `tuple`.
    #[serde(default)]
    pub gathers: bool,
    /// It keeps the answers of the function below it, and gives them again.
    #[serde(default)]
    pub remembers: bool,
    /// It gives no more than so many rows or elements.
    #[serde(default)]
    pub limits: bool,
    /// In a `with` it passes over the errors that are its arguments.
    #[serde(default)]
    pub suppresses: bool,
    /// It stops a fit, or picks its best state, by the rows that it is measured on.
    #[serde(default)]
    pub stops: bool,
}

/// What a type of a library is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Type {
    name: Option<Names>,
    /// The types whose meanings it has too.
    is: Option<Names>,
    /// The representation it is, for conversions: `frame`, `ndarray`, `tensor`, `list`, `dict`, `text`.
    pub represents: Option<String>,
    /// A text index selects a column, a list of texts selects columns.
    #[serde(default)]
    pub columns: bool,
    /// What indexing it, or iterating over it, gives: a type's name.
    pub element: Option<Text>,
    /// A class that it is the base or decorator of is a record: its fields are its settings.
    #[serde(default)]
    pub record: bool,
    /// It comes from outside, with a request that is to be answered.
    #[serde(default)]
    pub requested: bool,
    /// What it holds are variables of the environment: its keys, or the fields of a class that it is the base of.
    #[serde(default)]
    pub environment: bool,
    /// It holds settings: its attributes and keys are looked up in them.
    #[serde(default)]
    pub settings: bool,
    /// What it holds lies at a place that is called as its key: `database["users"]`.
    #[serde(default)]
    pub keyed: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Alias {
    name: Names,
    is: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct LexiconFile {
    #[serde(default)]
    call: Vec<Meaning>,
    #[serde(default)]
    attribute: Vec<Meaning>,
    #[serde(default)]
    command: Vec<Tool>,
    #[serde(default, rename = "type")]
    types: Vec<Type>,
    #[serde(default)]
    alias: Vec<Alias>,
    #[serde(default)]
    reserved: Vec<Reserved>,
    #[serde(default)]
    step: Vec<StepForm>,
    #[serde(default)]
    flow: Vec<FlowForm>,
    #[serde(default)]
    order: Vec<steps::OrderForm>,
    #[serde(default)]
    catalog: Vec<CatalogForm>,
    #[serde(default)]
    package: Vec<Reserved>,
    #[serde(default)]
    keys: KeyForms,
    #[serde(default)]
    records: Vec<RecordForm>,
    #[serde(default)]
    cuda: Vec<String>,
    #[serde(default, rename = "black-boxes")]
    black_boxes: Vec<String>,
    #[serde(default)]
    constraint: Vec<Constraint>,
    #[serde(default)]
    words: Words,
    #[serde(default)]
    imported: FxHashMap<String, String>,
    #[serde(default)]
    protocols: Protocols,
    #[serde(default)]
    shapes: Shapes,
}

/// Constants that a framework looks for by their names in a project's modules.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reserved {
    name: Names,
}

/// A table of values by exact name, or by pattern under the name's first segment.
#[derive(Debug)]
struct Table<T> {
    values: Vec<T>,
    exact: FxHashMap<Text, usize>,
    patterns: FxHashMap<String, Vec<(Vec<String>, usize)>>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { values: Vec::new(), exact: FxHashMap::default(), patterns: FxHashMap::default() }
    }
}

impl<T> Table<T> {
    fn add<'a>(&mut self, names: impl Iterator<Item = &'a str>, value: T) {
        let index = self.values.len();
        self.values.push(value);
        for name in names {
            if name.contains('*') {
                let segments: Vec<String> = name.split('.').map(str::to_owned).collect();
                self.patterns.entry(segments[0].clone()).or_default().push((segments, index));
            } else {
                self.exact.insert(Text::from(name), index);
            }
        }
    }

    fn find(&self, name: Text) -> Option<usize> {
        if let Some(index) = self.exact.get(&name) {
            return Some(*index);
        }
        let first = name.split('.').next()?;
        let candidates = self.patterns.get(first)?;
        let segments: Vec<&str> = name.split('.').collect();
        candidates.iter().find(|(pattern, _)| matches_segments(pattern, &segments)).map(|(_, index)| *index)
    }
}

/// Does a name of an entry, in which `*` may stand, fit a qualified name?
pub fn fits_name(pattern: &str, name: &str) -> bool {
    let pattern: Vec<String> = pattern.split('.').map(str::to_owned).collect();
    matches_segments(&pattern, &name.split('.').collect::<Vec<_>>())
}

fn matches_segments(pattern: &[String], name: &[&str]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((p, rest)), _) if p == "**" => {
            (0..=name.len()).any(|skip| matches_segments(rest, name.get(skip..).unwrap_or(&[])))
        }
        (Some((p, rest)), Some((n, others))) => matches_segment(p, n) && matches_segments(rest, others),
        _ => false,
    }
}

fn matches_segment(pattern: &str, name: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == name };
    let Some(rest) = name.strip_prefix(head) else { return false };
    tail.is_empty() || (0..=rest.len()).any(|i| rest.get(i..).is_some_and(|r| matches_segment(tail, r)))
}

/// All that is known of libraries.
#[derive(Debug, Default)]
pub struct Lexicon {
    calls: Table<Meaning>,
    attributes: Table<Meaning>,
    tools: Vec<Tool>,
    tool_names: FxHashMap<String, usize>,
    types: Table<Type>,
    aliases: FxHashMap<String, Vec<(String, String)>>,
    reserved: FxHashSet<Text>,
    /// What orchestrators take for steps, flows and their order.
    pub orchestrators: Orchestrators,
    /// What keys of settings files mean everywhere.
    pub keys: KeyForms,
    /// Which classes are tables.
    pub records: Records,
    /// What stands before a version of CUDA, in names of images, packages and places of wheels.
    pub cuda: Vec<String>,
    /// Packages that do the learning, in whose types and habits whoever uses them everywhere is caught.
    pub black_boxes: Vec<String>,
    /// Settings that do not go together.
    pub constraints: Vec<Constraint>,
    /// What words in names say.
    pub words: Words,
    /// The libraries that are imported from packages of other names.
    imported: FxHashMap<String, String>,
    /// What shapes learning has.
    pub protocols: Protocols,
    /// What calls of libraries that nobody listed say by their form.
    pub shapes: Shapes,
    /// The last names of what fits models.
    training: FxHashSet<Text>,
    /// The last names of methods that only make their result.
    pure: FxHashSet<Text>,
    /// Packages on whose versions models depend.
    packages: FxHashSet<Text>,
    /// The types whose columns have names.
    tables: Vec<String>,
    known: Known,
}

/// A type and its supertypes, by name and entry.
type Lineage = Arc<[(Text, Option<usize>)]>;

/// What was asked already.
#[derive(Debug, Default)]
struct Known {
    canonical: Memo<Text, Text>,
    calls: Memo<Text, Option<usize>>,
    methods: Memo<(Text, Text), Option<usize>>,
    attributes: Memo<(Text, Text), Option<usize>>,
    tables: Memo<Text, Option<usize>>,
    lineages: Memo<Text, Lineage>,
}

impl Lexicon {
    /// Adds a lexicon file's entries; those of a later file win over the same exact names of an earlier one.
    ///
    /// # Errors
    /// If the text is no lexicon.
    pub fn extend(&mut self, file: &str, text: &str) -> Result<(), Mistake> {
        let mut read: LexiconFile = toml::from_str(text).map_err(|e| Mistake::toml(file, text, &e))?;
        for (table, entries) in [(&mut self.calls, &mut read.call), (&mut self.attributes, &mut read.attribute)] {
            for mut meaning in entries.drain(..) {
                let Some(names) = meaning.name.take() else {
                    return Err(Mistake::new(file, text, 0..0, "an entry has no `name`"));
                };
                if meaning.trains == Some(Learns::Model) {
                    self.training.extend(names.iter().filter_map(|name| Some(Text::from(name.rsplit_once('.')?.1))));
                }
                if meaning.pure {
                    self.pure.extend(names.iter().filter_map(|name| Some(Text::from(name.rsplit_once('.')?.1))));
                }
                table.add(names.iter(), meaning);
            }
        }
        for mut tool in read.command {
            let Some(names) = tool.name.take() else {
                return Err(Mistake::new(file, text, 0..0, "a command has no `name`"));
            };
            self.tool_names.extend(names.iter().map(|name| (name.to_owned(), self.tools.len())));
            self.tools.push(tool);
        }
        for mut of in read.types {
            let Some(names) = of.name.take() else {
                return Err(Mistake::new(file, text, 0..0, "a type has no `name`"));
            };
            if of.columns {
                self.tables.extend(names.iter().map(str::to_owned));
            }
            self.types.add(names.iter(), of);
        }
        self.reserved.extend(read.reserved.iter().flat_map(|r| r.name.iter()).map(Text::from));
        self.packages.extend(read.package.iter().flat_map(|p| p.name.iter()).map(Text::from));
        read.step.into_iter().for_each(|form| self.orchestrators.add_step(form));
        read.flow.into_iter().for_each(|form| self.orchestrators.add_flow(form));
        read.order.into_iter().for_each(|form| self.orchestrators.add_order(form));
        self.orchestrators.catalogs.extend(read.catalog);
        self.keys.add(read.keys);
        self.records.forms.extend(read.records);
        self.cuda.extend(read.cuda);
        self.black_boxes.extend(read.black_boxes);
        self.constraints.extend(read.constraint);
        self.words.add(read.words);
        self.imported.extend(read.imported);
        self.protocols.add(read.protocols);
        self.shapes.add(read.shapes);
        for alias in read.alias {
            for name in alias.name.iter() {
                let first = name.split('.').next().unwrap_or_default().to_owned();
                self.aliases.entry(first).or_default().push((name.to_owned(), alias.is.clone()));
            }
        }
        Ok(())
    }

    /// A qualified name under the name the lexicon knows it by.
    pub fn canonical(&self, name: Text) -> Text {
        self.known.canonical.answer(name, || {
            let first = name.split('.').next().unwrap_or_default();
            let aliases = self.aliases.get(first).into_iter().flatten();
            let renamed = aliases.filter_map(|(from, to)| {
                let rest = name.strip_prefix(from.as_str())?;
                (rest.is_empty() || rest.starts_with('.')).then(|| Text::from(&format!("{to}{rest}")))
            });
            renamed.into_iter().next().unwrap_or(name)
        })
    }

    /// Does a framework look for constants of that name?
    pub fn is_reserved(&self, name: Text) -> bool {
        self.reserved.contains(&name)
    }

    /// Is a library imported from that package?
    pub fn is_package_of(&self, package: &str, library: &str) -> bool {
        self.imported.get(package).map_or(package == library, |imported| imported == library)
    }

    /// Do models depend on the version of the package of that name?
    pub fn is_learning_package(&self, name: Text) -> bool {
        self.packages.contains(&name)
    }

    /// Is a method called so in some library that fits a model?
    pub fn may_train(&self, method: Text) -> bool {
        self.training.contains(&method)
    }

    /// The last names of what only makes its result.
    pub fn pure_methods(&self) -> FxHashSet<Text> {
        self.pure.clone()
    }

    /// What calling the function or class of that canonical name means.
    pub fn call(&self, name: Text) -> Option<&Meaning> {
        let found = self.known.calls.answer(name, || self.calls.find(name));
        self.calls.values.get(found?)
    }

    /// What calling that method on a value of that type means, the type's supertypes included.
    pub fn method(&self, of: Text, method: Text) -> Option<&Meaning> {
        let found = self.known.methods.answer((of, method), || self.member(&self.calls, of, method));
        self.calls.values.get(found?)
    }

    /// What the program does that a command's words begin with, and how many of them name it. The folder and the
    /// version of the program do not matter.
    pub fn tool(&self, words: &[String]) -> Option<(&Tool, usize)> {
        let program = words.first()?.rsplit('/').next()?;
        let plain = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        let longest = words.len().min(3);
        let named = |length: usize, program: &str| {
            let name = std::iter::once(program).chain(words[1..length].iter().map(String::as_str));
            self.tool_names.get(&name.collect::<Vec<_>>().join(" "))
        };
        (1..=longest).rev().find_map(|length| {
            let index = named(length, program).or_else(|| named(length, plain))?;
            Some((self.tools.get(*index)?, length))
        })
    }

    /// What calling a method of that name means on some table, whichever library's; for receivers of which nothing is
    /// known.
    pub fn table_method(&self, method: Text) -> Option<&Meaning> {
        let found = self.known.tables.answer(method, || {
            let known = |name: &String| self.member(&self.calls, Text::from(name.as_str()), method);
            let exact = |name: &String| self.calls.exact.get(&Text::from(&format!("{name}.{method}"))).copied();
            let mut tables = self.tables.iter();
            tables.find_map(exact).or_else(|| self.tables.iter().find_map(known))
        });
        self.calls.values.get(found?)
    }

    /// What reading an attribute of that name means on some table, if it is known by its own name.
    pub fn table_attribute(&self, name: Text) -> Option<&Meaning> {
        let of = |table: &String| self.attributes.exact.get(&Text::from(&format!("{table}.{name}"))).copied();
        self.attributes.values.get(self.tables.iter().find_map(of)?)
    }

    /// What reading that attribute of a value of that type means.
    pub fn attribute(&self, of: Text, name: Text) -> Option<&Meaning> {
        let found = self.known.attributes.answer((of, name), || self.member(&self.attributes, of, name));
        self.attributes.values.get(found?)
    }

    /// What is known of a type: the first that `ask` finds among it and its supertypes.
    pub fn of_type<'a, T>(&'a self, of: Text, ask: &dyn Fn(&'a Type) -> Option<T>) -> Option<T> {
        self.lineage(of).iter().find_map(|(_, entry)| self.types.values.get((*entry)?).and_then(ask))
    }

    /// Is the type of that name, or one of its supertypes, the other?
    pub fn is_a(&self, of: Text, other: &str) -> bool {
        self.lineage(of).iter().any(|(name, _)| name == other)
    }

    fn member(&self, table: &Table<Meaning>, of: Text, name: Text) -> Option<usize> {
        self.lineage(of).iter().find_map(|(ty, _)| table.find(Text::from(&format!("{ty}.{name}"))))
    }

    /// A type's name and those of its supertypes.
    pub fn lineage_of(&self, of: Text) -> Vec<Text> {
        self.lineage(of).iter().map(|(name, _)| *name).collect()
    }

    fn lineage(&self, of: Text) -> Lineage {
        self.known.lineages.answer(of, || {
            let mut line = Vec::new();
            self.ancestors(of, &mut line);
            line.into()
        })
    }

    fn ancestors(&self, of: Text, line: &mut Vec<(Text, Option<usize>)>) {
        if line.iter().any(|(name, _)| *name == of) {
            return;
        }
        let entry = self.types.find(of);
        line.push((of, entry));
        let supers = entry.and_then(|e| self.types.values.get(e)?.is.as_ref());
        for name in supers.into_iter().flat_map(Names::iter) {
            self.ancestors(Text::from(name), line);
        }
    }
}

#[cfg(test)]
mod tests;
