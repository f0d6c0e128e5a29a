//! A rule as its TOML says it, and what makes a rule valid.

mod checker;
mod raw;
mod remedy;
mod shape;

use std::collections::BTreeMap;

use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use crate::finding::Severity;
use crate::mistake::{Mistake, nearest};
use checker::{Checker, comparisons};
pub use raw::RawRule;
pub use remedy::{Remedy, Way};
pub use shape::{Asked, Laid};

use crate::vocabulary::{Certainty, EdgeKind, NodeKind, attribute};

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
    /// What it asks of the system; none if a check finds it, or the ledger settles it.
    pub pattern: Option<Pattern>,
    /// What its check captures, by name; none if no check finds it.
    pub captures: Option<BTreeMap<String, CaptureKind>>,
    /// What must hold of what its check captures.
    pub conditions: Vec<Condition>,
    /// Labels of further bound nodes and edges.
    pub also: Vec<(String, String)>,
    /// Its examples.
    pub examples: Vec<Example>,
    /// What of all it finds has one cause, and is shown as one.
    pub cause: Option<Cause>,
    /// How its findings can be mended by an edit.
    pub fix: Option<Remedy>,
    /// Why the team has switched it off.
    pub off: Option<String>,
    /// Why it is asked only if it is selected by its own name.
    pub optional: Option<String>,
    /// How it stands in profiles other than as it is written.
    pub profiles: BTreeMap<Profile, Stance>,
}

/// What a check captures under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaptureKind {
    /// A node of that kind.
    Node(NodeKind),
    /// A place in a file.
    Place,
    /// A text.
    Text,
    /// Texts.
    Texts,
    /// What a file is for.
    Role,
    /// A number.
    Number,
    /// One of these words, each with what the prose says for it.
    Words(BTreeMap<String, String>),
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

/// What makes several findings of one rule one thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The file in which they stand: the keys of one settings file that nobody reads.
    File,
    /// The folder of that file: blocks that were copied from one script of a family to the next.
    Folder,
    /// What they are about, in whichever file: a setting that many write out again.
    Name,
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
    /// All that one file owes is one finding.
    pub once_per_file: bool,
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

impl Rule {
    /// Reads a rule file; `family` and `name` come from its path.
    ///
    /// # Errors
    /// If it is no valid rule; the mistake says where and, where it can be guessed, what was meant.
    pub fn parse(file: &str, family: &str, name: &str, text: &str) -> Result<Self, Mistake> {
        let raw: RawRule = toml::from_str(text).map_err(|e| Mistake::toml(file, text, &e))?;
        let mut checker = Checker { file, text, nodes: Vec::new(), edges: Vec::new() };
        let pattern = raw.r#match.map(|p| checker.pattern(p)).transpose()?;
        if [pattern.is_some(), raw.check, raw.settled].into_iter().filter(|way| *way).count() != 1 {
            return Err(checker.mistake(0..0, "a rule has either a `[match]`, `check = true` or `settled = true`"));
        }
        let captures = raw.captures.into_iter().map(|(name, capture)| checker.capture(name, capture));
        let captures = captures.collect::<Result<BTreeMap<_, _>, _>>()?;
        if !(raw.check || captures.is_empty() && raw.r#where.is_empty()) {
            return Err(checker.mistake(0..0, "only a check has `[captures]`, and asks of them by `where`"));
        }
        let conditions = checker.asked(raw.r#where, &captures)?;
        for (name, kind) in &captures {
            let words = if let CaptureKind::Words(words) = kind { words.values() } else { continue };
            let mut said = words.flat_map(|said| checker::placeholders(said));
            if let Some(unknown) = said.find(|said| said.split('.').next().is_none_or(|n| !captures.contains_key(n))) {
                return Err(
                    checker.mistake(0..0, format!("`{name}` says `{{{unknown}}}`, which the check captures not"))
                );
            }
        }
        if !raw.settled {
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
            captures: raw.check.then_some(captures),
            conditions,
            also,
            examples: raw.example,
            off: None,
            cause: raw.cause,
            fix: raw.fix,
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
        let (kind, asked) = match &mut self.pattern {
            Some(pattern) => (Some(pattern.select), &mut pattern.conditions),
            None => (None, &mut self.conditions),
        };
        let captured =
            |key: &str| self.captures.as_ref().is_some_and(|c| c.get(key).is_some_and(CaptureKind::is_value));
        for (key, value) in conditions {
            match kind {
                Some(kind) if attribute(kind, key).is_none() => {
                    return Err(format!("a {} has no attribute `{key}`", kind.word()));
                }
                None if !captured(key) => return Err(format!("`{}` asks of no `{key}`", self.name)),
                _ => {}
            }
            for comparison in comparisons(value)? {
                let same = |c: &Condition| {
                    c.attribute == *key && std::mem::discriminant(&c.comparison) == std::mem::discriminant(&comparison)
                };
                asked.retain(|c| !same(c));
                asked.push(Condition { attribute: key.clone(), comparison });
            }
        }
        Ok(())
    }
}

impl CaptureKind {
    /// Is it a value that can be compared, rather than something that stands somewhere?
    fn is_value(&self) -> bool {
        !matches!(self, Self::Node(_) | Self::Place | Self::Texts)
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
    fn a_check_asks_of_what_it_captures() {
        let asks = |condition: &str| {
            let captures = "[captures]\nsize='number'\nrole='role'\nhow={once='one time'}\nread='place'\n";
            parse(&format!("message='{{size}}'\ncheck=true\nwhere={{{condition}}}\n{captures}"))
        };
        let mut rule = asks("size={at-least=3}, role={in=['train']}, how={not='once'}").unwrap();
        assert_eq!(rule.conditions.len(), 3);
        rule.lay_over(&toml::from_str("where.size.at-least=5").unwrap()).unwrap();
        assert!(rule.conditions.iter().any(|c| matches!(c.comparison, Comparison::AtLeast(5))));
        assert!(rule.lay_over(&toml::from_str("where.read='x'").unwrap()).is_err());
        assert_eq!(asks("role='trainng'").unwrap_err().help.unwrap(), "did you mean `train`?");
        assert_eq!(asks("siz=3").unwrap_err().help.unwrap(), "did you mean `size`?");
        assert_eq!(asks("how='onc'").unwrap_err().help.unwrap(), "did you mean `once`?");
        assert!(asks("size='many'").is_err() && asks("read='x'").is_err());
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
