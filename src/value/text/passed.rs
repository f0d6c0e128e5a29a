//! Texts that a step hands to the script that it runs, read by the names that its tool gives them.

use super::pattern::{Patterns, holes};
use super::{Evaluator, WIDTH};
use crate::fact::{OpKind, Text};
use crate::program::Node;
use crate::source::{FileId, Kind};
use crate::value::follow::{Into, Seen, Spot};
use crate::value::scripts::Key;

impl Evaluator<'_> {
    /// `snakemake.input`, `snakemake.input.rows`, `snakemake.output[0]`, `snakemake@params[["rate"]]`.
    pub(super) fn passed(&self, seen: &Seen) -> Option<Patterns> {
        let file = seen.node.file;
        if !self.scripts.is_run(file) {
            return None;
        }
        let (kind, key) = match self.kind(seen.node) {
            Some(kind) => (kind, None),
            None => self.part_passed(seen.node)?,
        };
        self.handed_texts(file, kind, key)
    }

    /// The same where it was handed on, and a part of it is asked for elsewhere.
    pub(super) fn passed_within(&self, spot: &Spot) -> Option<Patterns> {
        let file = spot.seen.node.file;
        let kind = self.kind(spot.seen.node).filter(|_| self.scripts.is_run(file))?;
        let key = match spot.path.as_slice() {
            [Into::Each | Into::Any] => None,
            [Into::At(place)] => Some(Key::Place(*place as usize)),
            [Into::Field(name) | Into::Key(name)] | [Into::Each | Into::Any, Into::Field(name) | Into::Key(name)] => {
                Some(Key::Name(*name))
            }
            _ => return None,
        };
        self.handed_texts(file, kind, key)
    }

    fn handed_texts(&self, file: FileId, kind: Text, key: Option<Key>) -> Option<Patterns> {
        let texts = self.scripts.texts(self.follow.program, file, kind, key);
        let mut patterns: Patterns = texts.iter().map(|text| holes(text)).collect();
        patterns.truncate(WIDTH);
        (!patterns.is_empty()).then_some(patterns)
    }

    /// The kind of what is asked of the object that the tool gives to a script.
    fn kind(&self, node: Node) -> Option<Text> {
        let program = self.follow.program;
        let OpKind::Attr(object, kind) = program.op(node).kind else { return None };
        self.follow.is_handed(Node { value: object, ..node }).then_some(kind)
    }

    fn part_passed(&self, node: Node) -> Option<(Text, Option<Key>)> {
        let program = self.follow.program;
        let at = |value| Node { value, ..node };
        match program.op(node).kind {
            OpKind::Attr(object, name) => Some((self.kind(at(object))?, Some(Key::Name(name)))),
            OpKind::Index(object, index) => {
                let key = match program.op(at(index)).kind {
                    OpKind::Str(name) => Key::Name(name),
                    OpKind::Int(place) => Key::Place(self.place(node.file, place)?),
                    _ => return None,
                };
                Some((self.kind(at(object))?, Some(key)))
            }
            OpKind::Part(object, place) => Some((self.kind(at(object))?, Some(Key::Place(place as usize)))),
            OpKind::Element(object) => Some((self.kind(at(object))?, None)),
            // `snakemake.params.get("rate", 1)`
            OpKind::Call(function, operands) => {
                let OpKind::Attr(object, _) = program.op(at(function)).kind else { return None };
                let kind = self.kind(at(object))?;
                let name = program.literal(at(program.operands(node.file, operands).first()?.value))?;
                Some((kind, Some(Key::Name(name))))
            }
            _ => None,
        }
    }

    /// The place that an index means: R counts from one.
    fn place(&self, file: FileId, index: i64) -> Option<usize> {
        let from = i64::from(self.follow.program.sources[file.index()].kind == Kind::R);
        usize::try_from(index - from).ok()
    }
}
