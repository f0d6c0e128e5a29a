//! What a table is: its columns, what made each, and what else is in it.

use std::sync::Arc;

use super::lists::Chosen;
use crate::fact::Text;
use crate::program::Node;
use crate::source::At;
use crate::value::follow::Seen;

/// Columns left behind that are kept in mind.
const WIDTH: usize = 600;

/// A column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name; `{}` stands for a part that is not known.
    pub name: Text,
    /// Where its name is written: in the list that selects it, else where it is made.
    pub at: At,
    /// What made it; none if it comes with the data.
    pub made: Option<Arc<Made>>,
}

/// What made a column.
#[derive(Clone, Debug)]
pub struct Made {
    /// The operation.
    pub by: Node,
    /// Where its name is written there.
    pub at: At,
    /// How.
    pub how: How,
}

/// How a column was made.
#[derive(Clone, Debug)]
pub enum How {
    /// It is this value.
    Value(Seen),
    /// What a word says, of these columns.
    Of(Text, Vec<Text>),
    /// It is that column under another name.
    Same(Column),
}

/// What a frame holds besides its columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Rest {
    /// Nothing.
    Nothing,
    /// All other columns of its source but these.
    Others(Vec<Text>),
    /// That cannot be told.
    #[default]
    Unknown,
}

/// A value as a table.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// The columns that are known by name, in their order.
    pub columns: Vec<Column>,
    /// What else.
    pub rest: Rest,
    /// Columns that were made on the way and are not in it.
    pub left: Vec<Column>,
    /// Calls that read the data it comes from.
    pub reads: Vec<Node>,
    /// Calls on the way that apply what was fitted before.
    pub passed: Vec<Seen>,
    /// Somebody chose its columns, by name ...
    pub selected: bool,
    /// ... or by what they are not.
    pub opened: bool,
    /// Which columns are left out cannot be told in full.
    pub vague: bool,
    /// It is the values alone: its columns have places and no names.
    pub bare: bool,
    /// It is a column and not a table of one.
    pub single: bool,
    /// It is a map or a row, and not a table yet.
    pub map: bool,
    /// The labels that were kept beside it.
    pub label: Option<Seen>,
    /// The columns that were named as its labels, and are not in it.
    pub labels: Vec<Column>,
    /// The call that made columns of the values which stand in it.
    pub encoded: Option<Node>,
    /// Its columns have the order of a set.
    pub unordered: Option<At>,
    /// The columns by which its rows are grouped.
    pub keys: Vec<Column>,
}

impl Frame {
    /// Is anything known of it?
    pub fn is_known(&self) -> bool {
        !self.columns.is_empty() || self.rest != Rest::Unknown
    }

    /// The column of that name.
    pub fn column(&self, name: Text) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Sets a column; what bore its name before is left behind.
    pub(super) fn set(&mut self, column: Column) {
        if let Some(old) = self.columns.iter_mut().find(|old| old.name == column.name) {
            let old = std::mem::replace(old, column);
            self.leave(old);
            return;
        }
        if let Rest::Others(without) = &mut self.rest {
            without.retain(|name| *name != column.name);
        }
        self.columns.push(column);
    }

    /// Leaves a column behind.
    pub(super) fn leave(&mut self, column: Column) {
        if self.left.len() >= WIDTH {
            return;
        }
        let same = |other: &Column| match (&other.made, &column.made) {
            (Some(one), Some(two)) => one.by == two.by && other.name == column.name,
            _ => false,
        };
        if column.made.is_some() && !self.left.iter().any(same) {
            self.left.push(column);
        }
    }

    /// Takes on how another frame came to be.
    pub(super) fn inherit(&mut self, other: &Self) {
        for column in &other.left {
            self.leave(column.clone());
        }
        let new: Vec<Node> = other.reads.iter().filter(|read| !self.reads.contains(read)).copied().collect();
        self.reads.extend(new);
        for call in &other.passed {
            if !self.passed.iter().any(|one| one.node == call.node) {
                self.passed.push(call.clone());
            }
        }
        self.label = self.label.take().or_else(|| other.label.clone());
        if self.labels.is_empty() {
            self.labels = other.labels.clone();
        }
        self.selected |= other.selected;
        self.opened |= other.opened;
        self.vague |= other.vague;
    }

    /// The frame that is either of two.
    pub(super) fn or(mut self, other: Self) -> Self {
        if !self.is_known() {
            let mut other = other;
            other.inherit(&self);
            return other;
        }
        self.inherit(&other);
        if !other.is_known() {
            return self;
        }
        for column in other.columns {
            match self.column(column.name).map(|own| own.made.is_some()) {
                Some(_) => self.leave(column),
                None => self.columns.push(column),
            }
        }
        self.rest = match (std::mem::take(&mut self.rest), other.rest) {
            (Rest::Others(mut one), Rest::Others(two)) => {
                add_names(&mut one, two);
                Rest::Others(one)
            }
            (Rest::Others(one), _) | (_, Rest::Others(one)) => Rest::Others(one),
            (Rest::Nothing, Rest::Nothing) => Rest::Nothing,
            _ => Rest::Unknown,
        };
        self.bare &= other.bare;
        self.single &= other.single;
        self.map &= other.map;
        self
    }

    /// Two frames side by side.
    pub(super) fn beside(mut self, other: Self) -> Self {
        self.inherit(&other);
        for column in other.columns {
            if self.column(column.name).is_none() {
                self.columns.push(column);
            }
        }
        self.rest = match (std::mem::take(&mut self.rest), other.rest) {
            (Rest::Nothing, Rest::Nothing) => Rest::Nothing,
            (Rest::Others(one), Rest::Others(two)) => {
                Rest::Others(one.into_iter().filter(|name| two.contains(name)).collect())
            }
            (Rest::Others(one), Rest::Nothing) | (Rest::Nothing, Rest::Others(one)) => Rest::Others(one),
            _ => Rest::Unknown,
        };
        self.single = false;
        self
    }

    /// The chosen columns of it.
    pub(super) fn choose(mut self, chosen: Chosen) -> Self {
        self.unordered = chosen.unordered;
        self.encoded = None;
        let mut picked = Vec::new();
        for (name, at) in chosen.these {
            let made = self.columns.iter().find(|own| fits(own.name, name)).and_then(|own| own.made.clone());
            picked.push(Column { name, at, made });
        }
        let mut rest = if chosen.some { Rest::Unknown } else { Rest::Nothing };
        if let Some(but) = chosen.but {
            for column in &self.columns {
                if !but.contains(&column.name) && !picked.iter().any(|own: &Column| own.name == column.name) {
                    picked.push(column.clone());
                }
            }
            rest = match std::mem::take(&mut self.rest) {
                Rest::Others(mut without) => {
                    add_names(&mut without, but);
                    Rest::Others(without)
                }
                rest => rest,
            };
            self.opened = true;
            self.vague |= chosen.some;
        } else if !chosen.like.is_empty() {
            let like = |name: &Text| chosen.like.iter().any(|part| name.contains(part.as_str()));
            for column in self.columns.iter().filter(|column| like(&column.name)) {
                if !picked.iter().any(|own| own.name == column.name) {
                    picked.push(column.clone());
                }
            }
            self.selected = true;
        } else {
            self.selected = true;
        }
        for column in std::mem::take(&mut self.columns) {
            if !picked.iter().any(|own| fits(column.name, own.name)) {
                self.leave(column);
            }
        }
        self.columns = picked;
        self.rest = rest;
        self.single = false;
        self
    }

    /// All of its columns but these.
    pub(super) fn without(mut self, chosen: Chosen) -> Self {
        let names: Vec<Text> = chosen.these.iter().map(|(name, _)| *name).collect();
        self.vague |= chosen.some || !chosen.like.is_empty() || names.is_empty();
        for column in std::mem::take(&mut self.columns) {
            let like = chosen.like.iter().any(|part| column.name.contains(part.as_str()));
            if like || names.iter().any(|name| fits(column.name, *name)) {
                self.leave(column);
            } else {
                self.columns.push(column);
            }
        }
        match &mut self.rest {
            Rest::Others(without) => {
                add_names(without, names);
                self.opened = true;
            }
            Rest::Unknown => self.opened = true,
            Rest::Nothing => {}
        }
        self
    }
}

/// Adds names to others, each once.
fn add_names(names: &mut Vec<Text>, more: Vec<Text>) {
    for name in more {
        if !names.contains(&name) {
            names.push(name);
        }
    }
}

/// Does a column's name, which may have unknown parts, fit another?
pub(super) fn fits(name: Text, other: Text) -> bool {
    name == other || (name.contains("{}") && crate::value::spelling::fits(&name, &other))
}
