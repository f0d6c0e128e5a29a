//! A rule as its TOML says it, and what makes a rule valid.

mod shape;

use std::collections::BTreeMap;
use std::ops::Range;

use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use crate::finding::Severity;
use crate::mistake::{Mistake, nearest};
pub use shape::{Asked, Laid};

use crate::vocabulary::{ATTRIBUTES, Attribute, AttributeType, Certainty, EdgeKind, NodeKind, attribute};

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its file's name without ending.
    pub name: String,
    /// Its folder's name.
    pub family: String,
    /// What it finds, in a few words.
    pub title: String,
    /// How much the debt costs.
    pub severity: Severity,
    /// The paper, section or practice it comes from.
    pub source: String,
    /// Why it is a debt.
    pub why: String,
    /// What to do about it.
    pub remedy: String,
    /// The finding's line, with `{name}` and `{name.attribute}` placeholders.
    pub message: String,
    /// The label at the primary place.
    pub label: Option<String>,
    /// It can never be surer than this.
    pub confidence: Certainty,
    /// What it asks of the system; none if the ledger settles it.
    pub pattern: Option<Pattern>,
    /// Labels of further bound nodes and edges.
    pub also: Vec<(String, String)>,
    /// Its examples.
    pub examples: Vec<Example>,
    /// Why the team has switched it off.
    pub off: Option<String>,
    /// Why it is asked only if it is selected by its own name.
    pub optional: Option<String>,
    /// How it stands in profiles other than as it is written.
    pub profiles: BTreeMap<Profile, Stance>,
}

/// How much a team asks of its code: the same debt costs more where others rely on the system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Something is tried out: what could mislead the trial is asked, little else.
    Prototype,
    /// Several people work on it: every rule is as its file says.
    #[default]
    Team,
    /// Others rely on what it says.
    Production,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Prototype, Self::Team, Self::Production];

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Prototype => "prototype",
            Self::Team => "team",
            Self::Production => "production",
        }
    }
}

/// How a rule stands in a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stance {
    /// It is asked only if it is selected by its name.
    Off,
    /// It is asked, and what it finds is of low severity.
    Low,
    /// Of medium severity.
    Medium,
    /// Of high severity.
    High,
}

impl Stance {
    /// The severity, unless the rule is not asked.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Low => Some(Severity::Low),
            Self::Medium => Some(Severity::Medium),
            Self::High => Some(Severity::High),
        }
    }
}

/// What a rule asks of the system.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// The kind of node it is about.
    pub select: NodeKind,
    /// What that node is called in the rule.
    pub name: String,
    /// Conditions on it.
    pub conditions: Vec<Condition>,
    /// Edges it must have.
    pub has: Vec<Link>,
    /// Edges it must not have.
    pub lacks: Vec<Link>,
    /// Bound nodes that must all be different.
    pub differ: Vec<String>,
    /// One finding for each binding of these; else one for each selected node.
    pub each: Vec<String>,
    /// Bound nodes of which one finding names all there are; which ones does not make it another finding.
    pub list: Vec<String>,
    /// The bound node or edge whose place is the primary one.
    pub at: Option<String>,
}

/// An edge, or a chain of edges, to another node.
#[derive(Clone, Debug)]
pub struct Link {
    /// The kinds of edges: one step of the first, or any number of steps over all of them.
    pub edges: Vec<EdgeKind>,
    /// Any number of steps from one.
    pub chain: bool,
    /// Against the edges' direction.
    pub reverse: bool,
    /// What the other node is called.
    pub name: Option<String>,
    /// What the edge is called.
    pub via: Option<String>,
    /// The other node is this bound one.
    pub to: Option<String>,
    /// Conditions on the other node.
    pub conditions: Vec<Condition>,
    /// Edges the other node must have.
    pub has: Vec<Link>,
    /// Edges the other node must not have.
    pub lacks: Vec<Link>,
    /// How many different nodes must be at the other end.
    pub count: Option<Count>,
}

/// How many different nodes there must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Count {
    /// Not fewer.
    pub at_least: Option<usize>,
    /// Not more.
    pub at_most: Option<usize>,
}

impl Count {
    /// Is a number of nodes allowed?
    pub fn allows(self, number: usize) -> bool {
        self.at_least.is_none_or(|least| number >= least) && self.at_most.is_none_or(|most| number <= most)
    }
}

/// A condition on an attribute, or on the `name` or `kind` of a node.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The attribute.
    pub attribute: String,
    /// How it is compared.
    pub comparison: Comparison,
}

/// The six comparisons.
#[derive(Clone, Debug)]
pub enum Comparison {
    /// The same value; an absent flag is false.
    Equal(toml::Value),
    /// One of these.
    In(Vec<toml::Value>),
    /// Not so; true if the attribute is absent and the comparison needs it.
    Not(Box<Comparison>),
    /// A number that is not smaller.
    AtLeast(i64),
    /// A number that is not greater.
    AtMost(i64),
    /// A text in which the pattern is found.
    Matches(Regex),
}

/// An example: files in which the debt is, and files in which it is not.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What it shows.
    pub name: String,
    /// Files in which the rule finds something; `<- debt` marks each primary line.
    #[serde(default)]
    pub debt: BTreeMap<String, String>,
    /// Files in which it finds nothing.
    #[serde(default)]
    pub clean: BTreeMap<String, String>,
}

/// A rule file.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Rule")]
pub struct RawRule {
    /// What it finds, in a few words.
    title: String,
    /// How much the debt costs.
    severity: Severity,
    /// The paper, section or practice it comes from.
    source: String,
    /// Why it is a debt.
    why: String,
    /// What to do about it.
    remedy: String,
    /// The finding's line, with `{name}` and `{name.attribute}` placeholders.
    #[schemars(with = "String")]
    message: Spanned<String>,
    /// The label at the primary place.
    #[schemars(with = "Option<String>")]
    label: Option<Spanned<String>>,
    /// It can never be surer than this.
    confidence: Option<Certainty>,
    /// It asks nothing of the system: the ledger settles it.
    #[serde(default)]
    settled: bool,
    /// Why it is asked only if it is selected by its own name.
    optional: Option<String>,
    /// How it stands in profiles other than as it is written.
    #[serde(default)]
    profile: BTreeMap<Profile, Stance>,
    /// What it asks of the system.
    r#match: Option<RawPattern>,
    /// Labels of further bound nodes and edges.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    also: BTreeMap<Spanned<String>, Spanned<String>>,
    /// Its examples: they are its tests.
    #[serde(default)]
    example: Vec<Example>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Match")]
struct RawPattern {
    /// The kind of node it is about.
    #[schemars(with = "NodeKind")]
    select: Spanned<String>,
    /// What that node is called in the rule.
    r#as: Option<String>,
    /// Conditions on it.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Asked>")]
    r#where: BTreeMap<Spanned<String>, Spanned<toml::Value>>,
    /// Edges it must have.
    #[serde(default)]
    has: Vec<RawLink>,
    /// Edges it must not have.
    #[serde(default)]
    lacks: Vec<RawLink>,
    /// Bound nodes that must all be different.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    differ: Vec<Spanned<String>>,
    /// One finding for each binding of these; else one for each selected node.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    each: Vec<Spanned<String>>,
    /// Bound nodes of which one finding names all there are; which ones does not make it another finding.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    list: Vec<Spanned<String>>,
    /// The bound node or edge whose place is the primary one.
    #[schemars(with = "Option<String>")]
    at: Option<Spanned<String>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Link")]
struct RawLink {
    /// One step over an edge of this kind.
    #[schemars(with = "Option<EdgeKind>")]
    edge: Option<Spanned<String>>,
    /// Any number of steps, from one, over edges of these kinds.
    #[serde(default)]
    #[schemars(with = "Vec<EdgeKind>")]
    through: Vec<Spanned<String>>,
    /// Against the edges' direction.
    #[serde(default)]
    reverse: bool,
    /// What the other node is called.
    #[schemars(with = "Option<String>")]
    r#as: Option<Spanned<String>>,
    /// What the edge is called.
    #[schemars(with = "Option<String>")]
    via: Option<Spanned<String>>,
    /// The other node is this bound one.
    #[schemars(with = "Option<String>")]
    to: Option<Spanned<String>>,
    /// Conditions on the other node.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Asked>")]
    r#where: BTreeMap<Spanned<String>, Spanned<toml::Value>>,
    /// Edges the other node must have.
    #[serde(default)]
    has: Vec<RawLink>,
    /// Edges the other node must not have.
    #[serde(default)]
    lacks: Vec<RawLink>,
    /// How many different nodes must be at the other end.
    #[schemars(with = "Option<Count>")]
    count: Option<Spanned<Count>>,
}

/// Checks a rule file against the vocabulary.
struct Checker<'a> {
    file: &'a str,
    text: &'a str,
    nodes: Vec<String>,
    edges: Vec<String>,
}

impl Rule {
    /// Reads a rule file; `family` and `name` come from its path.
    ///
    /// # Errors
    /// If it is no valid rule; the mistake says where and, where it can be guessed, what was meant.
    pub fn parse(file: &str, family: &str, name: &str, text: &str) -> Result<Self, Mistake> {
        let raw: RawRule = toml::from_str(text).map_err(|e| Mistake::toml(file, text, &e))?;
        let mut checker = Checker { file, text, nodes: Vec::new(), edges: Vec::new() };
        let pattern = raw.r#match.map(|p| checker.pattern(p)).transpose()?;
        if pattern.is_some() == raw.settled {
            return Err(checker.mistake(0..0, "a rule has either a `[match]` or `settled = true`"));
        }
        if pattern.is_some() {
            checker.placeholders(&raw.message)?;
            raw.label.iter().try_for_each(|label| checker.placeholders(label))?;
        }
        let mut also = Vec::new();
        for (name, label) in raw.also {
            checker.bound(&name)?;
            checker.placeholders(&label)?;
            also.push((name.into_inner(), label.into_inner()));
        }
        Ok(Self {
            name: name.to_owned(),
            family: family.to_owned(),
            title: raw.title,
            severity: raw.severity,
            source: raw.source,
            why: raw.why.trim().to_owned(),
            remedy: raw.remedy.trim().to_owned(),
            message: raw.message.into_inner(),
            label: raw.label.map(Spanned::into_inner),
            confidence: raw.confidence.unwrap_or(Certainty::Seen),
            pattern,
            also,
            examples: raw.example,
            off: None,
            optional: raw.optional,
            profiles: raw.profile,
        })
    }

    /// How the rule stands in a profile, if other than as it is written.
    pub fn stance(&self, profile: Profile) -> Option<Stance> {
        self.profiles.get(&profile).copied()
    }

    /// Sets the rule as it stands in a profile.
    pub fn stand(&mut self, profile: Profile) {
        if let Some(severity) = self.stance(profile).and_then(Stance::severity) {
            self.severity = severity;
            self.optional = None;
        }
    }

    /// Lays a team's values over the rule: `severity`, `off`, `message`, `where`.
    ///
    /// # Errors
    /// If the table says what no rule understands.
    pub fn lay_over(&mut self, table: &toml::Table) -> Result<(), String> {
        for (key, value) in table {
            match (key.as_str(), value) {
                ("severity", value) => {
                    self.severity = value
                        .clone()
                        .try_into()
                        .map_err(|_| format!("`{value}` is no severity: low, medium or high"))?;
                }
                ("off", toml::Value::String(reason)) if !reason.trim().is_empty() => self.off = Some(reason.clone()),
                ("off", _) => return Err("`off` takes the reason as its text".to_owned()),
                ("message", toml::Value::String(message)) => self.message.clone_from(message),
                ("where", toml::Value::Table(conditions)) => self.lay_conditions(conditions)?,
                (other, _) => {
                    let hint = nearest(other, ["severity", "off", "message", "where"])
                        .map_or(String::new(), |n| format!("; did you mean `{n}`?"));
                    return Err(format!("a rule has no `{other}` to set{hint}"));
                }
            }
        }
        Ok(())
    }

    fn lay_conditions(&mut self, conditions: &toml::Table) -> Result<(), String> {
        let name = self.name.clone();
        let Some(pattern) = &mut self.pattern else {
            return Err(format!("`{name}` asks nothing that could be changed"));
        };
        for (key, value) in conditions {
            if attribute(pattern.select, key).is_none() {
                return Err(format!("a {} has no attribute `{key}`", pattern.select.word()));
            }
            let laid = comparisons(value)?;
            for comparison in laid {
                let same = |c: &Condition| {
                    c.attribute == *key && std::mem::discriminant(&c.comparison) == std::mem::discriminant(&comparison)
                };
                pattern.conditions.retain(|c| !same(c));
                pattern.conditions.push(Condition { attribute: key.clone(), comparison });
            }
        }
        Ok(())
    }
}

impl Checker<'_> {
    fn mistake(&self, span: Range<usize>, message: impl Into<String>) -> Mistake {
        Mistake::new(self.file, self.text, span, message)
    }

    fn unknown<'a>(&self, word: &Spanned<String>, what: &str, known: impl Iterator<Item = &'a str>) -> Mistake {
        let known: Vec<&str> = known.collect();
        let mistake = self.mistake(word.span(), format!("there is no {what} `{}`", word.get_ref()));
        match nearest(word.get_ref(), known.iter().copied()) {
            Some(near) => mistake.help(format!("did you mean `{near}`?")),
            None => mistake.help(format!("there are: {}", known.join(", "))),
        }
    }

    fn kind(&self, word: &Spanned<String>) -> Result<NodeKind, Mistake> {
        let found = NodeKind::ALL.iter().find(|k| k.word() == word.get_ref());
        found.copied().ok_or_else(|| self.unknown(word, "kind of node", NodeKind::ALL.iter().map(|k| k.word())))
    }

    fn edge(&self, word: &Spanned<String>) -> Result<EdgeKind, Mistake> {
        let found = EdgeKind::ALL.iter().find(|k| k.word() == word.get_ref());
        found.copied().ok_or_else(|| self.unknown(word, "kind of edge", EdgeKind::ALL.iter().map(|k| k.word())))
    }

    fn pattern(&mut self, raw: RawPattern) -> Result<Pattern, Mistake> {
        let select = self.kind(&raw.select)?;
        let name = raw.r#as.unwrap_or_else(|| select.word().to_owned());
        self.nodes.push(name.clone());
        let conditions = self.conditions(raw.r#where, Some(select))?;
        let has = raw.has.into_iter().map(|l| self.link(l)).collect::<Result<_, _>>()?;
        let known = (self.nodes.len(), self.edges.len());
        let lacks = raw.lacks.into_iter().map(|l| self.link(l)).collect::<Result<_, _>>()?;
        // What must not be there has no name to speak of.
        self.nodes.truncate(known.0);
        self.edges.truncate(known.1);
        for name in raw.differ.iter().chain(&raw.each).chain(&raw.list) {
            self.bound(name)?;
        }
        if let Some(at) = &raw.at {
            self.bound(at)?;
        }
        let plain = |names: Vec<Spanned<String>>| names.into_iter().map(Spanned::into_inner).collect();
        Ok(Pattern {
            select,
            name,
            conditions,
            has,
            lacks,
            differ: plain(raw.differ),
            each: plain(raw.each),
            list: plain(raw.list),
            at: raw.at.map(Spanned::into_inner),
        })
    }

    fn link(&mut self, raw: RawLink) -> Result<Link, Mistake> {
        let chain = !raw.through.is_empty();
        let mut edges = raw.through.iter().map(|e| self.edge(e)).collect::<Result<Vec<_>, _>>()?;
        match (&raw.edge, chain) {
            (Some(edge), false) => edges.push(self.edge(edge)?),
            (None, true) => {}
            (Some(edge), true) => return Err(self.mistake(edge.span(), "`edge` and `through` exclude each other")),
            (None, false) => return Err(self.mistake(0..0, "a link needs `edge` or `through`")),
        }
        if let Some(to) = &raw.to {
            self.bound(to)?;
        }
        if let Some(name) = &raw.r#as {
            self.nodes.push(name.get_ref().clone());
        }
        if let Some(via) = &raw.via {
            self.edges.push(via.get_ref().clone());
        }
        if let Some(count) = &raw.count
            && count.get_ref().at_least.unwrap_or(0) == 0
            && (raw.r#as.is_some() || raw.via.is_some())
        {
            return Err(self.mistake(count.span(), "where there may be none, there is nothing to name"));
        }
        let conditions = self.conditions(raw.r#where, None)?;
        Ok(Link {
            count: raw.count.map(Spanned::into_inner),
            edges,
            chain,
            reverse: raw.reverse,
            name: raw.r#as.map(Spanned::into_inner),
            via: raw.via.map(Spanned::into_inner),
            to: raw.to.map(Spanned::into_inner),
            conditions,
            has: raw.has.into_iter().map(|l| self.link(l)).collect::<Result<_, _>>()?,
            lacks: raw.lacks.into_iter().map(|l| self.link(l)).collect::<Result<_, _>>()?,
        })
    }

    fn conditions(
        &self,
        raw: BTreeMap<Spanned<String>, Spanned<toml::Value>>,
        kind: Option<NodeKind>,
    ) -> Result<Vec<Condition>, Mistake> {
        let mut conditions = Vec::new();
        for (key, value) in raw {
            let name = key.get_ref();
            let known = |a: &&Attribute| kind.is_none_or(|kind| a.kind.is_none_or(|k| k == kind));
            let found = ATTRIBUTES.iter().filter(known).find(|a| a.name == name);
            if found.is_none() && name != "name" && name != "kind" {
                let names = ATTRIBUTES.iter().filter(known).map(|a| a.name).chain(["name", "kind"]);
                return Err(self.unknown(&key, "attribute", names));
            }
            for comparison in comparisons(value.get_ref()).map_err(|m| self.mistake(value.span(), m))? {
                for wanted in comparison.values() {
                    if let Some(attribute) = found {
                        self.value(attribute, wanted, value.span())?;
                    } else if name == "kind" && !NodeKind::ALL.iter().any(|k| Some(k.word()) == wanted.as_str()) {
                        return Err(self.no_such_value(
                            "kind",
                            wanted,
                            NodeKind::ALL.iter().map(|k| k.word()),
                            value.span(),
                        ));
                    }
                }
                conditions.push(Condition { attribute: name.clone(), comparison });
            }
        }
        Ok(conditions)
    }

    /// Can the attribute have that value?
    fn value(&self, attribute: &Attribute, wanted: &toml::Value, span: Range<usize>) -> Result<(), Mistake> {
        if !fits(attribute.of, wanted) {
            return Err(self.mistake(span, format!("`{}` is {}", attribute.name, type_word(attribute.of))));
        }
        let closed = !attribute.values.is_empty();
        if closed && !attribute.values.iter().any(|known| Some(*known) == wanted.as_str()) {
            return Err(self.no_such_value(attribute.name, wanted, attribute.values.iter().copied(), span));
        }
        Ok(())
    }

    fn no_such_value<'a>(
        &self,
        attribute: &str,
        wanted: &toml::Value,
        known: impl Iterator<Item = &'a str> + Clone,
        span: Range<usize>,
    ) -> Mistake {
        let mistake = self.mistake(span, format!("`{attribute}` is never {wanted}"));
        match nearest(wanted.as_str().unwrap_or_default(), known.clone()) {
            Some(near) => mistake.help(format!("did you mean `{near}`?")),
            None => mistake.help(format!("it is one of: {}", known.collect::<Vec<_>>().join(", "))),
        }
    }

    fn bound(&self, name: &Spanned<String>) -> Result<(), Mistake> {
        let known = self.nodes.iter().chain(&self.edges).any(|n| n == name.get_ref());
        if known {
            Ok(())
        } else {
            Err(self.unknown(name, "bound name", self.nodes.iter().chain(&self.edges).map(String::as_str)))
        }
    }

    fn placeholders(&self, text: &Spanned<String>) -> Result<(), Mistake> {
        for placeholder in placeholders(text.get_ref()) {
            let (name, attribute) = placeholder.split_once('.').map_or((placeholder, None), |(n, a)| (n, Some(a)));
            if !self.nodes.iter().any(|n| n == name) {
                let mistake = self.mistake(text.span(), format!("`{{{placeholder}}}` names no bound node"));
                return Err(match nearest(name, self.nodes.iter().map(String::as_str)) {
                    Some(near) => mistake.help(format!("did you mean `{{{near}}}`?")),
                    None => mistake.help(format!("bound are: {}", self.nodes.join(", "))),
                });
            }
            if let Some(attribute) = attribute
                && !ATTRIBUTES.iter().any(|a| a.name == attribute)
            {
                return Err(self.mistake(text.span(), format!("there is no attribute `{attribute}`")));
            }
        }
        Ok(())
    }
}

/// The texts between braces.
pub fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(inside, _)| inside))
}

fn comparisons(value: &toml::Value) -> Result<Vec<Comparison>, String> {
    let toml::Value::Table(table) = value else { return Ok(vec![Comparison::Equal(value.clone())]) };
    let number = |value: &toml::Value| value.as_integer().ok_or_else(|| "a whole number is wanted here".to_owned());
    let each = table.iter().map(|(word, value)| match word.as_str() {
        "in" => value.as_array().cloned().map(Comparison::In).ok_or_else(|| "`in` takes a list".to_owned()),
        "not" => not(value),
        "at-least" => number(value).map(Comparison::AtLeast),
        "at-most" => number(value).map(Comparison::AtMost),
        "matches" => {
            let pattern = value.as_str().ok_or_else(|| "`matches` takes a regular expression".to_owned())?;
            let built = regex::RegexBuilder::new(pattern).size_limit(1 << 20).build();
            built.map(Comparison::Matches).map_err(|e| e.to_string())
        }
        other => {
            let words = ["in", "not", "at-least", "at-most", "matches"];
            let hint = nearest(other, words)
                .map_or_else(|| format!("there are: {}", words.join(", ")), |n| format!("did you mean `{n}`?"));
            Err(format!("there is no comparison `{other}`; {hint}"))
        }
    });
    each.collect()
}

/// `not = "x"`, `not = { matches = "^x" }`; of several comparisons at once, it would be unclear which is denied.
fn not(value: &toml::Value) -> Result<Comparison, String> {
    let mut inner = comparisons(value)?;
    match (inner.pop(), inner.is_empty()) {
        (Some(Comparison::Not(_)), _) => Err("`not` of `not` is nothing".to_owned()),
        (Some(only), true) => Ok(Comparison::Not(Box::new(only))),
        _ => Err("`not` takes a value or one comparison".to_owned()),
    }
}

impl Comparison {
    /// The values that an attribute is compared with for being the same.
    fn values(&self) -> &[toml::Value] {
        match self {
            Self::Equal(value) => std::slice::from_ref(value),
            Self::In(values) => values,
            Self::Not(inner) => inner.values(),
            Self::AtLeast(_) | Self::AtMost(_) | Self::Matches(_) => &[],
        }
    }
}

fn fits(of: AttributeType, value: &toml::Value) -> bool {
    match of {
        AttributeType::Flag => value.is_bool(),
        AttributeType::Number => value.is_integer(),
        AttributeType::Text => value.is_str(),
    }
}

fn type_word(of: AttributeType) -> &'static str {
    match of {
        AttributeType::Flag => "true or false",
        AttributeType::Number => "a whole number",
        AttributeType::Text => "a text",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const HEAD: &str = "title='t'\nseverity='low'\nsource='s'\nwhy='w'\nremedy='r'\n";

    fn parse(rest: &str) -> Result<Rule, Mistake> {
        Rule::parse("r.toml", "data", "r", &format!("{HEAD}{rest}"))
    }

    #[test]
    fn a_rule_is_read() {
        let rule = parse(
            "message='`{d}` {d.host}'\n[match]\nselect='dataset'\nas='d'\nwhere={remote=true, readers={at-least=2}}\n\
             has=[{edge='reads', reverse=true, as='reader', via='read'}]\neach=['reader']\n[also]\nread='here'\n",
        )
        .unwrap();
        let pattern = rule.pattern.unwrap();
        assert_eq!(pattern.conditions.len(), 2);
        assert!(pattern.has[0].reverse && pattern.each == ["reader"]);
    }

    #[test]
    fn mistakes_point_at_the_word_and_guess_what_was_meant() {
        let text = format!("{HEAD}message='m'\n[match]\nselect='datset'\n");
        let error = Rule::parse("r.toml", "data", "r", &text).unwrap_err();
        assert_eq!((&text[error.span], error.help.unwrap().as_str()), ("'datset'", "did you mean `dataset`?"));
        let error = parse("message='m'\n[match]\nselect='dataset'\nwhere={remot=true}\n").unwrap_err();
        assert_eq!(error.help.unwrap(), "did you mean `remote`?");
        let error = parse("message='m'\n[match]\nselect='dataset'\nwhere={readers={at-lest=1}}\n").unwrap_err();
        assert!(error.message.contains("did you mean `at-least`?"));
        let error = parse("message='{datset}'\n[match]\nselect='dataset'\n").unwrap_err();
        assert_eq!(error.help.unwrap(), "did you mean `{dataset}`?");
        assert!(parse("message='m'\n").is_err());
        assert!(parse("message='m'\nmesage='x'\nsettled=true\n").unwrap_err().help.is_some());
    }

    #[test]
    fn values_that_can_never_be_are_mistakes() {
        let asks = |condition: &str| {
            parse(&format!("message='m'\n[match]\nselect='training'\nwhere={{{condition}}}\n"))
                .map_err(|e| e.help.unwrap())
        };
        assert_eq!(asks("role='trainng'").unwrap_err(), "did you mean `train`?");
        assert_eq!(asks("learns={in=['model','rowz']}").unwrap_err(), "did you mean `rows`?");
        assert_eq!(asks("learns={not='statistic'}").unwrap_err(), "did you mean `statistics`?");
        assert!(asks("role={not={in=['test','prototype']}}").is_ok());
        assert!(parse("message='m'\n[match]\nselect='dataset'\nwhere={name={not={not='x'}}}\n").is_err());
        assert!(parse("message='m'\n[match]\nselect='dataset'\nwhere={name={not={matches='a',in=['b']}}}\n").is_err());
        assert!(
            parse("message='m'\n[match]\nselect='dataset'\nhas=[{edge='writes',as='w',count={at-most=2}}]\n").is_err()
        );
    }

    #[test]
    fn a_team_lays_its_values_over() {
        let mut rule = parse("message='m'\n[match]\nselect='dataset'\nwhere={readers={at-least=2}}\n").unwrap();
        rule.lay_over(&toml::from_str("severity='high'\nwhere.readers.at-least=5").unwrap()).unwrap();
        assert_eq!(rule.severity, Severity::High);
        assert!(matches!(
            rule.pattern.as_ref().unwrap().conditions.as_slice(),
            [Condition { comparison: Comparison::AtLeast(5), .. }]
        ));
        assert!(rule.lay_over(&toml::from_str("off=true").unwrap()).is_err());
        assert!(rule.lay_over(&toml::from_str("sevrity='low'").unwrap()).unwrap_err().contains("severity"));
    }
}
