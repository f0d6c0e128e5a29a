//! Holds a rule file against the vocabulary: every word, name and value in it must be one that there is.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;

use super::raw::{RawCapture, RawLink, RawPattern};
use super::{CaptureKind, Comparison, Condition, Link, Pattern};
use crate::mistake::{Mistake, nearest};
use crate::vocabulary::{ATTRIBUTES, Attribute, AttributeType, EdgeKind, NodeKind, Role};

/// Checks a rule file against the vocabulary.
pub(super) struct Checker<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
    pub(super) nodes: Vec<String>,
    pub(super) edges: Vec<String>,
}

impl Checker<'_> {
    pub(super) fn mistake(&self, span: Range<usize>, message: impl Into<String>) -> Mistake {
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

    /// What a check captures under a name, which the prose may use from here on.
    pub(super) fn capture(&mut self, name: String, raw: Spanned<RawCapture>) -> Result<(String, CaptureKind), Mistake> {
        let span = raw.span();
        let kind = match raw.into_inner() {
            RawCapture::Words(words) => CaptureKind::Words(words),
            RawCapture::Kind(word) => match word.as_str() {
                "place" => CaptureKind::Place,
                "text" => CaptureKind::Text,
                "texts" => CaptureKind::Texts,
                "role" => CaptureKind::Role,
                "number" => CaptureKind::Number,
                _ => CaptureKind::Node(self.kind(&Spanned::new(span, word))?),
            },
        };
        match kind {
            CaptureKind::Place => self.edges.push(name.clone()),
            _ => self.nodes.push(name.clone()),
        }
        Ok((name, kind))
    }

    /// What must hold of what a check captures.
    pub(super) fn asked(
        &self,
        raw: BTreeMap<Spanned<String>, Spanned<toml::Value>>,
        captures: &BTreeMap<String, CaptureKind>,
    ) -> Result<Vec<Condition>, Mistake> {
        let mut conditions = Vec::new();
        for (key, value) in raw {
            let name = key.get_ref();
            let Some(kind) = captures.get(name).filter(|kind| kind.is_value()) else {
                let askable = captures.iter().filter(|(_, kind)| kind.is_value());
                return Err(self.unknown(&key, "captured value", askable.map(|(name, _)| name.as_str())));
            };
            for comparison in comparisons(value.get_ref()).map_err(|m| self.mistake(value.span(), m))? {
                for wanted in comparison.values() {
                    self.captured(name, kind, wanted, value.span())?;
                }
                conditions.push(Condition { attribute: name.clone(), comparison });
            }
        }
        Ok(conditions)
    }

    /// Can what is captured be that value?
    fn captured(
        &self,
        name: &str,
        kind: &CaptureKind,
        wanted: &toml::Value,
        span: Range<usize>,
    ) -> Result<(), Mistake> {
        let of = if *kind == CaptureKind::Number { AttributeType::Number } else { AttributeType::Text };
        if !fits(of, wanted) {
            return Err(self.mistake(span, format!("`{name}` is {}", type_word(of))));
        }
        let closed: Vec<&str> = match kind {
            CaptureKind::Role => Role::ALL.iter().map(|role| role.word()).collect(),
            CaptureKind::Words(words) => words.keys().map(String::as_str).collect(),
            _ => return Ok(()),
        };
        match closed.iter().any(|known| Some(*known) == wanted.as_str()) {
            true => Ok(()),
            false => Err(self.no_such_value(name, wanted, closed.iter().copied(), span)),
        }
    }

    pub(super) fn pattern(&mut self, raw: RawPattern) -> Result<Pattern, Mistake> {
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
            once_per_file: raw.once_per_file,
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

    pub(super) fn bound(&self, name: &Spanned<String>) -> Result<(), Mistake> {
        let known = self.nodes.iter().chain(&self.edges).any(|n| n == name.get_ref());
        if known {
            Ok(())
        } else {
            Err(self.unknown(name, "bound name", self.nodes.iter().chain(&self.edges).map(String::as_str)))
        }
    }

    pub(super) fn placeholders(&self, text: &Spanned<String>) -> Result<(), Mistake> {
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

pub(super) fn comparisons(value: &toml::Value) -> Result<Vec<Comparison>, String> {
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
