//! Words in the names that people give to columns, functions and parameters, and what they say.

use rustc_hash::FxHashSet;
use serde::Deserialize;

/// What words say, wherever in a name they stand.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Words {
    /// Of a column: rows chosen by it are such that no prediction made: a person looked at them, or chance chose them.
    apart: FxHashSet<String>,
    /// Of a column: it tells which model or run made a row.
    model: FxHashSet<String>,
    /// Of a column: it tells by which policy something was chosen, or how likely that was.
    policy: FxHashSet<String>,
    /// How the columns begin in which an engine of SQL gives what a model says of a label.
    answers: Vec<String>,
    /// Of a parameter: it says how much rows count.
    weighs: FxHashSet<String>,
    /// Of a function: it judges a model.
    judges: FxHashSet<String>,
    /// Of a stage or alias: the model under it is the one in use.
    serves: FxHashSet<String>,
    /// Of an attribute: it says what form a table or array has.
    forms: FxHashSet<String>,
    /// Of a parameter, field or call in any language: what it is given names data.
    holds: FxHashSet<String>,
    /// Of rows: they are one of the parts into which rows are parted for training and test.
    parts: FxHashSet<String>,
    /// Of rows: they are kept for the end, or are those of the training.
    last: FxHashSet<String>,
    fitted: FxHashSet<String>,
    /// Of a column or variable: it holds what a model said of a row.
    scores: FxHashSet<String>,
    /// Of a parameter: a fit stops when what it watches gets no better.
    stops: FxHashSet<String>,
    /// Methods that set a model back to where it began.
    back: FxHashSet<String>,
    /// Methods by which what is remembered is forgotten.
    forget: FxHashSet<String>,
    /// An attribute of a table by which rows and columns are taken by their places.
    by_place: FxHashSet<String>,
    /// A method that adds to a list of names.
    grows: FxHashSet<String>,
    /// A method that takes names out of a list.
    shrinks: FxHashSet<String>,
    /// A method that asks how a name begins or ends.
    tests: FxHashSet<String>,
    /// Of a statement of SQL: it asks for the time.
    now: Vec<String>,
    /// Words that say the opposite of each other: `past future`.
    opposites: Vec<[String; 2]>,
    /// Of a column: its values come from rows before.
    behind: FxHashSet<String>,
    /// Of a column: its values come from rows after.
    ahead: FxHashSet<String>,
    /// Of a path: what ends so is data or a model.
    endings: FxHashSet<String>,
    /// Of a step: it is run whatever came of those before it, if a parameter of the first says one of the second.
    run_by: FxHashSet<String>,
    regardless: FxHashSet<String>,
    /// Keys by which a step of a workflow may fail and the others go on.
    excuses: FxHashSet<String>,
    /// Methods that do no more than to tell of something, or to tidy up behind it.
    tells: FxHashSet<String>,
    /// Of an option or parameter: it says which way data goes, not which data it is.
    direction: FxHashSet<String>,
    /// Names that are there without an import.
    builtin: FxHashSet<String>,
    /// Of an option or parameter: it says how work is done, and changes nothing of what comes out.
    harmless: FxHashSet<String>,
    /// Of a path: what ends in one of them may be kept under another just as well.
    alike_endings: Vec<FxHashSet<String>>,
    /// Programs that install packages.
    installers: FxHashSet<String>,
    /// Of a path: only programs make what ends so.
    made_endings: FxHashSet<String>,
    /// Of a step or function: it says whether data are as they must be.
    verifies: FxHashSet<String>,
    /// Of a step: it puts a model into use.
    deploys: FxHashSet<String>,
    builds_images: FxHashSet<String>,
    reruns_by_data: FxHashSet<String>,
    evaluates: FxHashSet<String>,
    /// Of a function or method: it changes something outside of the program.
    effects: FxHashSet<String>,
    /// Of a function or method: it starts work that goes on by itself.
    starts: FxHashSet<String>,
    /// Of a function or method: it waits for work, or asks how far that is.
    waits: FxHashSet<String>,
    /// Of an attribute or method: it shows what a table looks like.
    looks: FxHashSet<String>,
    /// Of a function or method: it only counts, prints or logs what it is given.
    shows: FxHashSet<String>,
    /// Of an attribute: it says what a check has found.
    verdicts: FxHashSet<String>,
    /// Of two parameters or columns: between them lies a span of time.
    spans: Vec<[String; 2]>,
}

impl Words {
    /// Adds what another file says.
    pub(super) fn add(&mut self, other: Self) {
        self.apart.extend(other.apart);
        self.model.extend(other.model);
        self.policy.extend(other.policy);
        self.answers.extend(other.answers);
        self.weighs.extend(other.weighs);
        self.judges.extend(other.judges);
        self.serves.extend(other.serves);
        self.forms.extend(other.forms);
        self.holds.extend(other.holds);
        self.endings.extend(other.endings);
        self.parts.extend(other.parts);
        self.last.extend(other.last);
        self.fitted.extend(other.fitted);
        self.scores.extend(other.scores);
        self.stops.extend(other.stops);
        self.back.extend(other.back);
        self.forget.extend(other.forget);
        self.by_place.extend(other.by_place);
        self.grows.extend(other.grows);
        self.shrinks.extend(other.shrinks);
        self.tests.extend(other.tests);
        self.now.extend(other.now);
        self.opposites.extend(other.opposites);
        self.behind.extend(other.behind);
        self.ahead.extend(other.ahead);
        self.direction.extend(other.direction);
        self.builtin.extend(other.builtin);
        self.harmless.extend(other.harmless);
        self.alike_endings.extend(other.alike_endings);
        self.installers.extend(other.installers);
        self.made_endings.extend(other.made_endings);
        self.verifies.extend(other.verifies);
        self.deploys.extend(other.deploys);
        self.builds_images.extend(other.builds_images);
        self.reruns_by_data.extend(other.reruns_by_data);
        self.evaluates.extend(other.evaluates);
        self.effects.extend(other.effects);
        self.starts.extend(other.starts);
        self.waits.extend(other.waits);
        self.spans.extend(other.spans);
        self.looks.extend(other.looks);
        self.verdicts.extend(other.verdicts);
        self.shows.extend(other.shows);
        self.tells.extend(other.tells);
        self.run_by.extend(other.run_by);
        self.regardless.extend(other.regardless);
        self.excuses.extend(other.excuses);
    }

    /// Is a name there without an import?
    pub fn is_builtin(&self, name: &str) -> bool {
        self.builtin.contains(name) || name.starts_with("__")
    }

    /// May the same thing be kept under either ending?
    pub fn are_alike(&self, ending: &str, other: &str) -> bool {
        self.alike_endings.iter().any(|endings| endings.contains(ending) && endings.contains(other))
    }

    /// Does a program of that name install packages?
    pub fn installs(&self, program: &str) -> bool {
        self.installers.contains(program.rsplit('/').next().unwrap_or(program))
    }

    /// Is it one of the parts into which rows are parted?
    pub fn is_part(&self, word: &str) -> bool {
        self.parts.contains(word)
    }

    /// Does an option or parameter of that name say only how work is done?
    pub fn is_harmless(&self, name: &str) -> bool {
        any(name, &self.harmless)
    }

    /// Is a step run whatever came of those before, as it says by a parameter?
    pub fn runs_regardless(&self, parameter: &str, value: &str) -> bool {
        self.run_by.contains(parameter) && self.regardless.contains(&value.to_lowercase())
    }

    /// May a step of a workflow fail under a key of that name?
    pub fn excuses(&self, key: &str) -> bool {
        self.excuses.contains(key)
    }

    /// Does a method of that name no more than to tell of something, or to tidy up?
    pub fn tells(&self, method: &str) -> bool {
        self.tells.contains(method)
    }

    /// Does an attribute of that name take rows and columns by their places?
    pub fn is_place_index(&self, attribute: &str) -> bool {
        self.by_place.contains(attribute)
    }

    /// Does a method of that name add to a list?
    pub fn grows(&self, method: &str) -> bool {
        self.grows.contains(method)
    }

    /// Does a method of that name take from a list?
    pub fn shrinks(&self, method: &str) -> bool {
        self.shrinks.contains(method)
    }

    /// Does a method of that name ask how a text begins or ends?
    pub fn tests_text(&self, method: &str) -> bool {
        self.tests.contains(method)
    }

    /// Does a statement of SQL ask for the time?
    pub fn says_now(&self, text: &str) -> bool {
        self.now_at(text).is_some()
    }

    /// Where a statement of SQL first asks for the time.
    pub fn now_at(&self, text: &str) -> Option<usize> {
        let lower = text.to_ascii_lowercase();
        let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let whole = |word: &str, at: usize| {
            let before = lower.get(..at).and_then(|before| before.chars().last());
            let behind = lower.get(at + word.len()..).and_then(|behind| behind.chars().next());
            !part(before) && (word.ends_with('(') || !part(behind))
        };
        let of = |word: &String| lower.match_indices(word.as_str()).map(|(at, _)| at).find(|at| whole(word, *at));
        self.now.iter().filter_map(of).min()
    }

    /// The names with the opposite word in place of one.
    pub fn opposites<'w>(&'w self, name: &'w str) -> impl Iterator<Item = String> + 'w {
        let both = self.opposites.iter().flat_map(|[one, other]| [(one, other), (other, one)]);
        both.filter_map(move |(from, to)| {
            let words: Vec<&str> = name.split('_').collect();
            let at = words.iter().position(|word| word == from)?;
            let mut words = words;
            words[at] = to;
            Some(words.join("_"))
        })
    }

    /// Does a column of that name say that its values come from rows before (true) or after (false)?
    pub fn looks_behind(&self, column: &str) -> Option<bool> {
        match (any(column, &self.behind), any(column, &self.ahead)) {
            (true, false) => Some(true),
            (false, true) => Some(false),
            _ => None,
        }
    }

    /// Does a column of that name keep apart what no prediction made?
    pub fn keeps_apart(&self, column: &str) -> bool {
        any(column, &self.apart)
    }

    /// The label that a column of that name answers, where an engine of SQL asks a model.
    pub fn answered<'c>(&self, column: &'c str) -> Option<&'c str> {
        self.answers.iter().find_map(|start| column.strip_prefix(start.as_str())).filter(|label| !label.is_empty())
    }

    /// Does a column of that name tell which model made its row?
    pub fn tells_model(&self, column: &str) -> bool {
        any(column, &self.model)
    }

    /// Does a column of that name tell why something was chosen?
    pub fn tells_policy(&self, column: &str) -> bool {
        any(column, &self.policy)
    }

    /// Does a parameter of that name say how much rows count?
    pub fn weighs(&self, parameter: &str) -> bool {
        any(parameter, &self.weighs)
    }

    /// Does a function of that name judge a model?
    pub fn judges(&self, function: &str) -> bool {
        any(function, &self.judges)
    }

    /// Is the model under a stage or alias of that name the one in use?
    pub fn serves(&self, stage: &str) -> bool {
        any(stage, &self.serves)
    }

    /// Does an attribute of that name say what form a table or array has?
    pub fn forms(&self, attribute: &str) -> bool {
        self.forms.contains(attribute)
    }

    /// Does the ending of a path say that data lies there?
    pub fn ends_as_data(&self, path: &str) -> bool {
        let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        name.rsplit_once('.').is_some_and(|(_, ending)| self.endings.contains(&ending.to_ascii_lowercase()))
    }

    /// Does the ending of a path say that a program made it?
    pub fn ends_as_made(&self, path: &str) -> bool {
        let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        name.rsplit_once('.').is_some_and(|(_, ending)| self.made_endings.contains(&ending.to_ascii_lowercase()))
    }

    /// Does a step or function of that name say whether data are as they must be?
    pub fn verifies(&self, name: &str) -> bool {
        any(name, &self.verifies)
    }

    /// What a step or function of that name looks at: the words of it that do not say that it checks.
    pub fn verified(&self, name: &str) -> FxHashSet<String> {
        split(name).into_iter().filter(|word| !self.verifies.contains(word)).collect()
    }

    /// Does a step of that name put a model into use?
    pub fn deploys(&self, name: &str) -> bool {
        any(name, &self.deploys)
    }

    /// Does a command of these words build an image?
    pub fn builds_image(&self, program: &str, words: &[&str]) -> bool {
        words.iter().any(|word| self.builds_images.contains(&format!("{program} {word}")))
    }

    /// Does a tool run a step again when what it declares has changed?
    pub fn reruns_by_data(&self, tool: &str) -> bool {
        self.reruns_by_data.contains(tool)
    }

    /// Does a function of that name make of a text the value that it writes out?
    pub fn evaluates(&self, function: &str) -> bool {
        any(function, &self.evaluates)
    }

    /// Does a function of that name change something outside of the program?
    pub fn has_effect(&self, name: &str) -> bool {
        any(name, &self.effects)
    }

    /// Does an attribute or method of that name only show what a table looks like?
    pub fn looks(&self, attribute: &str) -> bool {
        self.looks.contains(attribute)
    }

    /// Does an attribute of that name say what a check has found?
    pub fn says_verdict(&self, attribute: &str) -> bool {
        self.verdicts.contains(attribute)
    }

    /// Does a function of that name only count, print or log what it is given?
    pub fn shows(&self, function: &str) -> bool {
        self.shows.contains(function)
    }

    /// Does a function of that name start work that goes on by itself?
    pub fn starts_work(&self, name: &str) -> bool {
        any(name, &self.starts)
    }

    /// Does a function of that name wait for work?
    pub fn waits(&self, name: &str) -> bool {
        any(name, &self.waits)
    }

    /// Do two names say the beginning and the end of one span of time: `start_date`, `end_date`?
    pub fn are_span(&self, first: &str, second: &str) -> bool {
        let (first, second) = (split(first), split(second));
        first.len() == second.len()
            && self.spans.iter().any(|[start, end]| {
                let mut both = first.iter().zip(&second).filter(|(a, b)| a != b);
                both.next().is_some_and(|(a, b)| a == start && b == end) && both.next().is_none()
            })
    }

    /// Says the name of an option no more than which way data goes: `--input-dir`, `--output`?
    pub fn says_direction(&self, option: &str) -> bool {
        split(option).iter().all(|word| self.direction.contains(word))
    }

    /// Does what a parameter of that name is given name data?
    pub fn holds_data(&self, parameter: &str) -> bool {
        any(parameter, &self.holds)
    }

    /// Is that the name of a part of rows that are parted for training and test?
    pub fn names_part(&self, name: &str) -> bool {
        any(name, &self.parts)
    }

    /// Are rows of that name kept for the end?
    pub fn names_last(&self, name: &str) -> bool {
        any(name, &self.last)
    }

    /// Are rows of that name those of the training?
    pub fn names_fitted(&self, name: &str) -> bool {
        any(name, &self.fitted)
    }

    /// Does a parameter of that name let a fit stop by what it watches?
    pub fn stops(&self, parameter: &str) -> bool {
        any(parameter, &self.stops)
    }

    /// Does a method of that name set a model back?
    pub fn sets_back(&self, method: &str) -> bool {
        self.back.contains(method)
    }

    /// Is what a function remembers forgotten by a method of that name?
    pub fn lets_forget(&self, method: &str) -> bool {
        self.forget.contains(method)
    }

    /// Does a column of that name hold what a model said?
    pub fn names_score(&self, column: &str) -> bool {
        any(column, &self.scores)
    }
}

/// Is one of the words that a name is made of among these?
fn any(name: &str, words: &FxHashSet<String>) -> bool {
    split(name).iter().any(|word| words.contains(word))
}

/// The words that a name is made of, in small letters: `readTable`, `read_table`, `ReadTable`.
pub fn split(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut before = false;
    for c in name.chars().chain(['_']) {
        let begins = c.is_uppercase() && before;
        if (!c.is_alphanumeric() || begins) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        before = c.is_lowercase();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_of_words_in_any_style() {
        let words = FxHashSet::from_iter(["table".to_owned()]);
        assert!(any("table_name", &words) && any("fromTable", &words) && any("TableName", &words));
        assert!(!any("tables", &words) && !any("stable", &words));
    }
}
