//! Commands that fit a model or ask one.

use serde::Deserialize;

/// Where on a command line something is named.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Said {
    /// Options whose value it is; one that ends in `=` begins the word: `data=`.
    #[serde(default)]
    pub options: Vec<String>,
    /// Else the argument of this number, from 0, among those that are neither options nor their values.
    pub at: Option<usize>,
    /// What is named is a folder, in which it has one of these names.
    #[serde(default)]
    pub below: Vec<String>,
    /// What is named has one of these endings besides.
    #[serde(default)]
    pub endings: Vec<String>,
}

/// What a command does to a model: it fits one, unless it says that it asks.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Learner {
    /// What it learns from, or is asked about; else what it is fed with.
    #[serde(default)]
    pub data: Said,
    /// Where it keeps what it fits.
    #[serde(default)]
    pub keeps: Said,
    /// The model that it asks.
    #[serde(default)]
    pub model: Said,
    /// Where it puts the answers; else where its output goes.
    #[serde(default)]
    pub answers: Said,
    /// It only asks.
    #[serde(default)]
    pub asks: bool,
    /// Words with which it asks.
    #[serde(default)]
    pub asks_with: Vec<String>,
}

impl Learner {
    /// Does it ask, given these arguments?
    pub fn is_asking(&self, arguments: &[String]) -> bool {
        self.asks || arguments.iter().any(|word| self.asks_with.contains(word))
    }

    /// The places that something is at; options of `valued` have a value that is no place.
    pub fn places(&self, said: &Said, arguments: &[String], valued: &[String]) -> Vec<String> {
        let options = said.options.iter().filter_map(|option| value(arguments, option));
        let mut found: Vec<&str> = options.collect();
        if found.is_empty() {
            let plain = self.plain(arguments, valued);
            found.extend(said.at.and_then(|at| plain.get(at).copied()));
        }
        let under = |place: &str| -> Vec<String> {
            let place = place.trim_end_matches('/');
            let below = said.below.iter().map(|name| format!("{place}/{name}"));
            let named: Vec<String> =
                below.chain(said.endings.iter().map(|ending| format!("{place}{ending}"))).collect();
            if named.is_empty() { vec![place.to_owned()] } else { named }
        };
        found.into_iter().flat_map(under).collect()
    }

    /// The arguments that are neither options nor their values.
    fn plain<'w>(&self, arguments: &'w [String], valued: &[String]) -> Vec<&'w str> {
        let own = [&self.data, &self.keeps, &self.model, &self.answers].into_iter().flat_map(|said| &said.options);
        let takes: Vec<&String> = own.chain(valued).collect();
        let mut words = arguments.iter().map(String::as_str);
        let mut plain = Vec::new();
        while let Some(word) = words.next() {
            if takes.iter().any(|flag| *flag == word) {
                words.next();
            } else if !word.starts_with('-') && !takes.iter().any(|flag| flag.ends_with('=') && word.starts_with(*flag))
            {
                plain.push(word);
            }
        }
        plain
    }
}

/// The value of an option: `--flag value`, `--flag=value`, `flag=value`.
fn value<'w>(arguments: &'w [String], option: &str) -> Option<&'w str> {
    let mut words = arguments.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let Some(rest) = word.strip_prefix(option) else { continue };
        match rest.strip_prefix('=') {
            Some(given) => return Some(given),
            None if option.ends_with('=') => return Some(rest),
            None if rest.is_empty() => return words.next(),
            None => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Learner, Said};

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn places_are_told_by_options_or_by_their_number() {
        let data = Said { options: vec!["--data".into(), "source=".into()], at: Some(1), ..Said::default() };
        let learner = Learner { data, asks_with: vec!["-t".into()], ..Learner::default() };
        let at = |text: &str| learner.places(&learner.data, &words(text), &["-k".to_owned()]);
        assert_eq!(at("--data=a.csv b c"), ["a.csv"]);
        assert_eq!(at("source=a.yaml"), ["a.yaml"]);
        assert_eq!(at("-k 3 --fast model rows.txt"), ["rows.txt"]);
        assert!(learner.is_asking(&words("-t a")) && !learner.is_asking(&words("a")));
    }
}
