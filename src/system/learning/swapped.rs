//! Columns that bear each other's name, or the name of the opposite direction.

use rustc_hash::FxHashMap;

use super::super::View;
use super::chosen::Chosen;
use crate::fact::Text;
use crate::source::At;
use crate::system::graph::System;
use crate::value::frame::{Column, Formula, Frames};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Adds a group for each column whose name says the opposite of what it is computed from.
pub fn derive(view: &View<'_>, system: &mut System, frames: &Frames<'_>, chosen: &[Chosen<'_>]) {
    let mut told: Vec<At> = Vec::new();
    for one in chosen {
        let mut made: FxHashMap<Text, (&Column, At, Formula)> = FxHashMap::default();
        for column in one.x.columns.iter().chain(&one.x.left).chain(&one.y.columns) {
            if let (Some(of), Some(formula)) = (&column.made, frames.formula(column)) {
                made.entry(column.name).or_insert((column, of.at, formula));
            }
        }
        let mut names: Vec<Text> = made.keys().copied().collect();
        names.sort_unstable();
        for name in names {
            let (_, at, formula) = &made[&name];
            if told.contains(at) {
                continue;
            }
            let crossed = crossed(view, &made, name, formula);
            let because = match &crossed {
                Some(other) => {
                    Some(format!("`{name}` is computed from what belongs to `{other}`, and the other way round"))
                }
                None => against(view, &made, name, formula).or_else(|| copied(view, &made, name, formula)),
            };
            let Some(because) = because else { continue };
            told.push(*at);
            told.extend(crossed.and_then(|other| Some(made.get(&other)?.1)));
            let symbol = Text::from(view.program.path(at.file));
            let group = system.add(NodeKind::Group, name, *at, symbol);
            system.say(group, "what", "swapped");
            system.say(group, "because", &because);
            system.join(EdgeKind::Feeds, group, one.act.node, view.program.place(one.act.call), Certainty::Inferred);
        }
    }
}

/// The column with the opposite name, where each is computed from what the other's name says.
fn crossed(
    view: &View<'_>,
    made: &FxHashMap<Text, (&Column, At, Formula)>,
    name: Text,
    formula: &Formula,
) -> Option<Text> {
    let [source] = formula.columns.as_slice() else { return None };
    view.lexicon.words.opposites(&name).map(|other| Text::from(&other)).find(|other| {
        let Some((_, _, theirs)) = made.get(other) else { return false };
        let [from] = theirs.columns.as_slice() else { return false };
        // Each source is the other's with that word turned round, and says the other's name.
        let turned = view.lexicon.words.opposites(source).any(|turned| turned == from.as_str());
        turned && has(source, other) && !has(source, &name) && has(from, &name) && !has(from, other)
    })
}

/// Do all words of a name stand in another?
fn has(whole: &str, name: &str) -> bool {
    name.split('_').all(|word| whole.split('_').any(|other| other == word))
}

/// What is wrong with a column that looks the other way than its name says, where others of its frame look the right way.
fn against(
    view: &View<'_>,
    made: &FxHashMap<Text, (&Column, At, Formula)>,
    name: Text,
    formula: &Formula,
) -> Option<String> {
    let behind = view.lexicon.words.looks_behind(&name)?;
    let steps = steps(&formula.text)?;
    if (steps > 0) == behind {
        return None;
    }
    // Rows that are sorted downwards turn all of them round.
    let right = made.iter().any(|(other, (_, _, formula))| {
        *other != name
            && view.lexicon.words.looks_behind(other).zip(self::steps(&formula.text)).is_some_and(|(b, s)| (s > 0) == b)
    });
    let (says, looks) = if behind { ("earlier", "later") } else { ("later", "earlier") };
    (right || formula.columns.len() == 1)
        .then(|| format!("the name of `{name}` says {says} rows, and it takes its values from {looks} ones"))
}

/// What is wrong with a column that is computed just as the one with the opposite name, where the formula says that name.
fn copied(
    view: &View<'_>,
    made: &FxHashMap<Text, (&Column, At, Formula)>,
    name: Text,
    formula: &Formula,
) -> Option<String> {
    let other = view.lexicon.words.opposites(&name).map(|other| Text::from(&other)).find(|other| {
        let same = made.get(other).is_some_and(|(_, _, theirs)| theirs.text == formula.text);
        same && says(&formula.text, other, &name) && !says(&formula.text, &name, other)
    })?;
    Some(format!("`{name}` is computed just as `{other}`, its opposite"))
}

/// Does a formula say the words that one name has and another has not?
fn says(formula: &str, name: &str, other: &str) -> bool {
    let own = |word: &&str| other.split('_').all(|theirs| theirs != *word);
    let mut words = name.split('_').filter(own).peekable();
    words.peek().is_some() && words.all(|word| formula.split(|c: char| !c.is_alphanumeric()).any(|said| said == word))
}

/// By how many rows a formula looks back; negative: ahead.
fn steps(formula: &str) -> Option<i64> {
    let after = formula.rsplit_once(".shift(")?.1;
    let number = after.split([',', ')']).next()?.trim();
    let number = number.strip_prefix("periods=").unwrap_or(number);
    if number.is_empty() { Some(1) } else { number.parse().ok().filter(|steps| *steps != 0) }
}

#[cfg(test)]
mod tests {
    use super::{has, says, steps};

    #[test]
    fn a_formula_says_what_tells_two_names_apart() {
        assert!(says("[speed].max()", "speed_max", "speed_min"));
        assert!(!says("[speed].max()", "speed_min", "speed_max"));
        assert!(!says("[size]", "width", "height"));
    }

    #[test]
    fn shifts_tell_their_direction() {
        assert_eq!(steps("[load].shift(-3)"), Some(-3));
        assert_eq!(steps("[load].shift()"), Some(1));
        assert_eq!(steps("[load]"), None);
        assert!(has("raw_height", "height") && !has("raw_height", "width"));
    }
}
