//! The texts that stand in settings files, read through any chain of indexes, attributes and `get`s.

use smallvec::smallvec;

use super::pattern::{Part, Pattern, Patterns, holes};
use super::{DEPTH, Evaluator, ROOT, Work};
use crate::fact::{OpKind, Role, Text, Val};
use crate::lexicon::{Returns, Slot};
use crate::program::{Node, join};
use crate::source::FileId;
use crate::value::follow::Seen;
use crate::value::settings::{SettingsIndex, SettingsNode, dotted};
use crate::value::types::{Callee, Type};

/// Values looked at for one place in a settings file.
const STEPS: usize = 60;

/// Keys that refer to keys, and names that are names of names, go no deeper.
const NESTED: usize = 5;

impl Evaluator<'_> {
    /// The text of a key of a settings file, read through any chain of indexes, attributes and `get`s.
    pub(super) fn setting_text(&self, seen: &Seen, depth: usize, out: &mut Work) -> Option<Patterns> {
        let program = self.follow.program;
        if let Some(node) = self.settings_node_within(seen, depth, &mut { STEPS }, out) {
            let found = self.settings.get(program, &node).or_else(|| self.settings.get_layered(program, &node));
            let setting = found?;
            let text = setting.value.text()?;
            let (file, key) = (node.file, dotted(&node.keys));
            out.found.settings = Some(node);
            return Some(smallvec![self.laid_over(file, key, &text, 0)]);
        }
        // A chain of at least two keys that only one settings file has in that order.
        let mut keys = Vec::new();
        let mut node = seen.node;
        while keys.len() < 6 {
            let Some((object, key)) = self.key_read(node) else { break };
            keys.push(key);
            node = object;
        }
        keys.reverse();
        if self.follow.types.of(node).iter().any(|t| matches!(t, Type::Library(_) | Type::Module(_))) {
            return None;
        }
        for from in 0..keys.len() {
            let tail = &keys[from..];
            let strong = tail.len() >= 2 || matches!(program.op(seen.node).kind, OpKind::Index(..) | OpKind::Call(..));
            if !strong {
                break;
            }
            let mut found = self.settings.ending(program, tail);
            found.retain(|(_, s)| s.value.text().is_some());
            let mut values: Vec<String> = found.iter().filter_map(|(_, s)| s.value.text()).collect();
            values.dedup();
            if found.is_empty() {
                found = self.settings.grouped(program, tail);
                values.extend(found.iter().filter_map(|(_, s)| s.value.text()));
                values.dedup();
            }
            if values.len() == 1 {
                let (file, setting) = found.first()?;
                out.found.settings = Some(SettingsNode { file: *file, keys: setting.keys.clone() });
                return Some(smallvec![self.laid_over(*file, dotted(tail), values.first()?, 0)]);
            }
        }
        let mut composed = self.composed(node)?;
        composed.keys = keys;
        let text = self.settings.get(program, &composed)?.value.text()?;
        let (file, key) = (composed.file, dotted(&composed.keys));
        out.found.settings = Some(composed);
        Some(smallvec![self.laid_over(file, key, &text, 0)])
    }

    /// The primary file of what is composed and handed to a function as its first parameter.
    fn composed(&self, node: Node) -> Option<SettingsNode> {
        let (program, types) = (self.follow.program, self.follow.types);
        let mut seen = Seen::anywhere(node);
        for _ in 0..NESTED {
            if matches!(program.op(seen.node).kind, OpKind::Param(0)) {
                let definition = program.definition(program.owner(seen.node));
                let file = seen.node.file;
                let found = definition.decorators.iter().find_map(|decorator| {
                    let call = Node { file, value: *decorator };
                    let meaning = types.callees(call).iter().find_map(|callee| match callee {
                        Callee::Meaning(meaning) if meaning.composes => Some(*meaning),
                        _ => None,
                    })?;
                    let of = |slot: Option<&Slot>| program.literal(types.slot(call, slot?)?);
                    let name = of(meaning.named.as_ref())?;
                    let folder = of(meaning.place.as_ref()).unwrap_or_default();
                    let path = join(&folder, &format!("{}.yaml", name.trim_end_matches(".yaml")));
                    SettingsIndex::file(program, file, &path)
                });
                if let Some(file) = found {
                    return Some(SettingsNode { file, keys: Vec::new() });
                }
            }
            let mut back = self.follow.back(&seen).values;
            seen = back.pop().filter(|_| back.is_empty())?;
        }
        None
    }

    /// A text of settings, in whose place a command line may say another.
    fn laid_over(&self, file: FileId, key: Text, text: &str, depth: usize) -> Pattern {
        if !text.contains(['$', '{']) {
            let said = depth < NESTED && self.environment.is_said(key);
            return if said { smallvec![Part::Key(key, Text::from(text))] } else { holes(text) };
        }
        // `${data.root}/train.parquet` refers to another key of the file.
        let Some((before, (inner, behind))) =
            text.split_once("${").and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
        else {
            return holes(text);
        };
        let keys: Vec<Text> = inner.split('.').map(Text::from).collect();
        let other = self.settings.get(self.follow.program, &SettingsNode { file, keys });
        let held = other.and_then(|setting| setting.value.text()).filter(|_| depth < NESTED);
        let mut whole = holes(before);
        match held {
            Some(held) => whole.extend(self.laid_over(file, Text::from(inner), &held, depth + 1)),
            None => whole.push(Part::Hole),
        }
        // What stands behind is no key of its own.
        whole.extend(self.laid_over(file, key, behind, NESTED));
        whole
    }

    /// One step of reading a key: `x["k"]`, `x.k`, `x.get("k")`.
    pub fn key_read(&self, node: Node) -> Option<(Node, Text)> {
        let program = self.follow.program;
        match program.op(node).kind {
            OpKind::Attr(object, name) => Some((Node { value: object, ..node }, name)),
            OpKind::Index(object, index) => {
                let key = program.literal(Node { value: index, ..node })?;
                Some((Node { value: object, ..node }, key))
            }
            OpKind::Call(function, operands) => {
                let OpKind::Attr(object, name) = program.op(Node { value: function, ..node }).kind else { return None };
                let key = program.operands(node.file, operands).first()?;
                let key = program.literal(Node { value: key.value, ..node })?;
                let object = Node { value: object, ..node };
                let typed =
                    self.follow.types.callees(node).iter().any(|c| matches!(c, Callee::Meaning(m) if m.looks_up));
                let looks_up = typed || (name == "get" && self.follow.types.of(object).is_empty());
                looks_up.then_some((object, key))
            }
            _ => None,
        }
    }

    /// The place in a settings file that a value stands for.
    pub fn settings_node(&self, seen: &Seen) -> Option<SettingsNode> {
        self.settings_node_within(seen, 0, &mut { STEPS }, &mut Work::default())
    }

    fn settings_node_within(
        &self,
        seen: &Seen,
        depth: usize,
        steps: &mut usize,
        out: &mut Work,
    ) -> Option<SettingsNode> {
        if depth > DEPTH || *steps == 0 {
            return None;
        }
        *steps -= 1;
        let program = self.follow.program;
        if let OpKind::Call(_, operands) = program.op(seen.node).kind {
            for callee in self.follow.types.callees(seen.node) {
                let Callee::Meaning(meaning) = callee else { continue };
                if meaning.parses_settings {
                    let place = self.follow.types.slot(seen.node, meaning.place.as_ref()?)?;
                    let mut place = self.opened(Seen { node: place, stack: seen.stack.clone() });
                    // Of several files the first holds what all others are laid over.
                    if let OpKind::List(operands) = program.op(place.node).kind
                        && let Some(first) = program.operands(place.node.file, operands).first()
                    {
                        place = place.beside(first.value);
                    }
                    // What the file's own name depends on is no part of the value that stands in it.
                    let found = std::mem::take(&mut out.found);
                    let names = self.text(&place, depth + 1, out);
                    out.found = found;
                    return names.iter().find_map(|name| {
                        let path = self.plain_within(name, depth, out)?;
                        let path = path.strip_prefix(ROOT).unwrap_or(&path).to_owned();
                        let file = SettingsIndex::file(program, seen.node.file, &path)?;
                        Some(SettingsNode { file, keys: Vec::new() })
                    });
                }
                if meaning.returns == Some(Returns::Argument) {
                    let first = program.operands(seen.node.file, operands).first()?;
                    return self.settings_node_within(&seen.beside(first.value), depth + 1, steps, out);
                }
            }
        }
        if let Some(map) = self.filling(seen.node) {
            return self.settings_node_within(&seen.beside(map), depth + 1, steps, out);
        }
        if let Some((object, key)) = self.key_read(seen.node)
            && let Some(mut node) =
                self.settings_node_within(&Seen { node: object, stack: seen.stack.clone() }, depth + 1, steps, out)
        {
            node.keys.push(key);
            return Some(node);
        }
        let back = self.follow.back(seen);
        back.values.iter().find_map(|value| self.settings_node_within(value, depth + 1, steps, out))
    }

    /// The map that fills the fields of the object which a call makes.
    fn filling(&self, call: Node) -> Option<Val> {
        let (program, types) = (self.follow.program, self.follow.types);
        let OpKind::Call(function, operands) = program.op(call).kind else { return None };
        let operands = program.operands(call.file, operands);
        let is_class = |value: Val| types.of(Node { value, ..call }).iter().any(|t| matches!(t, Type::Class(_)));
        if is_class(function) {
            let spread = operands.iter().filter(|o| o.role == Role::Spread);
            return if spread.clone().count() == 1 { spread.map(|o| o.value).next() } else { None };
        }
        let callees = types.callees(call);
        let own = callees.iter().any(|c| matches!(c, Callee::Function(..)));
        let fills = callees.iter().any(|c| matches!(c, Callee::Meaning(m) if m.fills_class.is_some()));
        // `Settings.model_validate(map)`
        let method = match program.op(Node { value: function, ..call }).kind {
            OpKind::Attr(object, _) => is_class(object) && !own,
            _ => false,
        };
        operands.iter().filter(|_| fills || method).map(|o| o.value).find(|value| !is_class(*value))
    }

    /// The path of what is opened or read for its text, if that is what a value is.
    pub fn opened(&self, start: Seen) -> Seen {
        let (program, types) = (self.follow.program, self.follow.types);
        let mut seen = start.clone();
        for _ in 0..6 {
            if let OpKind::Call(function, _) = program.op(seen.node).kind {
                let of = types.callees(seen.node).iter().find_map(|c| match c {
                    Callee::Meaning(m) if m.opens || m.reads.is_some() => m.place.as_ref(),
                    _ => None,
                });
                if let Some(place) = of.and_then(|slot| types.slot(seen.node, slot)) {
                    return seen.beside(place.value);
                }
                // `handle.read()`
                if let OpKind::Attr(object, name) = program.op(seen.beside(function).node).kind
                    && (name == "read" || name == "decode")
                {
                    seen = seen.beside(object);
                    continue;
                }
            }
            let mut back = self.follow.back(&seen);
            match (back.values.len(), back.values.pop()) {
                (1, Some(only)) => seen = only,
                _ => break,
            }
        }
        start
    }
}
