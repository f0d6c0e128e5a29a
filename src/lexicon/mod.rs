//! What libraries' calls mean: the files of `rules/lexicon/`, looked up by qualified name.

mod chains;
mod constraints;
mod distributions;
mod flow;
mod formats;
mod frames;
mod keys;
mod kinds;
mod knobs;
mod learners;
mod meaning;
mod memo;
mod names;
mod options;
mod protocols;
mod records;
mod shapes;
mod signature;
mod steps;
mod table;
mod text;
mod tools;
mod words;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::fact::Text;
use crate::mistake::Mistake;
pub use chains::{ChainKind, ChainStep};
pub use constraints::Constraint;
pub use distributions::Distributions;
pub use flow::{Flow, Hands};
pub use formats::FormatForm;
pub use frames::Columns;
pub use keys::KeyForms;
pub use kinds::{JobForm, Learns, Selects, StorePart, Subject, Summary, Type, Varies};
pub use knobs::Knob;
pub use learners::Learner;
pub use meaning::Meaning;
pub use memo::Memo;
pub use options::{OptionForms, OptionsOf, Placed};
pub use protocols::{ESTIMATOR, Protocols};
pub use records::{RecordForm, Records};
pub use shapes::{Shapes, is_table};
pub use signature::signature;
pub use steps::{Asked, CatalogForm, FlowForm, MadeBy, Orchestrators, Order, StepForm};
pub use table::fits_name;
use table::{Table, matches_segment};
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
    /// `made`: what it, or its receiver, makes options of.
    Made,
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
            "made" => Self::Made,
            name => Self::Type(Text::from(name)),
        })
    }
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
    plain: Vec<Reserved>,
    #[serde(default)]
    step: Vec<StepForm>,
    #[serde(default)]
    flow: Vec<FlowForm>,
    #[serde(default)]
    order: Vec<steps::OrderForm>,
    #[serde(default)]
    handed: Vec<steps::HandedForm>,
    #[serde(default)]
    catalog: Vec<CatalogForm>,
    #[serde(default)]
    package: Vec<Reserved>,
    #[serde(default)]
    keys: KeyForms,
    #[serde(default)]
    options: OptionForms,
    #[serde(default)]
    records: Vec<RecordForm>,
    #[serde(default)]
    cuda: Vec<String>,
    #[serde(default, rename = "black-boxes")]
    black_boxes: Vec<String>,
    #[serde(default)]
    constraint: Vec<Constraint>,
    #[serde(default)]
    knob: Vec<Knob>,
    #[serde(default)]
    chain: Vec<ChainStep>,
    #[serde(default)]
    format: Vec<FormatForm>,
    #[serde(default)]
    words: Words,
    #[serde(default)]
    distributions: Distributions,
    #[serde(default)]
    protocols: Protocols,
    #[serde(default)]
    shapes: Shapes,
    #[serde(default)]
    computations: FxHashMap<String, String>,
    #[serde(default)]
    evaluations: FxHashMap<String, String>,
}

/// Names that say something by themselves: constants that a framework looks for, methods of the language's own values.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reserved {
    name: Names,
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
    plain: FxHashSet<Text>,
    /// What orchestrators take for steps, flows and their order.
    pub orchestrators: Orchestrators,
    /// What keys of settings files mean everywhere.
    pub keys: KeyForms,
    /// What words make of an option.
    pub options: OptionForms,
    /// Which classes are tables.
    pub records: Records,
    /// What stands before a version of CUDA, in names of images, packages and places of wheels.
    pub cuda: Vec<String>,
    /// Packages that do the learning, in whose types and habits whoever uses them everywhere is caught.
    pub black_boxes: Vec<String>,
    /// Settings that do not go together.
    pub constraints: Vec<Constraint>,
    /// Values that all makers of one kind of thing take.
    pub knobs: Vec<Knob>,
    /// Steps that prepare pictures and texts for models.
    pub chains: Vec<ChainStep>,
    /// The formats in which calls write and read.
    pub formats: Vec<FormatForm>,
    /// What words in names say.
    pub words: Words,
    /// Under which names packages are imported, and what is there without being asked for.
    pub distributions: Distributions,
    /// What shapes learning has.
    pub protocols: Protocols,
    /// What calls of libraries that nobody listed say by their form.
    pub shapes: Shapes,
    /// What computations are in plain words.
    computations: FxHashMap<String, String>,
    /// What calls give, value by value.
    evaluations: FxHashMap<String, String>,
    /// The last names of what fits models.
    training: FxHashSet<Text>,
    /// The last names of methods that only make their result.
    pure: FxHashSet<Text>,
    /// The last names of what asks whether something is at its place.
    existing: FxHashSet<Text>,
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
                if meaning.exists {
                    self.existing.extend(names.iter().filter_map(|name| Some(Text::from(name.rsplit_once('.')?.1))));
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
        self.computations.extend(read.computations);
        self.evaluations.extend(read.evaluations);
        self.reserved.extend(read.reserved.iter().flat_map(|r| r.name.iter()).map(Text::from));
        self.plain.extend(read.plain.iter().flat_map(|r| r.name.iter()).map(Text::from));
        self.packages.extend(read.package.iter().flat_map(|p| p.name.iter()).map(Text::from));
        read.step.into_iter().for_each(|form| self.orchestrators.add_step(form));
        read.flow.into_iter().for_each(|form| self.orchestrators.add_flow(form));
        read.order.into_iter().for_each(|form| self.orchestrators.add_order(form));
        read.handed.iter().for_each(|form| self.orchestrators.add_handed(form));
        self.orchestrators.catalogs.extend(read.catalog);
        self.keys.add(read.keys);
        self.options.add(read.options);
        self.records.forms.extend(read.records);
        self.cuda.extend(read.cuda);
        self.black_boxes.extend(read.black_boxes);
        self.constraints.extend(read.constraint);
        self.knobs.extend(read.knob);
        self.chains.extend(read.chain);
        self.formats.extend(read.format);
        self.words.add(read.words);
        self.distributions.add(read.distributions);
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

    /// What calling the function or class of that canonical name means.
    pub fn call(&self, name: Text) -> Option<&Meaning> {
        let found = self.known.calls.answer(name, || self.calls.find(name));
        self.calls.values.get(found?)
    }

    /// What calling an object of that type like a function means, if that is said of this very type.
    pub fn called(&self, of: Text) -> Option<&Meaning> {
        self.calls.values.get(self.calls.exactly(Text::from(&format!("{of}.__call__")))?)
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
        let longest = words.len().min(4);
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
            let exact = |name: &String| self.calls.exactly(Text::from(&format!("{name}.{method}")));
            let mut tables = self.tables.iter();
            tables.find_map(exact).or_else(|| self.tables.iter().find_map(known))
        });
        self.calls.values.get(found?)
    }

    /// What a function, or a method or attribute if a dot stands in front of it, computes in plain words.
    pub fn computation(&self, name: &str) -> Option<&str> {
        self.computations.get(name).map(String::as_str)
    }

    /// What a function, or a method or attribute if a dot stands in front of it, gives value by value: a word and the names
    /// of its parameters.
    pub fn evaluation(&self, name: &str) -> Option<&str> {
        self.evaluations.get(name).map(String::as_str)
    }

    /// What reading an attribute of that name means on some table, if it is known by its own name.
    pub fn table_attribute(&self, name: Text) -> Option<&Meaning> {
        let of = |table: &String| self.attributes.exactly(Text::from(&format!("{table}.{name}")));
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
