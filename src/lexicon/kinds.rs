//! The kinds of things that calls learn, summarise, select and declare.

use serde::Deserialize;

use super::{Names, Slot};
use crate::fact::Text;

/// How a call has a script run elsewhere.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct JobForm {
    /// The script.
    pub script: Slot,
    /// The folder in which it lies.
    pub folder: Slot,
    /// A map of its options and what they hold.
    pub options: Slot,
}

/// How a call hands a map to a function.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Varies {
    /// The function.
    pub function: Slot,
    /// The map.
    pub space: Slot,
    /// Its keys are the function's parameters.
    #[serde(default)]
    pub spread: bool,
}

/// What is at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// Data: a table, a frame, an array, a file whose content is data.
    Data,
    /// A fitted model or its weights.
    Model,
    /// Settings, parameters, schemas.
    Settings,
    /// A picture that shows something to people.
    Figure,
    /// A picture that is data, whatever its ending.
    Picture,
    /// A log or a metric.
    Log,
}

/// What fitting learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Learns {
    /// A model.
    Model,
    /// Statistics of its input: a scaler, an encoder, an imputer.
    Statistics,
    /// New rows like those of its input: an oversampling.
    Rows,
    /// Which categories there are, and a number for each: an encoder.
    Categories,
}

impl Learns {
    /// The word that rules use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Statistics => "statistics",
            Self::Rows => "rows",
            Self::Categories => "categories",
        }
    }
}

/// How a call sums rows up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Summary {
    /// By a mean, a deviation, a quantile.
    Moments,
    /// By a bound or a total, which is a statistic of the rows only where it scales them.
    Bounds,
}

/// How a call chooses columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Selects {
    /// All but some.
    Open,
    /// The named ones.
    Closed,
}

/// What a call makes a part of: a store of features.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StorePart {
    /// A feature.
    Field,
    /// Features that are kept together.
    View,
    /// Features that are asked for together.
    Service,
    /// Where features come from.
    Source,
}

/// What a type of a library is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Type {
    pub(super) name: Option<Names>,
    /// The types whose meanings it has too.
    pub(super) is: Option<Names>,
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
    /// Keys under which it holds others of its kind: `dataset["train"]`.
    #[serde(default)]
    pub parts: Vec<Text>,
    /// What it holds lies at a place that is called as its key: `database["users"]`.
    #[serde(default)]
    pub keyed: bool,
}
