//! How learning is recognised by the shape of its use: which names say that an object is a model, and what is none.

use rustc_hash::FxHashSet;
use serde::Deserialize;

use super::{Table, Type};
use crate::fact::Text;

/// The type under which the lexicon keeps the methods of anything that is fitted and asked.
pub const ESTIMATOR: &str = "protocol.Estimator";

/// What the lexicon says of shapes.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Protocols {
    /// Methods that say by themselves that their object is a model, given anything at all.
    telling: FxHashSet<Text>,
    /// Types that are fitted to something and learn nothing by it.
    excluded: Vec<String>,
    /// Last words of the names of classes of models.
    classes: Vec<String>,
    /// Packages whose objects learn.
    packages: FxHashSet<Text>,
    /// Words in the names of variables that hold models.
    names: FxHashSet<Text>,
    /// Methods of a class itself that make an object of it.
    makers: FxHashSet<Text>,
    /// Functions and methods whose result is the model that they are given, in another wrapping.
    wrappers: FxHashSet<Text>,
    /// Functions that make of a function its gradient.
    derives: FxHashSet<Text>,
    /// Methods of networks that are the same as calling them.
    calls: FxHashSet<Text>,
    /// Methods through which an object hands out the data it holds.
    holds: Vec<Text>,
    /// Methods that take the gradient of a loss, which an optimiser then follows.
    backward: FxHashSet<Text>,
    /// Methods whose names look like learning or asking, whatever they are called on.
    looks: FxHashSet<Text>,
    /// Functions and methods that follow gradients which they are given.
    applies: FxHashSet<Text>,
    /// Those of them that only declare a step, in a graph that is run elsewhere.
    declares: FxHashSet<Text>,
    /// Attributes and methods that give the variables of a model.
    variables: FxHashSet<Text>,
    /// Methods that give the weights of a model as they are, not a copy: they go on changing while it is fitted.
    live: FxHashSet<Text>,
    /// Methods that fill a model with what was kept of it.
    fills: FxHashSet<Text>,
    /// Methods by which objects of classes of the repository learn, and by which they are asked.
    own_fits: FxHashSet<Text>,
    own_asks: FxHashSet<Text>,
    /// Methods by which objects of classes of the repository change a table that they are given.
    own_changes: Vec<Text>,
    /// Keywords under which a constructor is given the model that it is built around.
    given_as: FxHashSet<Text>,
    /// Methods and functions that send a request.
    posts: FxHashSet<Text>,
    /// What stands in the addresses of servers of models.
    endpoints: Vec<String>,
    /// Methods that change what a model has learnt along a gradient.
    steps: FxHashSet<Text>,
    /// Methods and functions in which a network only answers.
    quiet: FxHashSet<Text>,
    /// Methods of a network's class that are parts of its own training.
    parts: FxHashSet<Text>,
    #[serde(skip)]
    not: Table<Type>,
}

impl Protocols {
    pub(super) fn add(&mut self, other: Self) {
        self.telling.extend(other.telling);
        self.not.add(other.excluded.iter().map(String::as_str), Type::default());
        self.classes.extend(other.classes);
        self.packages.extend(other.packages);
        self.names.extend(other.names);
        self.makers.extend(other.makers);
        self.wrappers.extend(other.wrappers);
        self.calls.extend(other.calls);
        self.derives.extend(other.derives);
        self.holds.extend(other.holds);
        self.own_changes.extend(other.own_changes);
        self.backward.extend(other.backward);
        self.looks.extend(other.looks);
        self.applies.extend(other.applies);
        self.declares.extend(other.declares);
        self.variables.extend(other.variables);
        self.live.extend(other.live);
        self.fills.extend(other.fills);
        self.own_fits.extend(other.own_fits);
        self.own_asks.extend(other.own_asks);
        self.given_as.extend(other.given_as);
        self.posts.extend(other.posts);
        self.endpoints.extend(other.endpoints);
        self.steps.extend(other.steps);
        self.quiet.extend(other.quiet);
        self.parts.extend(other.parts);
    }

    /// Does a method say by itself that its object is a model?
    pub fn tells(&self, method: Text) -> bool {
        self.telling.contains(&method)
    }

    /// Is a type fitted to something without learning from it?
    pub fn excludes(&self, of: Text) -> bool {
        self.not.find(of).is_some()
    }

    /// Does the name of a class, or the package that it comes from, say that its objects learn?
    pub fn learns(&self, class: Text) -> bool {
        let first = class.split('.').next().unwrap_or_default();
        let last = class.rsplit('.').next().unwrap_or_default();
        let called = || self.classes.iter().any(|end| last.ends_with(end.as_str()));
        self.packages.contains(&Text::from(first)) || last.starts_with(char::is_uppercase) && called()
    }

    /// Does the name of a variable say that it holds a model?
    pub fn names_model(&self, name: &str) -> bool {
        let lower = name.to_ascii_lowercase();
        let word = |word: &str| self.names.contains(&Text::from(word));
        lower.split('_').any(|part| word(part) || word(part.trim_end_matches(|c: char| c.is_ascii_digit())))
    }

    /// Does a method of a class make an object of it?
    pub fn makes(&self, method: &str) -> bool {
        self.makers.contains(&Text::from(method))
    }

    /// Does a function of that name make the gradient of the one that it is given?
    pub fn derives(&self, name: Text) -> bool {
        self.derives.contains(&name)
    }

    /// Is calling a method of that name on a network the same as calling the network?
    pub fn is_call(&self, name: Text) -> bool {
        self.calls.contains(&name)
    }

    /// Does a function or method give back the model that it is given?
    pub fn wraps(&self, name: Text) -> bool {
        self.wrappers.contains(&name)
    }

    /// Does an object hand out the data it holds through that method?
    pub fn holds(&self) -> impl Iterator<Item = Text> + '_ {
        self.holds.iter().copied()
    }

    /// Methods by which objects of classes of the repository change a table that they are given.
    pub fn changes(&self) -> impl Iterator<Item = Text> + '_ {
        self.own_changes.iter().copied()
    }

    /// Does a method give the weights of a model as they are?
    pub fn is_live(&self, method: Text) -> bool {
        self.live.contains(&method)
    }

    /// Does a method take the gradient of a loss?
    pub fn is_backward(&self, method: Text) -> bool {
        self.backward.contains(&method)
    }

    /// Does a method's name look like learning or asking?
    pub fn looks(&self, method: Text) -> bool {
        self.looks.contains(&method)
    }

    /// Does a function or method follow gradients that it is given?
    pub fn applies(&self, name: Text) -> bool {
        self.applies.contains(&name)
    }

    /// Does it only declare a step, in a graph that is run elsewhere?
    pub fn declares(&self, name: Text) -> bool {
        self.declares.contains(&name)
    }

    /// Does an attribute or method give the variables of a model?
    pub fn is_variables(&self, name: Text) -> bool {
        self.variables.contains(&name)
    }

    /// Does a method fill a model with what was kept of it?
    pub fn fills(&self, method: Text) -> bool {
        self.fills.contains(&method)
    }

    /// Do objects of classes of the repository learn by a method of that name?
    pub fn is_fit(&self, method: &str) -> bool {
        self.own_fits.contains(&Text::from(method))
    }

    /// Are they asked by a method of that name?
    pub fn is_ask(&self, method: &str) -> bool {
        self.own_asks.contains(&Text::from(method)) || method.starts_with("predict")
    }

    /// Is a constructor given the model under that keyword which it is built around?
    pub fn gives(&self, keyword: Text) -> bool {
        self.given_as.contains(&keyword)
    }

    /// Does a function or method of that name send a request?
    pub fn posts(&self, name: Text) -> bool {
        self.posts.contains(&name)
    }

    /// Is an address that of a server of models?
    pub fn is_endpoint(&self, address: &str) -> bool {
        self.endpoints.iter().any(|part| address.contains(part.as_str()))
    }

    /// Does a method go a step along a gradient?
    pub fn steps(&self, name: Text) -> bool {
        self.steps.contains(&name)
    }

    /// Does a network only answer in or after that?
    pub fn is_quiet(&self, name: Text) -> bool {
        self.quiet.contains(&name)
    }

    /// Is a method of a network's class a part of its own training?
    pub fn is_part(&self, method: Text) -> bool {
        self.parts.contains(&method)
    }
}
