//! Makefiles as the commands of their recipes, and rules that make files from files as steps.

mod functions;

use makefile_lossless::{Makefile, Recipe, Rule, TextRange};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::fact::{Command, Declaration, Facts, Step, Text, Word};
use crate::read::command::closing;
use crate::read::comments::{line_comments, notes};
use crate::read::excerpt::Excerpt;
use crate::read::shell::{self, HOLE, LONGEST, Variables};
use crate::source::Span;

/// More uses of one pattern tell nothing new.
const STEMS: usize = 16;

/// Patterns whose files are made by patterns, one after the other.
const CHAINED: usize = 4;

/// Of so many files nobody sees each.
const ASKED: usize = 512;

/// Reads a Makefile; dialects differ, so that what does not parse is no trouble.
pub fn read(text: &str) -> Facts {
    let mut facts = Facts::default();
    let makefile = Makefile::parse(text).tree();
    let mut variables = variables(&makefile);
    let own = handed(&variables);
    // What an included file sets is known to who links them.
    if includes(text) {
        for name in asked(text).filter(|name| !variables.contains_key(*name)).map(str::to_owned).collect::<Vec<_>>() {
            let mark = format!("\u{2}{name}\u{2}");
            variables.insert(name, mark);
        }
        variables = again(&makefile, variables);
    }
    let stems = Stems::new(text, &makefile, &variables);
    let mut of_rules: FxHashSet<usize> = FxHashSet::default();
    for rule in makefile.rules() {
        of_rules.extend(rule.recipe_nodes().filter_map(|recipe| start(&recipe)));
        for stem in stems.of(text, &rule, &variables) {
            let Some((step, names_files)) = step(text, &rule, &mut variables, stem.as_deref()) else { continue };
            facts.commands.extend(step.commands.iter().cloned());
            facts.declarations.extend(names_files.then_some(Declaration::Step(step)));
        }
    }
    // What stands under a condition belongs to no rule that is known.
    for recipe in makefile.recipe_nodes().filter(|recipe| start(recipe).is_none_or(|at| !of_rules.contains(&at))) {
        facts.commands.extend(shell::commands(&expanded(text, &recipe, &variables), &Variables::default()));
    }
    facts.commands.sort_by_key(|command| command.span.start);
    facts.declarations.extend(own);
    facts.notes = notes(text, line_comments(text, &["#"]).into_iter());
    facts
}

/// A rule with a recipe: one that makes files from files declares them, one that only names something to do declares no data.
fn step(text: &str, rule: &Rule, variables: &mut Variables, stem: Option<&str>) -> Option<(Step, bool)> {
    let stem = stem.unwrap_or(HOLE);
    let mut outputs = words(text, rule.target_ranges(), variables, stem);
    let mut inputs = words(text, rule.prerequisite_ranges(), variables, stem);
    for word in outputs.iter_mut().chain(&mut inputs) {
        word.text = Text::from(word.text.strip_prefix("./").unwrap_or(&word.text));
    }
    let all = inputs.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ");
    let (target, span) = outputs.first().map(|w| (w.text, w.span))?;
    let first = inputs.first().map_or("", |word| word.text.as_str());
    let folder = |path: &str| path.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned();
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let own = [
        ("@", target.to_string()),
        ("<", first.to_owned()),
        ("^", all.clone()),
        ("+", all.clone()),
        ("?", all),
        ("@D", folder(&target)),
        ("@F", name(&target)),
        ("<D", folder(first)),
        ("<F", name(first)),
        ("*", stem.to_owned()),
    ];
    for (name, value) in own.iter().filter(|(_, value)| value.len() <= LONGEST) {
        variables.insert((*name).to_owned(), value.clone());
    }
    let recipes = rule.recipe_nodes().map(|recipe| expanded(text, &recipe, variables));
    let commands: Vec<Command> = recipes.flat_map(|recipe| shell::commands(&recipe, &Variables::default())).collect();
    own.iter().for_each(|(name, _)| drop(variables.remove(*name)));
    if commands.is_empty() {
        return None;
    }
    let after = inputs.iter().map(|word| word.text).collect();
    let files = outputs.iter().all(|w| is_file(&w.text)) && inputs.iter().any(|w| is_file(&w.text));
    let (inputs, outputs) = match files {
        true => (inputs.into_iter().filter(|w| is_file(&w.text)).collect(), outputs),
        false => (Vec::new(), Vec::new()),
    };
    let tool = Text::from("make");
    let step = Step { name: target, tool, span, commands, inputs, outputs, after, ..Step::default() };
    Some((step, !target.starts_with('.')))
}

/// Where a recipe begins.
fn start(recipe: &Recipe) -> Option<usize> {
    recipe.line_ranges().next().map(|range| usize::from(range.start()))
}

/// The variables that a file sets, for those that include it.
fn handed(variables: &Variables) -> Vec<Declaration> {
    let mut names: Vec<&String> = variables.keys().collect();
    names.sort_unstable();
    let known = names.into_iter().filter(|name| !variables[*name].contains(HOLE));
    let variable = |name: &String| {
        let word = Word { text: Text::from(name), span: Span::default() };
        Declaration::Variable(word, Text::from(&variables[name]))
    };
    known.map(variable).collect()
}

/// Does a file take over variables of others?
fn includes(text: &str) -> bool {
    text.lines().any(|line| line.trim_start_matches('-').trim_start().starts_with("include "))
}

/// What files a Makefile asks for, and which of them have rules of their own: the others are made by patterns.
struct Stems {
    asked: Vec<String>,
}

impl Stems {
    fn new(text: &str, makefile: &Makefile, variables: &Variables) -> Self {
        let mut asked: Vec<String> = Vec::new();
        let mut made: FxHashSet<String> = FxHashSet::default();
        for rule in makefile.rules() {
            asked.extend(
                words(text, rule.prerequisite_ranges(), variables, "%").into_iter().map(|w| w.text.to_string()),
            );
            made.extend(words(text, rule.target_ranges(), variables, "%").into_iter().map(|w| w.text.to_string()));
        }
        asked.retain(|word| !word.contains(['%', '{']) && !made.contains(word));
        asked.sort_unstable();
        asked.dedup();
        let mut stems = Self { asked };
        // What a pattern asks for may be made by another one.
        for _ in 0..CHAINED {
            let mut more: Vec<String> = Vec::new();
            for rule in makefile.rules() {
                for stem in stems.of(text, &rule, variables).into_iter().flatten() {
                    let inputs = words(text, rule.prerequisite_ranges(), variables, &stem);
                    more.extend(inputs.into_iter().map(|word| word.text.to_string()));
                }
            }
            more.retain(|word| !word.contains(['%', '{']) && !made.contains(word) && !stems.asked.contains(word));
            more.sort_unstable();
            more.dedup();
            if more.is_empty() || stems.asked.len() + more.len() > ASKED {
                break;
            }
            stems.asked.extend(more);
        }
        stems
    }

    /// The stems with which a rule is used: none for a rule that is no pattern, or whose uses are not to be seen.
    fn of(&self, text: &str, rule: &Rule, variables: &Variables) -> Vec<Option<String>> {
        let targets = words(text, rule.target_ranges(), variables, "%");
        let [target] = targets.as_slice() else { return vec![None] };
        let Some((before, after)) = target.text.split_once('%') else { return vec![None] };
        let stem = |word: &String| {
            let stem = word.strip_prefix(before)?.strip_suffix(after)?;
            (!stem.is_empty()).then(|| Some(stem.to_owned()))
        };
        let found: Vec<Option<String>> = self.asked.iter().filter_map(stem).take(STEMS).collect();
        if found.is_empty() { vec![None] } else { found }
    }
}

/// The words of a list with variables filled in, and the stem of a pattern.
fn words(text: &str, ranges: impl Iterator<Item = TextRange>, variables: &Variables, stem: &str) -> Vec<Word> {
    let mut words = Vec::new();
    for range in ranges {
        let (start, end) = (usize::from(range.start()), usize::from(range.end()));
        let mut excerpt = Excerpt::default();
        expand(text.get(start..end).unwrap_or_default(), start, variables, &mut excerpt, 0);
        let of_list = excerpt.text().split_whitespace().map(|word| Text::from(&word.replace('%', stem)));
        words.extend(of_list.map(|text| Word { text, span: Span::new(start, end) }));
    }
    words
}

/// Targets without a folder or an ending are names of things to do.
fn is_file(word: &str) -> bool {
    let known = word.replace(HOLE, "");
    !word.starts_with('.') && known.contains(['.', '/']) && known.bytes().any(|b| b.is_ascii_alphanumeric())
}

/// The names of variables that a file asks for.
fn asked(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("$(").filter_map(|(at, _)| {
        let name = text.get(at + 2..)?.split_once(')')?.0;
        let plain = name.len() > 1 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        plain.then_some(name)
    })
}

/// The same with what is known besides.
fn again(makefile: &Makefile, known: Variables) -> Variables {
    let unset: Variables = known.into_iter().filter(|(_, value)| value.starts_with('\u{2}')).collect();
    with(makefile, unset)
}

/// What variables hold that are assigned once.
fn variables(makefile: &Makefile) -> Variables {
    with(makefile, Variables::default())
}

fn with(makefile: &Makefile, mut variables: Variables) -> Variables {
    let assigned = || makefile.variable_definitions().filter_map(|d| Some((d.name()?, d)));
    let mut times: FxHashMap<String, usize> = FxHashMap::default();
    for (name, _) in assigned() {
        *times.entry(name).or_default() += 1;
    }
    for (name, definition) in assigned() {
        let once = times.get(&name) == Some(&1) && !definition.is_define();
        let mut excerpt = Excerpt::default();
        match definition.raw_value().filter(|_| once) {
            Some(value) => expand(value.trim(), 0, &variables, &mut excerpt, 0),
            None => excerpt.copy(HOLE, 0),
        }
        let value = Some(excerpt.text()).filter(|value| value.len() <= LONGEST);
        variables.insert(name, value.unwrap_or(HOLE).to_owned());
    }
    variables
}

/// A recipe as the shell gets it.
fn expanded(text: &str, recipe: &Recipe, variables: &Variables) -> Excerpt {
    let mut excerpt = Excerpt::default();
    for range in recipe.line_ranges() {
        let (start, end) = (usize::from(range.start()), usize::from(range.end()));
        let line = text.get(start..end).unwrap_or_default();
        // Make's own marks in front: silent, ignoring errors, always run.
        let bare = if excerpt.text().is_empty() { line.trim_start_matches(['@', '-', '+', ' ', '\t']) } else { line };
        expand(bare, start + line.len() - bare.len(), variables, &mut excerpt, 0);
        excerpt.copy("\n", end);
    }
    excerpt
}

/// Adds a text with its variables filled in, and what make computes of them.
fn expand(text: &str, start: usize, variables: &Variables, excerpt: &mut Excerpt, depth: usize) {
    let mut at = 0;
    while let Some(dollar) = text.get(at..).and_then(|rest| rest.find('$')).map(|i| at + i) {
        excerpt.copy(&text[at..dollar], start + at);
        let length = reference(&text[dollar..]);
        let inner = &text[dollar..dollar + length];
        let name = inner.strip_prefix('$').unwrap_or(inner);
        let bare = name.strip_prefix(['(', '{']).and_then(|name| name.strip_suffix([')', '}'])).unwrap_or(name);
        let value = match inner {
            "$$" => Some("$".to_owned()),
            _ => functions::value(bare, variables, depth),
        };
        excerpt.fill(value.as_deref().unwrap_or(HOLE), start + dollar, start + dollar + length);
        at = dollar + length;
    }
    excerpt.copy(text.get(at..).unwrap_or_default(), start + at);
}

/// The length of the reference at the beginning of a text: `$x`, `$$`, `$(x)`, `${x}`, `$(f $(x))`.
fn reference(text: &str) -> usize {
    1 + closing(text.get(1..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn words(text: &str) -> Vec<String> {
        read(text).commands.iter().map(|c| c.words.iter().map(|w| w.as_str()).collect::<Vec<_>>().join("|")).collect()
    }

    #[test]
    fn recipes_are_commands_with_variables_filled_in() {
        let text = "# é\nBASE := https://é.org\nURL = $(BASE)/x\nN = 1\nN += 2\n\nall: a\n\t@wget ${URL}.csv -O $@ && \\\n\t\techo $$HOME $(N) $(shell date)\n\t-python t.py # mldebt: ignore[x] y\n";
        assert_eq!(words(text), ["wget|https://é.org/x.csv|-O|all", "echo|{}|{}|{}", "python|t.py"]);
        let facts = read(text);
        let slices: Vec<&str> =
            facts.commands.iter().map(|c| &text[c.span.start as usize..c.span.end as usize]).collect();
        assert_eq!(slices, ["wget ${URL}.csv -O $@", "echo $$HOME $(N) $(shell date)", "python t.py"]);
        assert_eq!(facts.notes.len(), 1);
    }

    #[test]
    fn recipes_under_conditions_are_read() {
        assert_eq!(words("ifdef A\nb:\n\tc\nelse\nb: ; d\nendif\n"), ["c", "d"]);
    }

    #[test]
    fn rules_that_make_files_are_steps() {
        let text = "D = data\n.PHONY: all\nall: $D/b.csv\n\tpython all.py\n$(D)/b.csv m.pkl: $D/a.csv b.py | $D\n\tpython b.py $< $@\n%.json: %.csv\n\tconvert $^\nclean:\n\trm x\nc.csv:\n\tcurl x\n";
        let facts = read(text);
        let show = |d: &Declaration| {
            let Declaration::Step(step) = d else { return String::new() };
            let join = |words: &[Word]| words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(",");
            let command: Vec<&str> = step.commands[0].words.iter().map(|w| w.as_str()).collect();
            format!("{} <- {}: {}", join(&step.outputs), join(&step.inputs), command.join(" "))
        };
        let shown: Vec<String> = facts.declarations.iter().map(show).filter(|shown| !shown.is_empty()).collect();
        let expected = [
            " <- : python all.py",
            "data/b.csv,m.pkl <- data/a.csv,b.py: python b.py data/a.csv data/b.csv",
            "{}.json <- {}.csv: convert {}.csv",
            " <- : rm x",
            " <- : curl x",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn hostile_makefiles_end_soon() {
        let shapes = [
            format!("a:\n\techo {}", "$(".repeat(20_000)),
            format!("a:\n\techo {}", "(".repeat(20_000)),
            "A=$(".repeat(20_000),
            "ifdef A\n".repeat(20_000),
            "A = $(A)$(A)\n".repeat(5_000),
            (0..200).map(|i| format!("A{} = $(A{i})$(A{i})\n", i + 1)).collect(),
            (0..20_000).map(|i| format!("A{i} = x\n")).collect(),
            "define a\n".repeat(20_000),
            "a:\n\tb \\\n".repeat(20_000),
        ];
        for shape in shapes {
            let start = Instant::now();
            read(&shape);
            let shown: String = shape.chars().take(12).collect();
            assert!(start.elapsed() < Duration::from_secs(30), "{shown} took {:?}", start.elapsed());
        }
    }
}
