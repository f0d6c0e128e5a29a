//! Names that a settings file lets a generator make out of lists, and that no list of the same file takes up.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Known, Role, View};
use crate::fact::{Scalar, Setting, Text};
use crate::source::{At, FileId, Kind};
use crate::system::graph::System;
use crate::vocabulary::NodeKind;

/// So many names of one map have to be taken up before the others are missed.
const TAKEN: usize = 3;
/// More lists in one map, or names out of one, are not what a person writes.
const LISTS: usize = 8;
const NAMES: usize = 2000;

/// Adds a feature for each name that a map's lists make and that nothing takes up, though its siblings are.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let written = |file: &FileId| {
        let kind = view.program.sources[file.index()].kind;
        matches!(kind, Kind::Yaml | Kind::Json | Kind::Toml) && known.roles[file.index()] != Role::Test
    };
    for file in view.program.files().filter(written) {
        let settings = &view.program.file(file).settings;
        let words: FxHashSet<&str> = settings.iter().filter_map(text).collect();
        for lists in maps(settings).into_values().filter(|lists| (2..=LISTS).contains(&lists.len())) {
            let Some((joined, at)) = made(&lists, &words) else { continue };
            let unused: Vec<&String> = joined.iter().filter(|name| !words.contains(name.as_str())).collect();
            if unused.is_empty() || unused.len() * 2 > joined.len() {
                continue;
            }
            let at = At { file, span: at.span };
            for name in unused {
                let symbol = Text::from(view.program.path(file));
                let feature = system.add(NodeKind::Feature, Text::from(name), at, symbol);
                system.say(feature, "part", "generated");
            }
        }
    }
}

/// The lists of each map, with their elements.
type Lists<'a> = Vec<(Text, Vec<&'a Setting>)>;

fn text(setting: &Setting) -> Option<&str> {
    match &setting.value {
        Scalar::Text(text) => Some(text.as_str()),
        _ => None,
    }
}

fn maps(settings: &[Setting]) -> FxHashMap<&[Text], Lists<'_>> {
    let mut maps: FxHashMap<&[Text], Lists<'_>> = FxHashMap::default();
    for setting in settings {
        let [map @ .., list, index] = setting.keys.as_slice() else { continue };
        let element = matches!(setting.value, Scalar::Text(_) | Scalar::Int(_));
        if !element || index.parse::<u32>().is_err() || list.parse::<u32>().is_ok() {
            continue;
        }
        let lists = maps.entry(map).or_default();
        match lists.iter_mut().find(|(name, _)| name == list) {
            Some((_, elements)) => elements.push(setting),
            None => lists.push((*list, vec![setting])),
        }
    }
    maps
}

/// The names that a map's lists make, joined by `_` in the order in which enough of them are taken up; and the place
/// of the list of numbers, or of the first.
fn made<'a>(lists: &Lists<'a>, words: &FxHashSet<&str>) -> Option<(Vec<String>, &'a Setting)> {
    let numbers = |elements: &[&Setting]| elements.iter().all(|e| matches!(e.value, Scalar::Int(_)));
    let (_, last) = lists.iter().find(|(_, elements)| elements.len() > 1 && numbers(elements))?;
    let others: Vec<&Vec<&Setting>> = lists.iter().map(|(_, e)| e).filter(|e| !numbers(e)).collect();
    for first in &others {
        // One list of columns and numbers, or one of columns, one of functions, and numbers.
        let alone = std::iter::once(vec![*first, last]);
        let pairs = others.iter().filter(|second| !std::ptr::eq(**second, *first)).map(|s| vec![*first, *s, last]);
        for order in pairs.chain(alone) {
            let names = product(&order)?;
            if names.iter().filter(|name| words.contains(name.as_str())).count() >= TAKEN {
                return Some((names, last.first()?));
            }
        }
    }
    None
}

fn product(lists: &[&Vec<&Setting>]) -> Option<Vec<String>> {
    let mut names = vec![String::new()];
    for list in lists {
        if names.len() * list.len() > NAMES {
            return None;
        }
        let words: Vec<String> = list.iter().filter_map(|e| e.value.text()).collect();
        let join = |name: &String, word: &String| if name.is_empty() { word.clone() } else { format!("{name}_{word}") };
        names = names.iter().flat_map(|name| words.iter().map(move |word| join(name, word))).collect();
    }
    Some(names)
}
