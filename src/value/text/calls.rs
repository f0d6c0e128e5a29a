//! What calls make of texts: joins, formats, replacements, as the lexicon says.

use smallvec::{SmallVec, smallvec};

use super::days;
use super::parts::shaped;
use super::pattern::{Part, Patterns};
use super::pattern::{below, cross, edit, edit_first, edit_last, literal, map, split_printf};
use super::roots::variable;
use super::{Evaluator, ROOT, Work};
use crate::fact::{OpKind, Role};
use crate::lexicon::{Meaning, TextRule};
use crate::program::{join, parent};
use crate::value::follow::Seen;
use crate::value::types::{Callee, Type};

impl Evaluator<'_> {
    /// `"%s/x" % value`, and the plain remainder of numbers, which is no text.
    pub(super) fn printf(&self, seen: &Seen, left: u32, right: u32, depth: usize, out: &mut Work) -> Patterns {
        let formats = self.text(&seen.beside(left), depth + 1, out);
        let program = self.follow.program;
        let values: Vec<u32> = match program.op(seen.beside(right).node).kind {
            OpKind::Tuple(operands) => program.operands(seen.node.file, operands).iter().map(|o| o.value).collect(),
            _ => vec![right],
        };
        let mut patterns = SmallVec::new();
        for format in formats {
            let [Part::Text(text)] = format.as_slice() else { continue };
            let mut pieces = split_printf(text).into_iter();
            let mut whole: Patterns = smallvec![literal(&pieces.next().unwrap_or_default().0)];
            for (index, (piece, shape)) in pieces.enumerate() {
                let mut filled = match values.get(index) {
                    Some(value) => shaped(self.text(&seen.beside(*value), depth + 1, out), &shape),
                    None => SmallVec::new(),
                };
                if filled.is_empty() {
                    filled.push(smallvec![Part::Hole]);
                }
                whole = cross(&cross(&whole, &filled, ""), &smallvec![literal(&piece)], "");
            }
            patterns.extend(whole);
        }
        patterns
    }

    pub(super) fn call_by_meaning(&self, seen: &Seen, depth: usize, out: &mut Work, element: bool) -> Patterns {
        if let Some(option) = self.options.defined_by(seen.node) {
            return smallvec![smallvec![Part::Option(option)]];
        }
        for callee in self.follow.types.callees(seen.node) {
            let Callee::Meaning(meaning) = callee else { continue };
            if meaning.opens
                && let Some(place) = meaning.place.as_ref().and_then(|slot| self.follow.types.slot(seen.node, slot))
            {
                return self.text(&Seen { node: place, stack: seen.stack.clone() }, depth + 1, out);
            }
            if meaning.text == Some(TextRule::Placed) {
                return self.placed(meaning, seen, depth, out);
            }
            if let Some(rule) = meaning.text
                && (element
                    || !matches!(rule, TextRule::Glob | TextRule::Below | TextRule::Listing | TextRule::Counted))
            {
                return self.by_rule(rule, seen, depth, out);
            }
        }
        SmallVec::new()
    }

    /// A container and the name of a thing in it, as far as each is said.
    fn placed(&self, meaning: &Meaning, seen: &Seen, depth: usize, out: &mut Work) -> Patterns {
        let slots = [&meaning.authority, &meaning.place].into_iter().flatten();
        let parts = slots.filter_map(|slot| self.follow.types.slot(seen.node, slot));
        self.joined(parts.map(|node| Seen { node, stack: seen.stack.clone() }), depth, out)
    }

    /// The receiver, where it is a value and not a module, and the plain arguments of a call.
    pub(super) fn operands_of(&self, seen: &Seen) -> (Option<Seen>, Vec<Seen>) {
        let program = self.follow.program;
        match program.op(seen.node).kind {
            OpKind::Call(function, operands) => {
                let receiver = match program.op(seen.beside(function).node).kind {
                    OpKind::Attr(object, _) => {
                        let object = seen.beside(object);
                        let module = self
                            .follow
                            .types
                            .of(object.node)
                            .iter()
                            .any(|t| matches!(t, Type::Library(_) | Type::Module(_)));
                        (!module).then_some(object)
                    }
                    _ => None,
                };
                let plain = program.operands(seen.node.file, operands).iter();
                let plain = plain
                    .filter(|o| matches!(o.role, Role::Plain | Role::Star))
                    .map(|o| seen.beside(o.value))
                    .collect();
                (receiver, plain)
            }
            OpKind::Attr(object, _) => (Some(seen.beside(object)), Vec::new()),
            _ => (None, Vec::new()),
        }
    }

    pub(super) fn by_rule(&self, rule: TextRule, seen: &Seen, depth: usize, out: &mut Work) -> Patterns {
        let (receiver, arguments) = self.operands_of(seen);
        let subject = receiver.clone().or_else(|| arguments.first().cloned());
        let first = |out: &mut Work| subject.as_ref().map_or_else(SmallVec::new, |s| self.text(s, depth + 1, out));
        match rule {
            TextRule::Join => self.joined(receiver.into_iter().chain(arguments), depth, out),
            TextRule::Same => first(out),
            TextRule::Parent => edit(first(out), |text| match text.trim_end_matches('/') {
                "" | "." if !text.starts_with('/') => "..".to_owned(),
                text => parent(text).to_owned(),
            }),
            TextRule::Name => edit_last(first(out), |name| name.to_owned()),
            TextRule::Stem => {
                edit_last(first(out), |name| name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned())
            }
            TextRule::Suffix => edit_last(first(out), |name| {
                name.rfind('.').filter(|dot| *dot > 0).map_or_else(String::new, |dot| name[dot..].to_owned())
            }),
            TextRule::WithSuffix | TextRule::WithName | TextRule::WithStem => {
                let argument = arguments.first().map_or_else(SmallVec::new, |a| self.text(a, depth + 1, out));
                let Some([Part::Text(new)]) = argument.first().map(|p| p.as_slice()) else {
                    return smallvec![smallvec![Part::Hole]];
                };
                edit(first(out), |text| {
                    let (folder, name) = text.rsplit_once('/').map_or(("", text), |(f, n)| (f, n));
                    let name = match rule {
                        TextRule::WithName => new.clone(),
                        TextRule::WithStem => format!("{new}{}", name.rfind('.').map_or("", |dot| &name[dot..])),
                        _ => format!("{}{new}", name.rsplit_once('.').map_or(name, |(stem, _)| stem)),
                    };
                    join(folder, &name)
                })
            }
            TextRule::Format => self.formatted(seen, receiver, &arguments, depth, out),
            TextRule::Replace => {
                let texts: Vec<_> = arguments.iter().map(|a| self.text(a, depth + 1, out)).collect();
                let plain = |index: usize| match texts.get(index).and_then(|t| t.first()).map(|p| p.as_slice()) {
                    Some([Part::Text(text)]) => Some(text.clone()),
                    Some([]) => Some(String::new()),
                    _ => None,
                };
                match (plain(0), plain(1)) {
                    (Some(from), Some(to)) if !from.is_empty() => edit(first(out), |text| text.replace(&from, &to)),
                    _ => smallvec![smallvec![Part::Hole]],
                }
            }
            TextRule::Separate => {
                let separator = first(out);
                let separator = match separator.first().map(|p| p.as_slice()) {
                    Some([Part::Text(separator)]) => separator.clone(),
                    Some([]) => String::new(),
                    _ => return smallvec![smallvec![Part::Hole]],
                };
                let Some(list) = arguments.first() else { return SmallVec::new() };
                let Some(elements) = self.follow.sequence(list) else { return smallvec![smallvec![Part::Hole]] };
                let mut whole: Patterns = SmallVec::new();
                for element in elements {
                    let mut piece = self.text(&element, depth + 1, out);
                    if piece.is_empty() {
                        piece.push(smallvec![Part::Hole]);
                    }
                    whole = if whole.is_empty() { piece } else { cross(&whole, &piece, &separator) };
                }
                whole
            }
            TextRule::Environment => {
                out.found.environment = true;
                let name = arguments.first().and_then(|name| self.follow.program.literal(name.node));
                if let Some(value) = name.and_then(|name| self.environment.value(name)) {
                    return smallvec![literal(&value)];
                }
                let default = self.named_default(seen).or_else(|| arguments.get(1).cloned());
                let mut default = default.as_ref().map_or_else(SmallVec::new, |d| self.text(d, depth + 1, out));
                // A command says it in place of the default.
                if let Some(name) = name.filter(|name| self.environment.is_handed(*name)) {
                    default.push(smallvec![variable(name)]);
                }
                if !default.is_empty() {
                    return default;
                }
                smallvec![smallvec![name.map_or(Part::Hole, variable)]]
            }
            TextRule::Upper => map(first(out), &|text| text.to_uppercase()),
            TextRule::Lower => map(first(out), &|text| text.to_lowercase()),
            TextRule::RemovePrefix | TextRule::RemoveSuffix | TextRule::Strip => {
                let given = arguments.first().map(|a| self.text(a, depth + 1, out));
                let given = given.as_ref().map(|g| g.first().map(|p| p.as_slice()));
                let part = match given {
                    Some(Some([Part::Text(part)])) => Some(part.as_str()),
                    Some(_) => return smallvec![smallvec![Part::Hole]],
                    None => None,
                };
                match (rule, part) {
                    (TextRule::RemovePrefix, Some(part)) => {
                        edit_first(first(out), |text| text.strip_prefix(part).unwrap_or(text).to_owned())
                    }
                    (TextRule::RemoveSuffix, Some(part)) => {
                        edit(first(out), |text| text.strip_suffix(part).unwrap_or(text).to_owned())
                    }
                    (_, Some(part)) => edit(first(out), |text| text.trim_end_matches(|c| part.contains(c)).to_owned()),
                    (_, None) => first(out),
                }
            }
            TextRule::FormatMap | TextRule::Substitute => self.filled(rule, seen, subject.as_ref(), depth, out),
            TextRule::Day => self.day(&arguments, depth, out),
            TextRule::FormatDay => {
                let form = arguments.last().map(|a| self.text(a, depth + 1, out));
                match form.as_ref().and_then(|f| f.first()).map(|p| p.as_slice()) {
                    Some([Part::Text(form)]) => days::formatted(first(out), form),
                    _ => smallvec![smallvec![Part::Hole]],
                }
            }
            // Their parts are asked for by their places.
            TextRule::Split
            | TextRule::SplitLast
            | TextRule::Partition
            | TextRule::PartitionLast
            | TextRule::SplitEnding
            | TextRule::SplitName => SmallVec::new(),
            // One after the other, until something is there.
            TextRule::Parents => self.summits(seen, first(out)),
            TextRule::Marked => match self.summits(seen, first(out)) {
                unknown if unknown.is_empty() => smallvec![literal(ROOT)],
                summits => summits,
            },
            TextRule::Concat => self.concat(receiver.into_iter().chain(arguments), depth, out),
            TextRule::Dotted => {
                let mut whole = Patterns::new();
                for part in arguments {
                    let mut piece = self.text(&part, depth + 1, out);
                    if piece.is_empty() {
                        piece.push(smallvec![Part::Hole]);
                    }
                    whole = if whole.is_empty() { piece } else { cross(&whole, &piece, ".") };
                }
                whole
            }
            TextRule::Project => smallvec![literal(ROOT)],
            TextRule::Root if arguments.is_empty() => smallvec![literal(ROOT)],
            TextRule::Root => below(&smallvec![literal(ROOT)], &self.joined(arguments.into_iter(), depth, out)),
            TextRule::Package => self.in_package(&arguments, depth, out),
            TextRule::Counted => self.counted(&arguments, depth, out),
            TextRule::Here => smallvec![literal(".")],
            TextRule::Outside => smallvec![smallvec![Part::Text("~".to_owned())]],
            TextRule::Default => {
                let default = self.named_default(seen);
                default.as_ref().map_or_else(SmallVec::new, |d| self.text(d, depth + 1, out))
            }
            TextRule::Temporary => smallvec![smallvec![Part::Temporary]],
            TextRule::Glob => {
                let mut pieces: Vec<Seen> = receiver.into_iter().collect();
                pieces.extend(arguments.into_iter().take(1));
                let below = self.joined(pieces.into_iter(), depth, out);
                edit(below, |text| text.replace("**", "{}").replace('*', "{}"))
            }
            TextRule::Below => {
                let folder = first(out);
                cross(&folder, &smallvec![literal("{}")], "/")
            }
            TextRule::Listing => smallvec![literal("{}")],
            TextRule::Own => match self.follow.program.op(seen.node).kind {
                OpKind::Attr(_, name) => smallvec![literal(&name)],
                _ => SmallVec::new(),
            },
            // Only a call's meaning says where its parts are.
            TextRule::Placed => smallvec![smallvec![Part::Hole]],
        }
    }

    /// `getenv(name, default=value)`, whatever the library calls it.
    pub(super) fn named_default(&self, seen: &Seen) -> Option<Seen> {
        let OpKind::Call(_, operands) = self.follow.program.op(seen.node).kind else { return None };
        let operands = self.follow.program.operands(seen.node.file, operands).iter();
        let mut named = operands.filter(|o| matches!(o.role, Role::Named(name) if name.starts_with("default")));
        named.next().map(|o| seen.beside(o.value))
    }
}
