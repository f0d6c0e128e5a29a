//! Texts that are cut at a separator, and the pieces that are asked for by their place.

use smallvec::smallvec;

use super::pattern::{Part, Pattern, literal};
use super::{Evaluator, Work};
use crate::fact::{OpKind, Role};
use crate::lexicon::TextRule;
use crate::value::follow::Seen;

/// How a text is cut.
pub(super) struct Cut {
    rule: TextRule,
    separator: String,
    /// It is cut so often at the most.
    most: usize,
}

impl Evaluator<'_> {
    /// How a call cuts a text: `split(",", 1)`, `rpartition(".")`.
    pub(super) fn cut(
        &self,
        rule: TextRule,
        call: &Seen,
        arguments: &[Seen],
        depth: usize,
        out: &mut Work,
    ) -> Option<Cut> {
        let program = self.follow.program;
        let separator = arguments.first().map(|a| self.text(a, depth + 1, out));
        let separator = match separator.as_ref().and_then(|s| s.first()).map(|p| p.as_slice()) {
            Some([Part::Text(separator)]) => separator.clone(),
            None => " ".to_owned(),
            _ => return None,
        };
        let named = match program.op(call.node).kind {
            OpKind::Call(_, operands) => program.operands(call.node.file, operands).iter(),
            _ => [].iter(),
        };
        let named = named.filter(|o| matches!(o.role, Role::Named(name) if name == "maxsplit"));
        let most = arguments.get(1).map(|most| most.node).or_else(|| named.map(|o| call.beside(o.value).node).next());
        let most = match most.map(|most| program.op(most).kind) {
            Some(OpKind::Int(most)) => usize::try_from(most).unwrap_or(usize::MAX),
            Some(_) => return None,
            None if matches!(rule, TextRule::Partition | TextRule::PartitionLast) => 1,
            None => usize::MAX,
        };
        Some(Cut { rule, separator, most })
    }
}

impl Cut {
    /// The piece at that place, counted from the end if it is below nothing; a hole where that cannot be told.
    pub(super) fn piece(&self, text: Pattern, place: i64) -> Pattern {
        let found = match text.as_slice() {
            [] => self.of_text("", place).map(|piece| literal(&piece)),
            [Part::Text(whole)] => self.of_text(whole, place).map(|piece| literal(&piece)),
            _ => self.of_end(&text, place),
        };
        found.unwrap_or_else(|| smallvec![Part::Hole])
    }

    fn of_text(&self, text: &str, place: i64) -> Option<String> {
        let separator = self.separator.as_str();
        let most = self.most.saturating_add(1);
        let pieces: Vec<&str> = match self.rule {
            TextRule::Partition => match text.split_once(separator) {
                Some((before, behind)) => vec![before, separator, behind],
                None => vec![text, "", ""],
            },
            TextRule::PartitionLast => match text.rsplit_once(separator) {
                Some((before, behind)) => vec![before, separator, behind],
                None => vec!["", "", text],
            },
            TextRule::SplitLast => {
                let mut pieces: Vec<&str> = text.rsplitn(most, separator).collect();
                pieces.reverse();
                pieces
            }
            _ => text.splitn(most, separator).collect(),
        };
        let last = i64::try_from(pieces.len()).ok()?;
        let place = usize::try_from(if place < 0 { last + place } else { place }).ok()?;
        pieces.get(place).map(|piece| (*piece).to_owned())
    }

    /// The first or last piece of a text with unknown parts, if what is known at that end has the separator in it.
    fn of_end(&self, text: &Pattern, place: i64) -> Option<Pattern> {
        let from_end = matches!(self.rule, TextRule::SplitLast | TextRule::PartitionLast) && self.most == 1;
        let last = match self.rule {
            TextRule::PartitionLast => 2,
            _ => 1,
        };
        if place == -1 && self.most == usize::MAX || from_end && (place == -1 || place == last) {
            let Some(Part::Text(end)) = text.last() else { return None };
            return end.rsplit_once(self.separator.as_str()).map(|(_, piece)| literal(piece));
        }
        if place != 0 {
            return None;
        }
        let mut text = text.clone();
        if from_end {
            let Some(Part::Text(end)) = text.last_mut() else { return None };
            end.truncate(end.rfind(self.separator.as_str())?);
            return Some(text);
        }
        let Some(Part::Text(start)) = text.first() else { return None };
        let starts = matches!(self.rule, TextRule::Split | TextRule::Partition);
        start.split_once(self.separator.as_str()).filter(|_| starts).map(|(piece, _)| literal(piece))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_told_apart_from_both_ends() {
        let cut = |rule, separator: &str, most| Cut { rule, separator: separator.to_owned(), most };
        let of = |cut: &Cut, place| cut.of_text("cv/fold4/ids.v2.txt", place).unwrap_or_default();
        let last = cut(TextRule::PartitionLast, ".", 1);
        assert_eq!((of(&last, 0), of(&last, 2)), ("cv/fold4/ids.v2".to_owned(), "txt".to_owned()));
        assert_eq!(of(&cut(TextRule::Split, "/", 1), 1), "fold4/ids.v2.txt");
        assert_eq!(of(&cut(TextRule::SplitLast, "/", 1), 0), "cv/fold4");
        assert_eq!(of(&cut(TextRule::Split, "/", usize::MAX), -2), "fold4");
        let unknown: Pattern = smallvec![Part::Hole, Part::Text("/a.csv".to_owned())];
        assert_eq!(last.piece(unknown.clone(), 2), literal("csv"));
        assert_eq!(cut(TextRule::Split, "/", usize::MAX).piece(unknown, 1), Pattern::from_iter([Part::Hole]));
    }
}
