//! Branches for values of a setting that no settings file, command or code ever gives it.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Known, View};
use crate::fact::{Comparison, Declaration, OpKind, Scalar, Text, Val};
use crate::program::{Def, Node};
use crate::source::{At, FileId};
use crate::system::graph::System;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// A setting with so many values that nothing gives it is a menu for those who use the program.
const MENU: usize = 4;

/// A branch that runs only for one value of a setting.
struct Choice {
    def: Def,
    start: Node,
    setting: Text,
    value: Text,
    statements: u32,
}

/// Adds a branch for each of them whose value is said nowhere else, while another branch's value of the setting is.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let choices = choices(view, known);
    if choices.is_empty() {
        return;
    }
    let said = said(view, &choices);
    let chosen: FxHashSet<Text> = choices.iter().filter(|c| said.contains(&c.value)).map(|c| c.setting).collect();
    let unsaid: Vec<&Choice> =
        choices.iter().filter(|c| chosen.contains(&c.setting) && !said.contains(&c.value)).collect();
    let mut values: FxHashMap<Text, FxHashSet<Text>> = FxHashMap::default();
    for choice in &unsaid {
        values.entry(choice.setting).or_default().insert(choice.value);
    }
    for choice in unsaid.into_iter().filter(|c| values.get(&c.setting).is_some_and(|of| of.len() < MENU)) {
        let Some(place) = defined(view, choice.def.file, choice.setting) else { continue };
        let role = known.roles[choice.def.file.index()].word();
        let at = view.program.place(choice.start);
        let branch = system.add(NodeKind::Branch, choice.value, at, view.symbol(choice.def));
        system.say(branch, "role", role);
        system.say(branch, "asks", "setting");
        system.count(branch, "statements", choice.statements as usize);
        let path = Text::from(view.program.path(place.file));
        let setting = system.add(NodeKind::Setting, choice.setting, place, path);
        system.say(setting, "form", "choice");
        system.mark(setting, "defined");
        system.join(EdgeKind::Guards, setting, branch, at, Certainty::Inferred);
    }
}

/// Branches of code that compare what is named like a key of a settings file, or is an option, with a word.
fn choices(view: &View<'_>, known: &Known) -> Vec<Choice> {
    let mut found = Vec::new();
    for (def, node) in view.real(&view.sorted.conditions, known) {
        let OpKind::If(condition, statements) = view.program.op(node).kind else { continue };
        let beside = |value: Val| Node { value, ..node };
        let OpKind::Compare(Comparison::Equal, left, right) = view.program.op(beside(condition)).kind else { continue };
        let (of, value) = match (view.program.literal(beside(left)), view.program.literal(beside(right))) {
            (None, Some(value)) => (left, value),
            (Some(value), None) => (right, value),
            _ => continue,
        };
        // Any object may have a field of that name; a parsed option is known.
        let setting = match view.program.op(beside(of)).kind {
            OpKind::Attr(_, name) => option(view, def.file, name).map(|_| name),
            OpKind::Index(_, key) => view.program.literal(beside(key)),
            _ => None,
        };
        if let Some(setting) = setting.filter(|name| defined(view, def.file, *name).is_some() && !value.is_empty()) {
            found.push(Choice { def, start: node, setting, value, statements });
        }
    }
    found
}

/// Where a settings file gives a word to a key of that name, or an option of that name takes one.
fn defined(view: &View<'_>, file: FileId, key: Text) -> Option<At> {
    let all = view.evaluator.settings.ending(view.program, &[key]);
    let set = all.into_iter().find(|(_, s)| matches!(s.value, Scalar::Text(_)));
    set.map(|(file, setting)| At { file, span: setting.span }).or_else(|| option(view, file, key))
}

fn option(view: &View<'_>, file: FileId, name: Text) -> Option<At> {
    let option = view.evaluator.options.get(view.evaluator.options.find(Def { file, id: 0 }, name)?)?;
    option.default.and_then(|default| view.program.literal(default))?;
    Some(view.program.place(option.call))
}

/// The values among those of the choices that anything says: settings, commands, and code that does more than compare.
fn said(view: &View<'_>, choices: &[Choice]) -> FxHashSet<Text> {
    let wanted: FxHashSet<Text> = choices.iter().map(|choice| choice.value).collect();
    let mut said: FxHashSet<Text> = FxHashSet::default();
    for facts in view.program.facts {
        let texts =
            facts.settings.iter().filter_map(|s| if let Scalar::Text(text) = s.value { Some(text) } else { None });
        let steps = facts.declarations.iter().filter_map(|d| if let Declaration::Step(s) = d { Some(s) } else { None });
        let commands = facts.commands.iter().chain(steps.flat_map(|step| &step.commands));
        let words = commands.flat_map(|command| &command.words).map(|word| {
            let value = word.rsplit_once('=').map_or(word.as_str(), |(_, value)| value);
            Text::from(value)
        });
        said.extend(texts.chain(words).filter(|text| wanted.contains(text)));
        // How often each is written, and how often only to be compared with.
        let mut written: FxHashMap<Text, i32> = FxHashMap::default();
        for op in &facts.ops {
            match op.kind {
                OpKind::Str(text) if wanted.contains(&text) => *written.entry(text).or_default() += 1,
                OpKind::Compare(Comparison::Equal | Comparison::Unequal, left, right) => {
                    for value in [left, right] {
                        if let OpKind::Str(text) = facts.op(value).kind
                            && wanted.contains(&text)
                        {
                            *written.entry(text).or_default() -= 1;
                        }
                    }
                }
                _ => {}
            }
        }
        said.extend(written.into_iter().filter(|(_, times)| *times > 0).map(|(text, _)| text));
    }
    said
}
