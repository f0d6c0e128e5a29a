//! Parts of texts: holes that are filled and shaped, pieces that are asked for by their place.

use smallvec::{SmallVec, smallvec};

use super::pattern::{Part, Pattern, Patterns, cross, edit, literal, split_format};
use super::{Evaluator, Work, days};
use crate::fact::{OpKind, Operand, Role};
use crate::lexicon::TextRule;
use crate::program::parent;
use crate::value::follow::{Into, Seen, Spot};
use crate::value::types::Callee;

impl Evaluator<'_> {
    /// An f-string: a part with a role of its own has that shape.
    pub(super) fn f_string(&self, seen: &Seen, operands: &[Operand], depth: usize, out: &mut Work) -> Patterns {
        let mut whole: Patterns = smallvec![Pattern::new()];
        for operand in operands {
            let mut filled = self.text(&seen.beside(operand.value), depth + 1, out);
            if let Role::Named(shape) = operand.role {
                filled = shaped(filled, &shape);
            }
            if filled.is_empty() {
                filled.push(smallvec![Part::Hole]);
            }
            whole = cross(&whole, &filled, "");
        }
        whole
    }

    /// `"..{}..".format(..)`.
    pub(super) fn formatted(
        &self,
        seen: &Seen,
        receiver: Option<Seen>,
        arguments: &[Seen],
        depth: usize,
        out: &mut Work,
    ) -> Patterns {
        let Some(receiver) = receiver else { return SmallVec::new() };
        let program = self.follow.program;
        let OpKind::Call(_, operands) = program.op(seen.node).kind else { return SmallVec::new() };
        let named = program.operands(seen.node.file, operands);
        let mut result = SmallVec::new();
        for format in self.text(&receiver, depth + 1, out) {
            let mut next = 0;
            let mut whole: Patterns = smallvec![Pattern::new()];
            for part in format {
                let Part::Text(text) = part else {
                    whole = cross(&whole, &smallvec![smallvec![part]], "");
                    continue;
                };
                for (before, hole) in split_format(&text) {
                    whole = cross(&whole, &smallvec![literal(&before)], "");
                    let Some((hole, shape)) = hole else { continue };
                    let value = if hole.is_empty() {
                        next += 1;
                        arguments.get(next - 1).cloned()
                    } else if let Ok(position) = hole.parse::<usize>() {
                        arguments.get(position).cloned()
                    } else {
                        named
                            .iter()
                            .find(|o| matches!(o.role, Role::Named(n) if n == hole.as_str()))
                            .map(|o| seen.beside(o.value))
                    };
                    let filled = match value {
                        Some(value) => self.text(&value, depth + 1, out),
                        None => self.spread(seen, named, &hole, depth, out),
                    };
                    let mut filled = shaped(filled, &shape);
                    if filled.is_empty() {
                        filled.push(smallvec![Part::Hole]);
                    }
                    whole = cross(&whole, &filled, "");
                }
            }
            result.extend(whole);
        }
        result
    }

    /// What a map that is laid out among the arguments has under a name.
    fn spread(&self, seen: &Seen, operands: &[Operand], name: &str, depth: usize, out: &mut Work) -> Patterns {
        let laid = operands.iter().filter(|o| o.role == Role::Spread);
        let found = laid.map(|o| self.entry(seen, o.value, name, depth, out)).find(|found| !found.is_empty());
        found.unwrap_or_default()
    }

    fn entry(&self, seen: &Seen, map: u32, name: &str, depth: usize, out: &mut Work) -> Patterns {
        let spot = Spot::of(seen.beside(map)).down(Into::Key(name.into()));
        self.of_steps(&seen.beside(map), &self.follow.inside(spot), depth + 1, out)
    }

    /// `"..{key}..".format_map(map)`, `Template("..$key..").substitute(map, key=..)`.
    pub(super) fn filled(
        &self,
        rule: TextRule,
        seen: &Seen,
        subject: Option<&Seen>,
        depth: usize,
        out: &mut Work,
    ) -> Patterns {
        let program = self.follow.program;
        let (Some(subject), OpKind::Call(_, operands)) = (subject, program.op(seen.node).kind) else {
            return SmallVec::new();
        };
        let operands = program.operands(seen.node.file, operands);
        let mut result = SmallVec::new();
        for format in self.text(subject, depth + 1, out) {
            let [Part::Text(text)] = format.as_slice() else { continue };
            let holes = if rule == TextRule::FormatMap { split_format(text) } else { split_template(text) };
            let mut whole: Patterns = smallvec![Pattern::new()];
            for (before, hole) in holes {
                whole = cross(&whole, &smallvec![literal(&before)], "");
                let Some((name, shape)) = hole else { continue };
                let keyword = operands.iter().find(|o| matches!(o.role, Role::Named(n) if n == name.as_str()));
                let filled = match keyword {
                    Some(keyword) => self.text(&seen.beside(keyword.value), depth + 1, out),
                    None => {
                        let maps = operands.iter().filter(|o| matches!(o.role, Role::Plain | Role::Spread));
                        let entries = maps.map(|o| self.entry(seen, o.value, &name, depth, out));
                        entries.into_iter().find(|found| !found.is_empty()).unwrap_or_default()
                    }
                };
                let mut filled = shaped(filled, &shape);
                if filled.is_empty() {
                    filled.push(smallvec![Part::Hole]);
                }
                whole = cross(&whole, &filled, "");
            }
            result.extend(whole);
        }
        result
    }

    /// A part of a value by its place: of a program's arguments, of a split text, of the folders above a path.
    pub(super) fn part(&self, of: &Seen, place: i64, depth: usize, out: &mut Work) -> Patterns {
        let types = self.follow.types;
        if types.is_command_line(of.node) {
            let position = u32::try_from(place).ok().filter(|place| *place > 0);
            return position.map_or_else(SmallVec::new, |position| smallvec![smallvec![Part::Argument(position)]]);
        }
        let meaning = match self.follow.program.op(of.node).kind {
            OpKind::Attr(..) => types.attribute(of.node),
            _ => types.callees(of.node).iter().find_map(|c| match c {
                Callee::Meaning(meaning) if meaning.text.is_some() => Some(*meaning),
                _ => None,
            }),
        };
        let Some(rule) = meaning.and_then(|meaning| meaning.text) else { return SmallVec::new() };
        let (receiver, arguments) = self.operands_of(of);
        let method = receiver.is_some();
        let Some(subject) = receiver.or_else(|| arguments.first().cloned()) else { return SmallVec::new() };
        let texts = |out: &mut Work| self.text(&subject, depth + 1, out);
        match rule {
            TextRule::Parents if place >= 0 => edit(texts(out), |text| {
                (0..=place).fold(text.trim_end_matches('/').to_owned(), |text, _| match text.as_str() {
                    "" | "." => "..".to_owned(),
                    text => parent(text).to_owned(),
                })
            }),
            TextRule::SplitEnding => edit(texts(out), |text| {
                let name = text.rsplit('/').next().unwrap_or(text);
                let ending = name.rfind('.').filter(|dot| *dot > 0).map_or("", |dot| &name[dot..]);
                if place == 0 { text[..text.len() - ending.len()].to_owned() } else { ending.to_owned() }
            }),
            TextRule::SplitName => edit(texts(out), |text| {
                if place == 0 { parent(text).to_owned() } else { text.rsplit('/').next().unwrap_or(text).to_owned() }
            }),
            TextRule::Split | TextRule::SplitLast | TextRule::Partition | TextRule::PartitionLast => {
                let own = arguments.get(usize::from(!method)..).unwrap_or_default();
                let Some(cut) = self.cut(rule, of, own, depth, out) else { return SmallVec::new() };
                texts(out).into_iter().map(|text| cut.piece(text, place)).collect()
            }
            _ => SmallVec::new(),
        }
    }
}

/// `a${b}c$d` as format holes.
fn split_template(text: &str) -> super::pattern::Holes {
    let mut pieces = Vec::new();
    let mut before = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        before.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            before.push('$');
            rest = after;
            continue;
        }
        let (name, after) = match rest.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some((name, after)) => (name, after),
            None => rest.split_at(rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())),
        };
        pieces.push((std::mem::take(&mut before), Some((name.to_owned(), String::new()))));
        rest = after;
    }
    before.push_str(rest);
    pieces.push((before, None));
    pieces
}

/// Values in the shape that a format gives them: `02d`, `>8`, `.1f`, `%Y-%m`.
pub(super) fn shaped(patterns: Patterns, shape: &str) -> Patterns {
    if shape.is_empty() {
        return patterns;
    }
    if shape.contains('%') {
        return days::formatted(patterns, shape);
    }
    let change = |pattern: Pattern| match pattern.as_slice() {
        [Part::Text(text)] => in_shape(text, shape).map_or_else(|| smallvec![Part::Hole], |text| literal(&text)),
        _ => pattern,
    };
    patterns.into_iter().map(change).collect()
}

fn in_shape(text: &str, shape: &str) -> Option<String> {
    let shape = shape.trim_end_matches(['d', 's']);
    if let Some(places) = shape.strip_suffix('f').and_then(|s| s.strip_prefix('.')) {
        return Some(format!("{:.*}", places.parse::<usize>().ok().filter(|p| *p < 20)?, text.parse::<f64>().ok()?));
    }
    let (fill, width) = match shape.strip_prefix('0') {
        Some(width) => ('0', width.trim_start_matches(['<', '>', '^'])),
        None => (' ', shape.trim_start_matches(['<', '>', '^'])),
    };
    let width = if width.is_empty() { 0 } else { width.parse::<usize>().ok().filter(|w| *w < 40)? };
    let missing = width.saturating_sub(text.chars().count());
    let filling: String = std::iter::repeat_n(fill, missing).collect();
    Some(if fill == '0' || text.parse::<i64>().is_ok() { filling + text } else { text.to_owned() + &filling })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_words_take_the_shape_of_a_format() {
        let shape = |text: &str, shape: &str| in_shape(text, shape).unwrap_or_default();
        assert_eq!(
            [shape("7", "02d"), shape("7", "03"), shape("0.25", ".1f"), shape("ab", "")],
            ["07", "007", "0.2", "ab"]
        );
        let holes = split_template("a/${b}_$c.csv$$");
        let names: Vec<_> = holes.iter().filter_map(|(_, hole)| hole.as_ref().map(|(name, _)| name.as_str())).collect();
        assert_eq!((names, holes.last().map(|l| l.0.as_str())), (vec!["b", "c"], Some(".csv$")));
    }
}
