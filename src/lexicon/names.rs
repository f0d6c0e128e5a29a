//! What the names of constants, methods and packages say by themselves.

use rustc_hash::FxHashSet;

use super::Lexicon;
use crate::fact::Text;

impl Lexicon {
    /// Does a framework look for constants of that name?
    pub fn is_reserved(&self, name: Text) -> bool {
        self.reserved.contains(&name)
    }

    /// Have texts, lists, maps or sets a method of that name? Then it says nothing of a receiver that nobody knows.
    pub fn is_plain_method(&self, name: Text) -> bool {
        self.plain.contains(&name)
    }

    /// Is a method called so that asks whether something is at its place?
    pub fn may_exist(&self, method: Text) -> bool {
        self.existing.contains(&method)
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
}
