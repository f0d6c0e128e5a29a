//! What is known of the parts of which libraries make command-line options.

use rustc_hash::FxHashSet;
use serde::Deserialize;

use super::Slot;
use crate::fact::Text;

/// What a call makes options of: the parameters of a function, the fields of a class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OptionsOf {
    /// The function or class, or several of them; the function below it if absent.
    pub value: Option<Slot>,
    /// What comes in place of a command line: with one of these keywords nobody types the options.
    #[serde(default)]
    pub given_by: Vec<String>,
    /// The fields of a field that is a record are called after both: `--model.width`.
    #[serde(default)]
    pub nested: bool,
    /// Functions and methods are commands that are chosen by their names.
    #[serde(default)]
    pub commands: bool,
    /// Which parameters are taken by their place.
    pub placed: Option<Placed>,
    /// The attribute of what is parsed that holds the object.
    pub held: Option<Slot>,
}

/// Which parameters a command line may give by their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Placed {
    /// Those without a default, and only so.
    Required,
    /// All.
    All,
}

/// Words of the calls that define options.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OptionForms {
    /// Actions of options behind which no value stands.
    #[serde(default)]
    switches: FxHashSet<Text>,
    /// Keywords that, if true, say the same.
    #[serde(default)]
    switched_by: FxHashSet<Text>,
    /// Keywords for the words that an option takes.
    #[serde(default)]
    chosen_by: FxHashSet<Text>,
    /// Keywords for how many words an option takes.
    #[serde(default)]
    counted_by: FxHashSet<Text>,
    /// Actions, and keywords that say so if true, of options that may be said several times, each time with a value.
    #[serde(default)]
    repeated: FxHashSet<Text>,
    /// Actions that do what there is to do.
    #[serde(default)]
    acting: FxHashSet<Text>,
}

impl OptionForms {
    pub(super) fn add(&mut self, more: Self) {
        self.switches.extend(more.switches);
        self.switched_by.extend(more.switched_by);
        self.chosen_by.extend(more.chosen_by);
        self.counted_by.extend(more.counted_by);
        self.repeated.extend(more.repeated);
        self.acting.extend(more.acting);
    }

    /// Does no value stand behind an option of that action?
    pub fn is_switch(&self, action: Text) -> bool {
        self.switches.contains(&action) || self.acting.contains(&action)
    }

    /// Does no value stand behind an option of which that keyword is true?
    pub fn is_switched_by(&self, keyword: Text) -> bool {
        self.switched_by.contains(&keyword)
    }

    /// Does that keyword say which words an option takes?
    pub fn is_choosing(&self, keyword: Text) -> bool {
        self.chosen_by.contains(&keyword)
    }

    /// Does that keyword say how many words an option takes?
    pub fn is_counting(&self, keyword: Text) -> bool {
        self.counted_by.contains(&keyword)
    }

    /// May an option of that action, or with that keyword, be said several times?
    pub fn is_repeated(&self, word: Text) -> bool {
        self.repeated.contains(&word)
    }

    /// Does an option of that action do itself what there is to do?
    pub fn is_acting(&self, action: Text) -> bool {
        self.acting.contains(&action)
    }
}
