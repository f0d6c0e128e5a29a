//! MLproject files: entry points with typed parameters; a parameter that is a path is an input.

use super::command::split;
use super::items::Item;
use crate::fact::{Command, Declaration, Facts, Step, Text, Word};

/// Reads the entry points of a file that is already read as settings.
pub fn read(facts: &mut Facts) {
    let entries = Item::root(&facts.settings).get("entry_points");
    let steps: Vec<Step> =
        entries.into_iter().flat_map(Item::entries).filter_map(|(name, entry)| step(name, entry)).collect();
    for step in steps {
        facts.commands.extend(step.commands.iter().cloned());
        facts.declarations.push(Declaration::Step(step));
    }
    // The file's own keys are no settings of the system.
    facts.settings.retain(|s| s.repeats.is_some());
}

fn step(name: Text, entry: Item<'_>) -> Option<Step> {
    let command = entry.text("command")?;
    let mut line = command.text.as_str().to_owned();
    let mut asked = line.clone();
    let mut inputs: Vec<Word> = Vec::new();
    for (parameter, of) in entry.get("parameters").into_iter().flat_map(Item::entries) {
        let kind = of.text("type").or_else(|| of.word()).map(|word| word.text);
        let default = of.text("default");
        let value = default.map_or("{}", |word| word.text.as_str());
        line = line.replace(&format!("{{{parameter}}}"), value);
        asked = asked.replace(&format!("{{{parameter}}}"), &format!("\u{2}{parameter}={value}\u{2}"));
        if kind.is_some_and(|kind| kind == "path" || kind == "uri") {
            inputs.extend(default);
        }
    }
    let mut commands: Vec<Command> = split(&line, command.span);
    // Who starts the entry point may give other values.
    for (command, asked) in commands.iter_mut().zip(split(&asked, command.span)) {
        command.asked = asked.words;
    }
    let span = entry.own.map(|own| own.span).unwrap_or_default();
    Some(Step { name, tool: Text::from("mlflow"), span, commands, inputs, ..Step::default() })
}

#[cfg(test)]
mod tests {
    use super::super::settings::yaml;
    use super::*;

    #[test]
    fn paths_with_a_default_are_inputs() {
        let text = "name: t\nentry_points:\n  main:\n    parameters:\n      data: {type: path, default: a.csv}\n      rate: {type: float, default: 0.5}\n      other: path\n    command: \"A=b python t.py {data} {rate} {other}\"\n  bare:\n    command: python u.py\n  none: {}\n";
        let mut facts = yaml(text);
        read(&mut facts);
        let words: Vec<Vec<&str>> =
            facts.commands.iter().map(|c| c.words.iter().map(|w| w.as_str()).collect()).collect();
        assert_eq!(words, [vec!["python", "t.py", "a.csv", "0.5", "{}"], vec!["python", "u.py"]]);
        let [Declaration::Step(step), _] = facts.declarations.as_slice() else { panic!("no step") };
        assert_eq!((step.name.as_str(), step.inputs[0].text.as_str()), ("main", "a.csv"));
    }
}
