//! What a command line gives to an option: the words behind its flag, or those at its place.

use super::{CliOption, Options, Takes, cells};
use crate::fact::Text;
use crate::source::FileId;

impl Options {
    /// What a command line gives to an option.
    pub fn given(&self, number: u32, words: &[String]) -> Option<String> {
        let option = self.get(number)?;
        if option.cell {
            return cells::given(option, words);
        }
        self.values(option, words).into_iter().next()
    }

    /// Of the several values that a command line gives to an option, the one at that place.
    pub fn given_at(&self, number: u32, place: u32, words: &[String]) -> Option<String> {
        let option = self.get(number).filter(|option| !option.cell)?;
        self.values(option, words).into_iter().nth(place as usize)
    }

    /// Does a command line say the option at all?
    pub fn is_said(&self, number: u32, words: &[String]) -> bool {
        self.get(number).is_some_and(|option| !option.cell && !self.values(option, words).is_empty())
    }

    /// All values that a command line gives to an option.
    fn values(&self, option: &CliOption, words: &[String]) -> Vec<String> {
        let Some(words) = self.of_command(option, words) else { return Vec::new() };
        let (mut plain, mut found) = (Vec::new(), Vec::new());
        let mut rest = words.iter().peekable();
        let mut open = true;
        while let Some(word) = rest.next() {
            if word == "--" {
                open = false;
                continue;
            }
            if !open || !is_flag(word) {
                plain.push(word);
                continue;
            }
            let (flag, value) = match word.split_once('=') {
                Some((flag, value)) => (flag, Some(value.to_owned())),
                None => (word.as_str(), None),
            };
            let own = option.flags.iter().any(|of| is_spelled(of, flag));
            let alone = option.switch || !own && self.is_switch(option.call.file, flag);
            let takes = if own { option.takes } else { self.takes(option.call.file, flag) };
            let value = match value {
                None if alone => None,
                // An option that nobody knows may stand alone.
                None if own || self.is_known(flag) => rest.next().cloned(),
                None => None,
                value => value,
            };
            let mut values: Vec<String> = value.into_iter().collect();
            let most = match takes {
                Takes::Count(count) => count,
                Takes::Words => usize::MAX,
                Takes::One | Takes::Commas | Takes::Repeated => 0,
            };
            while !alone
                && values.len() < most
                && let Some(next) = rest.next_if(|next| !is_flag(next))
            {
                values.push(next.clone());
            }
            if own && !option.switch {
                found.extend(values);
                if takes == Takes::Repeated {
                    continue;
                }
                return cut(option, found);
            }
            // `-n5`
            let short = option.flags.iter().find(|of| of.len() == 2 && of.starts_with('-') && !of.starts_with("--"));
            if let Some(value) = short.and_then(|of| word.strip_prefix(of.as_str())).filter(|_| !word.starts_with("--"))
                && !own
                && !self.is_known(flag)
            {
                return vec![value.to_owned()];
            }
        }
        if !found.is_empty() {
            return found;
        }
        let Some(place) = option.place else { return Vec::new() };
        let place = self.shifted(option, place, plain.len());
        let end = match option.takes {
            Takes::Words => plain.len().saturating_sub(self.behind(option)),
            Takes::Count(count) => place.saturating_add(count),
            Takes::One | Takes::Commas | Takes::Repeated => place + 1,
        };
        let values = plain.get(place..end.clamp(place, plain.len().max(place))).unwrap_or_default();
        cut(option, values.iter().map(|word| (*word).clone()).collect())
    }

    /// How many arguments of one word each stand behind an option that takes all words.
    fn behind(&self, option: &CliOption) -> usize {
        let of_same = |other: &&CliOption| {
            other.call.file == option.call.file && other.within == option.within && other.command == option.command
        };
        self.all.iter().filter(of_same).filter(|other| other.place > option.place).count()
    }

    /// Where an argument stands among so many: those behind one that takes all words are counted from the end.
    fn shifted(&self, option: &CliOption, place: usize, given: usize) -> usize {
        let before = |other: &&CliOption| {
            other.call.file == option.call.file
                && other.within == option.within
                && other.command == option.command
                && other.takes == Takes::Words
                && other.place.is_some_and(|of| of < place)
        };
        match self.all.iter().find(before) {
            Some(_) => given.saturating_sub(self.behind(option) + 1),
            None => place,
        }
    }

    /// The words that are for an option's command; none if another one is chosen.
    fn of_command<'w>(&self, option: &CliOption, words: &'w [String]) -> Option<&'w [String]> {
        let Some(commands) = self.commands.get(&option.call.file) else { return Some(words) };
        let chosen = words.iter().position(|word| commands.contains(&Text::from(word.as_str())));
        match (chosen, option.command) {
            (Some(at), Some(command)) if words[at] == command.as_str() => words.get(at + 1..),
            (Some(_), Some(_)) => None,
            (Some(at), None) if option.place.is_some() => words.get(..at),
            _ => Some(words),
        }
    }

    fn is_known(&self, flag: &str) -> bool {
        self.by_flag.contains_key(&Text::from(flag))
    }

    fn is_switch(&self, file: FileId, flag: &str) -> bool {
        self.flagged(file, flag).is_some_and(|option| option.switch)
    }

    fn takes(&self, file: FileId, flag: &str) -> Takes {
        self.flagged(file, flag).map_or_else(Takes::default, |option| option.takes)
    }

    /// The option of a flag: of that file, if it has one.
    fn flagged(&self, file: FileId, flag: &str) -> Option<&CliOption> {
        let numbers = self.by_flag.get(&Text::from(flag))?;
        let of =
            |here: bool| numbers.iter().map(|n| &self.all[*n as usize]).filter(move |o| !here || o.call.file == file);
        of(true).next().or_else(|| of(false).next())
    }
}

/// The values of an option whose one word holds several.
fn cut(option: &CliOption, values: Vec<String>) -> Vec<String> {
    match option.takes {
        Takes::Commas => values.iter().flat_map(|value| value.split(',')).map(|part| part.trim().to_owned()).collect(),
        _ => values,
    }
}

fn is_flag(word: &str) -> bool {
    word.starts_with('-') && word.len() > 1 && word.parse::<f64>().is_err()
}

/// Is a flag spelled so: with one dash or two (absl takes either)?
fn is_spelled(flag: &str, word: &str) -> bool {
    flag == word
        || (word.starts_with("--") && !flag.starts_with('-') && &word[2..] == flag)
        || (word.starts_with('-') && !flag.starts_with('-') && &word[1..] == flag)
}
