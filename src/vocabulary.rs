//! The words that rules and the system share: kinds of nodes and edges, and the attributes each kind may carry.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Makes a closed enum of words with one sentence each, their kebab-case text and a list of all.
macro_rules! words {
    ($(#[$outer:meta])* $name:ident { $($(#[doc = $doc:literal])+ $variant:ident = $text:literal,)+ }) => {
        $(#[$outer])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        pub enum $name { $($(#[doc = $doc])+ #[serde(rename = $text)] $variant,)+ }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word that rules use.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// What it means, in one sentence.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc,)+).trim_ascii(),)+ }
            }
        }
    };
}

words! {
    /// What a node of the system is.
    NodeKind {
        /// A source file.
        Module = "module",
        /// A function or method.
        Function = "function",
        /// Data at a place: a file, a table, an object, a hub data set. Its name is the place.
        Dataset = "dataset",
        /// A column that is computed or selected. Its name is the column.
        Feature = "feature",
        /// A model that is loaded, or kept somewhere: an artifact, a hub or registry model.
        Model = "model",
        /// A call that fits something to data.
        Training = "training",
        /// A call that asks a fitted model.
        Prediction = "prediction",
        /// A key, option or field that people set. Its name is the key path.
        Setting = "setting",
        /// A name bound to one literal that decides a branch.
        Flag = "flag",
        /// A part of the code that runs only under a condition.
        Branch = "branch",
        /// A step of a declared pipeline.
        Step = "step",
        /// A package the system depends on.
        Package = "package",
        /// Somebody or something declared to use an output.
        Consumer = "consumer",
        /// A literal that a score is compared with.
        Threshold = "threshold",
        /// Something that guards quality: a split, a validation, a metric.
        Check = "check",
        /// Several places that belong together: a chain of conversions, a jungle, a set of clones.
        Group = "group",
    }
}

words! {
    /// What an edge of the system says.
    EdgeKind {
        /// The module imports the other.
        Imports = "imports",
        /// The code runs the other.
        Calls = "calls",
        /// The code or step reads the data.
        Reads = "reads",
        /// The code or step writes the data.
        Writes = "writes",
        /// The value of the one reaches the other.
        Feeds = "feeds",
        /// The training makes the model.
        Trains = "trains",
        /// The model makes the prediction.
        Predicts = "predicts",
        /// The code uses the setting.
        Uses = "uses",
        /// The code or file sets the setting.
        Sets = "sets",
        /// The flag decides whether the branch runs.
        Guards = "guards",
        /// The feature or data is computed from the other.
        Derives = "derives",
        /// The one makes the other void: a later key an earlier one.
        Drops = "drops",
        /// The check looks at the other.
        Checks = "checks",
        /// The step or file declares the data, code or consumer (or a folder above it).
        Declares = "declares",
        /// The code turns a representation into another.
        Converts = "converts",
        /// The one runs after, or belongs to, the other.
        Follows = "follows",
    }
}

words! {
    /// How sure a node or an edge is. The order is from sure to unsure.
    Certainty {
        /// Written there.
        Seen = "seen",
        /// Followed through code.
        Inferred = "inferred",
        /// A name or pattern match.
        Guessed = "guessed",
    }
}

/// The type of an attribute's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeType {
    /// True or false; absent means false.
    Flag,
    /// A whole number.
    Number,
    /// A text.
    Text,
}

/// An attribute that a kind of node may carry.
#[derive(Clone, Copy, Debug)]
pub struct Attribute {
    /// The kind that carries it; `None`: any kind.
    pub kind: Option<NodeKind>,
    /// Its name.
    pub name: &'static str,
    /// The type of its value.
    pub of: AttributeType,
    /// What it means.
    pub meaning: &'static str,
    /// The texts that it may be; empty if it may be any.
    pub values: &'static [&'static str],
}

macro_rules! attributes {
    ($($kind:expr, $name:literal, $of:ident, $meaning:literal $(, [$($value:literal),+])?;)+) => {
        /// Every attribute there is. Rules that name another are refused when loaded.
        pub const ATTRIBUTES: &[Attribute] = &[$(Attribute {
            kind: $kind,
            name: $name,
            of: AttributeType::$of,
            meaning: $meaning,
            values: &[$($($value),+)?],
        },)+];
    };
}

use NodeKind as K;
attributes! {
    None, "role", Text, "what the code around it is for", ["train", "serve", "test", "prototype", "plain"];
    Some(K::Module), "language", Text, "python, notebook, rust, sql, yaml, ...";
    Some(K::Module), "entry", Flag, "runs as a program: has a main guard, or a step or command runs it";
    Some(K::Module), "statements", Number, "statements in it";
    Some(K::Module), "unread", Text, "why it, or a part of it, could not be read: syntax, encoding, too-large, ...";
    Some(K::Module), "reason", Text, "the trouble in words";
    Some(K::Module), "only-checks", Number, "checks of data in a program that does nothing else and that no file names";
    Some(K::Module), "owner", Text, "who owns it, as CODEOWNERS says";
    Some(K::Dataset), "owner", Text, "who owns it, as CODEOWNERS says";
    Some(K::Dataset), "foreign", Text, "who makes it, if that is nobody of those whose models learn from it";
    Some(K::Function), "statements", Number, "statements in it";
    Some(K::Function), "conversions", Number, "calls in it that only change a representation";
    Some(K::Function), "conversion-share", Number, "conversions per 100 statements";
    Some(K::Function), "conversion-targets", Number, "how many representations its conversions lead to";
    Some(K::Function), "orphan", Flag, "nobody calls, imports or names it, while its module's others are used";
    Some(K::Function), "learning", Flag, "it builds, trains, asks or evaluates models, makes features or moves their data";
    Some(K::Setting), "learning", Flag, "a constant of a file that is about learning, or that one imports";
    Some(K::Group), "learning", Flag, "code that never runs, in a function that is about learning";
    Some(K::Function), "told", Flag, "another orphan of its file stands for it";
    Some(K::Function), "others", Text, "how many more it stands for, in words";
    Some(K::Dataset), "scheme", Text, "file, s3, gs, http, table, hub, model, topic, ...";
    Some(K::Dataset), "host", Text, "the authority of a remote place";
    Some(K::Dataset), "remote", Flag, "lies on another machine";
    Some(K::Dataset), "pinned", Flag, "a revision, date, checksum or version fixes its content";
    Some(K::Dataset), "mutable", Text, "the part of its place that says its content changes: main, latest, no revision";
    Some(K::Dataset), "declared", Flag, "a step or data-version file declares it";
    Some(K::Dataset), "temporary", Flag, "lies in a temporary or cache folder";
    Some(K::Dataset), "pattern", Flag, "its place has unknown parts";
    Some(K::Dataset), "content", Text, "what lies there", ["data", "model", "settings", "figure", "log"];
    Some(K::Dataset), "writers", Number, "programs that write it whole";
    Some(K::Dataset), "copied", Flag, "what lies there was fetched from a remote place";
    Some(K::Dataset), "readers", Number, "programs that read it";
    Some(K::Dataset), "unused", Flag, "a tool makes the table, nobody in sight uses it, and its neighbours are used";
    Some(K::Dataset), "predicted", Flag, "predictions are written to it";
    Some(K::Dataset), "judged", Flag, "somebody measures how good it is";
    Some(K::Dataset), "shared", Flag, "the tool that makes the table declares who uses its tables";
    Some(K::Dataset), "access", Text, "who may use the table", ["private", "protected", "public"];
    Some(K::Consumer), "what", Text, "dashboard, notebook, analysis, ml, application, or service of features";
    Some(K::Consumer), "owner", Text, "who answers for it";
    Some(K::Consumer), "asked", Flag, "somebody in sight asks for what it names";
    Some(K::Feature), "part", Text, "what of a feature store it is: view or field; or generated, by lists of settings that no list takes up";
    Some(K::Feature), "orphan", Flag, "it lies in a feature store, in no service, and nobody in sight asks for it";
    Some(K::Feature), "used", Flag, "is selected, or another use of it is seen";
    Some(K::Feature), "closed", Flag, "every selection downstream of it names its columns";
    Some(K::Feature), "formula", Text, "how it is computed, columns in brackets";
    Some(K::Model), "remote", Flag, "is fetched from a hub or registry";
    Some(K::Model), "pinned", Flag, "a revision or version fixes it";
    Some(K::Model), "host", Text, "the hub or registry";
    Some(K::Training), "library", Text, "the library that fits";
    Some(K::Training), "learns", Text, "what the call makes: a model, statistics (a scaler, a mean), categories (an encoder), or rows (an oversampling)", ["model", "statistics", "categories", "rows"];
    Some(K::Training), "selection", Text, "how its inputs are chosen: all columns but some, or named ones", ["open", "closed", "unknown"];
    Some(K::Training), "unordered", Flag, "its columns have the order of a set";
    Some(K::Training), "except", Text, "the columns an open selection leaves out";
    Some(K::Training), "label", Text, "the column that it learns to tell";
    Some(K::Training), "because", Text, "how the label comes to be among its inputs, in words";
    Some(K::Training), "loops", Flag, "what its model predicts comes back as its training data";
    Some(K::Training), "loop", Text, "as what its predictions come back, and what keeps some of them out";
    Some(K::Training), "loop-part", Text, "what its predictions come back as; of rows they choose which", ["labels", "inputs", "rows"];
    Some(K::Training), "guard", Text, "the column by which it takes only rows that its predictions did not make";
    Some(K::Training), "leaks", Text, "the column that is both its label and among its inputs";
    Some(K::Prediction), "loaded", Flag, "its model was fitted by another program";
    Some(K::Check), "random", Flag, "it takes rows at random";
    Some(K::Training), "unchecked", Text, "the data it learns from, if nothing on the way from there checks any";
    Some(K::Prediction), "positional", Number, "features that it puts together by position, for a model that was fitted on named columns";
    Some(K::Prediction), "library", Text, "the library that predicts";
    Some(K::Setting), "form", Text, "option, key, field, request (a field of one), constant, feature, choice, group, binding, passed, ignored (by who gets it), swallowed (by a function that has no parameter for it), inert-parameter (one that its function never uses), refused (by who chooses by it), incompatible (with another), negated (to an option that any text makes true), any-text (makes it true), lacking (in one file of several), absent (a file), environment (a value that is another's), or what stands again elsewhere: default, retold, path, outside";
    Some(K::Setting), "told", Flag, "another setting of its file stands for it";
    Some(K::Setting), "others", Text, "how many more it stands for, in words";
    Some(K::Setting), "misspelled", Flag, "nobody reads it, but code reads what is spelled nearly like it, and nobody sets that";
    Some(K::Setting), "flag", Text, "an option as typed on the command line";
    Some(K::Setting), "value", Text, "the value it has where it is defined";
    Some(K::Setting), "fate", Text, "how it gets lost on its way to what it was meant for, in words";
    Some(K::Setting), "earlier", Text, "the value that its repetition throws away";
    Some(K::Setting), "same", Flag, "its repetition says nothing else";
    Some(K::Setting), "used", Flag, "something reads it";
    Some(K::Setting), "opaque", Flag, "its reader cannot be followed: handed on whole, or reached by name at run time";
    Some(K::Setting), "defined", Flag, "a settings file or an option defines it";
    Some(K::Setting), "nearest", Text, "the defined key that is spelled most like it, `none` if none is near";
    Some(K::Setting), "lacks", Text, "what is not there: the parameter or function that a binding names, keys that a file has not";
    Some(K::Setting), "belongs", Text, "the environment that the value belongs to";
    Some(K::Setting), "constant", Flag, "no command line can change it";
    Some(K::Flag), "value", Text, "the literal it is bound to";
    Some(K::Branch), "statements", Number, "statements in it";
    Some(K::Branch), "asks", Text, "what its condition asks: whether data that is read under it exists, or whether a setting has one value", ["existence", "setting"];
    Some(K::Branch), "runs", Flag, "its condition can hold";
    Some(K::Step), "tool", Text, "the tool that runs it: dvc, airflow, kedro, ...";
    Some(K::Step), "declares-inputs", Flag, "its tool is told which data it reads";
    Some(K::Step), "declares-outputs", Flag, "its tool is told which data it writes";
    Some(K::Step), "declares-code", Flag, "its tool is told which code it runs";
    Some(K::Step), "loose", Flag, "its tool starts programs for other ends than to put them in order: a forge, a clock";
    Some(K::Step), "schedule", Text, "the clock's times at which it runs";
    Some(K::Step), "frozen", Flag, "never runs again by itself";
    Some(K::Step), "opaque", Flag, "some of what it runs could not be followed";
    Some(K::Package), "version", Text, "the version asked for";
    Some(K::Package), "pinned", Flag, "exactly one version fits";
    Some(K::Check), "what", Text, "what it guards by", ["split", "validation", "metric"];
    Some(K::Threshold), "by-hand", Flag, "a person chose the number: it is not where one class ends by nature";
    Some(K::Threshold), "decides", Text, "what the cut leads to: what is done, the answer, what is kept, what is written, what is measured";
    Some(K::Group), "what", Text, "never-true, judged-on-training-rows, stopped-on-test, handed-down, fitted-on-test, scraped, undeclared-consumer, mutual-loop, own-window, unaged, unmarked-log, policy-free-log, unjudged, promoted, own-rows, cascade, divergent-cut, hidden-loop, round-trip, jungle, hand-over, rewrite, path-mismatch, never-written, copy-drift, picked-on-test, versions, copies, divergent, mismatch, destroyed, flow, clock, dangling, clone, unreachable, futile, failing, broken-cell, discarded, needless-read, absolute, today, listing, unpinned, cuda, unowned, missing-program, sensor, notebook-run, two-orders, swapped, retyped, chain-mismatch, aliased, ...";
    Some(K::Group), "because", Text, "what is wrong with it, in words";
    Some(K::Group), "sortable", Flag, "it rests on one listing, which can be sorted where it is made";
    Some(K::Group), "served", Flag, "one of its copies trains and another answers requests";
    Some(K::Group), "nearest", Text, "the path that is there and spelled most like it, `none` if none is near";
    Some(K::Group), "hour", Text, "the time of the clock at which what is waited for runs";
    Some(K::Group), "schedule", Text, "the clock's times at which a flow runs";
    Some(K::Group), "copies", Text, "what is cloned: preparation, training, version, settings, settings-version; what is typed again: columns, codes";
    Some(K::Group), "statements", Number, "statements (of settings: values) that its copies share, or that are commented out";
    Some(K::Group), "differs", Text, "what differs between its copies";
    Some(K::Group), "use", Text, "which of its copies something imports or runs";
    Some(K::Group), "share", Number, "how many of 100 modules belong to it";
    Some(K::Group), "size", Number, "how many places belong to it";
}

/// The attribute of that name on that kind of node.
pub fn attribute(kind: NodeKind, name: &str) -> Option<&'static Attribute> {
    ATTRIBUTES.iter().find(|a| a.name == name && a.kind.is_none_or(|k| k == kind))
}

/// What the code in a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Tests something.
    Test,
    /// A notebook or a file in a folder for trying things out.
    Prototype,
    /// Fits a model.
    Train,
    /// Answers requests.
    Serve,
    /// Anything else.
    Plain,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Test, Self::Prototype, Self::Train, Self::Serve, Self::Plain];

    /// The word that rules use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Prototype => "prototype",
            Self::Train => "train",
            Self::Serve => "serve",
            Self::Plain => "plain",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vocabulary_stays_small_and_says_what_it_means() {
        assert!(NodeKind::ALL.len() <= 16 && EdgeKind::ALL.len() <= 16);
        assert!(NodeKind::ALL.iter().all(|k| k.meaning().ends_with('.')));
        assert_eq!(NodeKind::Dataset.word(), "dataset");
        assert!(attribute(NodeKind::Dataset, "remote").is_some() && attribute(NodeKind::Flag, "remote").is_none());
    }
}
