//! Files of just: recipes with their lines, the variables that fill them, and the recipes that come before.

use rustc_hash::FxHashMap;

use super::comments::{line_comments, notes};
use super::excerpt::Excerpt;
use super::shell::{self, HOLE, LONGEST, Variables};
use crate::fact::{Declaration, Facts, Step, Text};
use crate::source::Span;

/// Is a file of that name one?
pub fn is_recipes(name: &str) -> bool {
    matches!(name.to_ascii_lowercase().as_str(), "justfile" | ".justfile")
}

/// A recipe: its name, where that stands, what comes before it, and its lines with where each begins.
struct Recipe<'t> {
    name: &'t str,
    span: Span,
    after: Vec<Text>,
    own: Vec<(&'t str, &'t str)>,
    lines: Vec<(&'t str, usize)>,
}

/// Reads a file.
pub fn read(text: &str) -> Facts {
    let mut facts = Facts::default();
    let mut variables: FxHashMap<&str, String> = FxHashMap::default();
    let mut recipes: Vec<Recipe<'_>> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let bare = line.trim();
        if line.starts_with([' ', '\t']) {
            if let Some(recipe) = recipes.last_mut() {
                let bare = bare.trim_start_matches(['@', '-']);
                recipe.lines.push((bare, start + line.find(bare).unwrap_or(0)));
            }
        } else if let Some((name, value)) = bare.split_once(":=") {
            let name = name.trim().trim_start_matches("export ").trim();
            variables.insert(name, literal(value).map_or(HOLE.to_owned(), str::to_owned));
        } else if let Some((head, after)) = bare.split_once(':').filter(|_| !bare.starts_with(['#', '[', '@'])) {
            recipes.extend(recipe(head, after, start));
        }
    }
    for recipe in recipes {
        let mut script = Excerpt::default();
        for (line, start) in &recipe.lines {
            filled(line, *start, &recipe.own, &variables, &mut script);
            script.copy("\n", start + line.len());
        }
        let commands = shell::commands(&script, &Variables::default());
        facts.commands.extend(commands.iter().cloned());
        let (name, tool) = (Text::from(recipe.name), Text::from("just"));
        let step = Step { name, tool, span: recipe.span, commands, after: recipe.after, ..Step::default() };
        facts.declarations.push(Declaration::Step(step));
    }
    facts.notes = notes(text, line_comments(text, &["#"]).into_iter());
    facts
}

/// `fit table="a.csv": prep (load "b")`
fn recipe<'t>(head: &'t str, after: &str, start: usize) -> Option<Recipe<'t>> {
    let mut words = head.split_whitespace();
    let name = words.next()?;
    let own = words.filter_map(|word| word.trim_start_matches(['+', '*', '$']).split_once('='));
    let own = own.filter_map(|(name, value)| Some((name, literal(value)?))).collect();
    let named = |word: &str| word.chars().next().is_some_and(char::is_alphabetic);
    let after =
        after.split('#').next().unwrap_or_default().split_whitespace().map(|word| word.trim_matches(['(', ')', '&']));
    let after = after.filter(|word| named(word)).map(Text::from).collect();
    Some(Recipe { name, span: Span::new(start, start + name.len()), after, own, lines: Vec::new() })
}

/// What a quoted text holds.
fn literal(value: &str) -> Option<&str> {
    let value = value.trim();
    ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote))
}

/// Adds a line with its `{{ variables }}`.
fn filled(line: &str, start: usize, own: &[(&str, &str)], variables: &FxHashMap<&str, String>, script: &mut Excerpt) {
    let mut at = 0;
    while let Some(open) = line.get(at..).and_then(|rest| rest.find("{{")).map(|i| at + i) {
        let close = line[open..].find("}}").map_or(line.len(), |i| open + i + 2);
        script.copy(&line[at..open], start + at);
        let name = line.get(open + 2..close.saturating_sub(2)).unwrap_or_default().trim();
        let value = own.iter().find(|(of, _)| *of == name).map(|(_, value)| *value);
        let value = value.or_else(|| variables.get(name).map(String::as_str)).filter(|value| value.len() <= LONGEST);
        script.fill(value.unwrap_or(HOLE), start + open, start + close);
        at = close;
    }
    script.copy(line.get(at..).unwrap_or_default(), start + at);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipes_are_steps_with_variables_filled_in() {
        let text = "# é\nt := \"a.csv\"\n\n[private]\nprep:\n    @python prep.py {{t}}\n\nfit rate=\"1\": prep\n    python fit.py {{ t }} {{rate}} {{other}}\n";
        let facts = read(text);
        let shown: Vec<String> = facts
            .declarations
            .iter()
            .filter_map(|d| if let Declaration::Step(step) = d { Some(step) } else { None })
            .map(|step| {
                let words = step.commands.iter().flat_map(|c| &c.words).map(|w| w.as_str());
                format!("{} {} {}", step.name, step.after.len(), words.collect::<Vec<_>>().join(" "))
            })
            .collect();
        assert_eq!(shown, ["prep 0 python prep.py a.csv", "fit 1 python fit.py a.csv 1 {}"]);
    }
}
