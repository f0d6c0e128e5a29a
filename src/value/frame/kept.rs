//! Names of columns that lie in files: lists and maps of settings, a field of each entry of a list, lines of a text.

use super::{Chosen, Frames, Seen};
use crate::fact::{OpKind, Role, Scalar, Setting, Text, Val};
use crate::source::At;
use crate::value::settings::{SettingsIndex, SettingsNode};
use crate::value::text::ROOT;
use crate::value::types::Callee;

/// Values between a list and the file that it is read from.
const STEPS: usize = 16;

impl Frames<'_> {
    /// The list under a key that only one place of all settings files has.
    pub(super) fn only_key(&self, key: Text) -> Option<Chosen> {
        let found = self.evaluator.settings.ending(self.program(), &[key]);
        let [(file, setting)] = found.as_slice() else { return None };
        let list = matches!(setting.value, Scalar::List(length) if length > 0);
        let node = SettingsNode { file: *file, keys: setting.keys.clone() };
        list.then(|| self.in_settings(&node)).flatten().filter(|chosen| !chosen.some)
    }

    /// The texts of a list, or the text, at a place of a settings file.
    pub(super) fn in_settings(&self, node: &SettingsNode) -> Option<Chosen> {
        let program = self.program();
        let name = |value: &Scalar, span| match value {
            Scalar::Text(text) => Some((*text, At { file: node.file, span })),
            _ => None,
        };
        let inner = self.below(node);
        let value = match node.keys.as_slice() {
            [] => {
                let first = inner.first()?;
                let list = first.keys.first().is_some_and(|key| *key == "0");
                let count = u32::try_from(inner.len()).unwrap_or(u32::MAX);
                if list { Scalar::List(count) } else { Scalar::Map(count) }
            }
            _ => {
                let setting = self.evaluator.settings.get(program, node)?;
                if let Scalar::Text(_) = setting.value {
                    let these = name(&setting.value, setting.value_span).into_iter().collect();
                    return Some(Chosen { these, word: true, ..Chosen::default() });
                }
                setting.value
            }
        };
        let mut chosen = Chosen::default();
        for one in inner {
            let found = match value {
                Scalar::Map(_) => one.keys.last().map(|key| (*key, At { file: node.file, span: one.span })),
                Scalar::List(_) => name(&one.value, one.value_span),
                _ => return None,
            };
            match found {
                Some(found) => chosen.these.push(found),
                None => chosen.some = true,
            }
        }
        matches!(value, Scalar::Map(_) | Scalar::List(_)).then_some(chosen)
    }

    /// What stands right below a place of a settings file.
    fn below(&self, node: &SettingsNode) -> Vec<&Setting> {
        let all = self.program().file(node.file).settings.iter();
        all.filter(|s| s.keys.len() == node.keys.len() + 1 && s.keys.starts_with(&node.keys)).collect()
    }

    /// `entry["name"]` of each entry of a list in a settings file, as far as the conditions of the loop let it through.
    pub(super) fn of_each_entry(&self, seen: &Seen, until: Option<Val>) -> Option<Chosen> {
        let (object, key) = self.evaluator.key_read(seen.node)?;
        let OpKind::Element(sequence) = self.program().op(object).kind else { return None };
        let list = self.evaluator.settings_node(&seen.beside(sequence))?;
        let mut tests: Vec<(Text, bool)> = Vec::new();
        let mut some = false;
        for value in object.value..until.unwrap_or(object.value) {
            let OpKind::Test(condition) = self.program().op(seen.beside(value).node).kind else { continue };
            let (condition, wanted) = match self.program().op(seen.beside(condition).node).kind {
                OpKind::Not(inner) => (inner, false),
                _ => (condition, true),
            };
            match self.evaluator.key_read(seen.beside(condition).node) {
                Some((of, key)) if of == object => tests.push((key, wanted)),
                _ => some = true,
            }
        }
        let entries = self.below(&list);
        if entries.is_empty() {
            return None;
        }
        let mut chosen = Chosen { some, ..Chosen::default() };
        for entry in entries {
            let field = |key: Text| {
                let mut keys = entry.keys.clone();
                keys.push(key);
                self.evaluator.settings.get(self.program(), &SettingsNode { file: list.file, keys })
            };
            let fails = |(key, wanted): &(Text, bool)| match field(*key).map(|s| s.value) {
                Some(Scalar::Bool(on)) => on != *wanted,
                None => *wanted,
                Some(_) => !*wanted,
            };
            if tests.iter().any(fails) {
                continue;
            }
            match field(key) {
                Some(Setting { value: Scalar::Text(name), value_span, .. }) => {
                    chosen.these.push((*name, At { file: list.file, span: *value_span }));
                }
                _ => chosen.some = true,
            }
        }
        Some(chosen)
    }

    /// The lines of a text file, or the elements of another, that a value is read from.
    pub(super) fn lines(&self, seen: &Seen) -> Option<Chosen> {
        let (program, types) = (self.program(), self.follow().types);
        let mut seen = seen.clone();
        for _ in 0..STEPS {
            let next = match program.op(seen.node).kind {
                OpKind::Call(function, operands) => {
                    let opens = types.callees(seen.node).iter().find_map(|c| match c {
                        Callee::Meaning(m) if m.opens || m.reads.is_some() => m.place.as_ref(),
                        _ => None,
                    });
                    if let Some(place) = opens.and_then(|slot| types.slot(seen.node, slot)) {
                        return self.listed_at(&seen.beside(place.value));
                    }
                    if types.callees(seen.node).iter().any(|c| matches!(c, Callee::Function(..))) {
                        self.only_back(&seen)?
                    } else {
                        let receiver = match program.op(seen.beside(function).node).kind {
                            OpKind::Attr(object, _) if types.library_name(seen.beside(object).node).is_none() => {
                                Some(object)
                            }
                            _ => None,
                        };
                        let operands = program.operands(seen.node.file, operands);
                        let first = operands.iter().find(|o| o.role == Role::Plain).map(|o| o.value);
                        seen.beside(receiver.or(first)?)
                    }
                }
                OpKind::Element(value) | OpKind::With(value) | OpKind::After(value, _) | OpKind::Index(value, _) => {
                    seen.beside(value)
                }
                OpKind::List(operands) => match program.operands(seen.node.file, operands) {
                    [only] => seen.beside(only.value),
                    _ => return None,
                },
                _ => self.only_back(&seen)?,
            };
            seen = next;
        }
        None
    }

    fn only_back(&self, seen: &Seen) -> Option<Seen> {
        let mut back = self.follow().back(seen).values;
        back.pop().filter(|_| back.is_empty())
    }

    /// What the file at a place lists.
    fn listed_at(&self, place: &Seen) -> Option<Chosen> {
        let place = self.evaluator.opened(place.clone());
        let found = self.evaluator.texts(&place).patterns;
        found.iter().find_map(|pattern| {
            let path = self.evaluator.plain(pattern)?;
            let path = path.strip_prefix(ROOT).unwrap_or(&path).to_owned();
            let file = SettingsIndex::file(self.program(), place.node.file, &path)?;
            self.in_settings(&SettingsNode { file, keys: Vec::new() })
        })
    }
}
