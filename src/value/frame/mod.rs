//! Tables as values: which columns a value holds, what each is computed from, and what else is in it.
//!
//! A frame is a map from columns to what made them and a rest: nothing else, all others of its source, or unknown. It is
//! worked out on demand, backwards from the value that is asked for.

mod calls;
mod changed;
mod core;
mod effects;
mod formula;
mod kept;
mod lists;
mod made;
mod parts;
mod queries;
mod rows;
mod same;
mod sets;
mod stages;
mod table;
mod terms;

use std::sync::{Arc, Mutex};

use rustc_hash::{FxHashMap, FxHashSet};

use super::follow::{Follow, Seen};
use super::text::{Evaluator, Part, Pattern};
use super::types::Callee;
use crate::fact::{OpKind, Operator, Text, Val};
use crate::lexicon::{Columns, Lexicon, Meaning, Selects};
use crate::program::{Node, Program};
use crate::source::At;
use effects::Effects;
pub use formula::Formula;
pub use lists::Chosen;
pub use queries::inside;
pub use table::{Column, Frame, How, Made, Rest};

/// What lies behind calls that read data.
#[derive(Default)]
pub struct Stored {
    /// The values that programs of the repository write where a call reads.
    pub written: FxHashMap<Node, Vec<Seen>>,
    /// The tables that queries of calls give.
    pub queried: FxHashMap<Node, Frame>,
    /// All calls that read data.
    pub reads: FxHashSet<Node>,
}

/// Works out frames.
pub struct Frames<'a> {
    evaluator: Evaluator<'a>,
    lexicon: &'a Lexicon,
    stored: Stored,
    effects: Effects,
    formulas: Mutex<FxHashMap<Told, Formula>>,
    statements: Mutex<FxHashMap<Node, Option<Arc<queries::Statement>>>>,
}

/// A column that was made, as seen through a call.
type Told = (Node, Text, Option<Node>);

/// Values looked at for one frame.
const STEPS: usize = 3000;
/// Deeper than this nothing is worked out.
const DEPTH: usize = 90;
/// Statements in a row that each change one table.
const CHAIN: usize = 5000;

/// One question under way.
#[derive(Default)]
struct Work {
    steps: usize,
    /// Values looked at for one formula.
    told: usize,
    depth: usize,
    known: FxHashMap<(Node, Option<Node>), Frame>,
    open: Vec<(Node, Option<Node>)>,
    /// The outermost value under way that was met again.
    cut: Option<usize>,
    /// Tables that parameters stand for, the innermost last.
    bound: Vec<(Node, Frame)>,
}

impl<'a> Frames<'a> {
    /// For the values of a program.
    pub fn new(evaluator: Evaluator<'a>, lexicon: &'a Lexicon, stored: Stored) -> Self {
        let effects = Effects::new(evaluator.follow, lexicon);
        Self { evaluator, lexicon, stored, effects, formulas: Mutex::default(), statements: Mutex::default() }
    }

    /// The frame that a value is where an operation of the same body uses it.
    pub fn of(&self, seen: &Seen, used_by: Val) -> Frame {
        self.used(&mut Work::default(), seen, used_by)
    }

    /// The frame that a value is, as a model sees it that hands it through parts of its own.
    pub fn through(&self, model: &Seen, seen: &Seen, used_by: Val) -> Frame {
        let mut work = Work::default();
        let frame = self.used(&mut work, seen, used_by);
        self.staged(&mut work, model, frame, 0)
    }

    /// The columns that an operation sets or names by itself, whatever table it works on.
    pub fn sets(&self, seen: &Seen) -> Vec<Column> {
        self.set_by(&mut Work::default(), seen)
    }

    fn follow(&self) -> Follow<'a> {
        self.evaluator.follow
    }

    fn program(&self) -> &'a Program<'a> {
        self.evaluator.follow.program
    }

    fn place(&self, node: Node) -> At {
        self.program().place(node)
    }

    /// What a method means that tables have, and arrays do not: what was an array before is a table again.
    fn of_table_only(&self, call: Node) -> Option<&'a Meaning> {
        let OpKind::Call(function, _) = self.program().op(call).kind else { return None };
        let OpKind::Attr(_, name) = self.program().op(Node { value: function, ..call }).kind else { return None };
        let changes = |frame: Option<Columns>| {
            matches!(frame, Some(Columns::Shrink | Columns::Join | Columns::Group | Columns::Assign | Columns::Rename))
        };
        let leaves_out = |m: &Meaning| m.selects == Some(Selects::Open) && m.columns.is_some();
        self.lexicon.table_method(name).filter(|m| changes(m.frame) || leaves_out(m))
    }

    /// What the library call means; of receivers of which nothing is known, what a table's method of that name means.
    fn meaning(&self, call: Node) -> Option<&'a Meaning> {
        let types = self.follow().types;
        let callees = types.callees(call);
        let known = callees.iter().filter_map(|c| if let Callee::Meaning(m) = c { Some(*m) } else { None });
        let mut known = known.peekable();
        if known.peek().is_some() {
            let all: Vec<&Meaning> = known.collect();
            if let Some(table) = self.of_table_only(call).filter(|_| all.iter().all(|m| m.frame.is_none())) {
                return Some(table);
            }
            return all.iter().find(|m| m.frame.is_some()).or_else(|| all.first()).copied();
        }
        if !callees.is_empty() {
            return None;
        }
        let OpKind::Call(function, _) = self.program().op(call).kind else { return None };
        let OpKind::Attr(object, name) = self.program().op(Node { value: function, ..call }).kind else { return None };
        types.of(Node { value: object, ..call }).is_empty().then(|| self.lexicon.table_method(name))?
    }

    /// The frame of a value, after what calls before its use did to it.
    fn used(&self, work: &mut Work, seen: &Seen, used_by: Val) -> Frame {
        let frame = self.frame(work, seen);
        self.affected(work, seen, used_by, frame)
    }

    /// The frame of a value. Statements in a row that each set a column are worked off one after another, however many.
    fn frame(&self, work: &mut Work, seen: &Seen) -> Frame {
        let mut chain: Vec<Seen> = Vec::new();
        let mut base = seen.clone();
        while chain.len() < CHAIN {
            let (OpKind::SetIndex(object, ..) | OpKind::After(object, _)) = self.program().op(base.node).kind else {
                break;
            };
            let next = base.beside(object);
            chain.push(std::mem::replace(&mut base, next));
        }
        let mut frame = self.first(work, &base);
        let mut before = base;
        for link in chain.into_iter().rev() {
            let until = match self.program().op(link.node).kind {
                OpKind::After(_, call) => call,
                _ => link.node.value,
            };
            frame = self.affected(work, &before, until, frame);
            frame = self.linked(work, &link, frame);
            before = link;
        }
        frame
    }

    /// A frame after one more statement.
    fn linked(&self, work: &mut Work, link: &Seen, mut frame: Frame) -> Frame {
        match self.program().op(link.node).kind {
            OpKind::After(_, call) => self.changed(work, &link.beside(call), 0, frame),
            OpKind::SetIndex(object, ..) => {
                if !frame.is_known() && self.is_map(&link.beside(object)) {
                    frame.rest = Rest::Nothing;
                }
                let sets = self.set_by(work, link);
                // Columns of whatever names may be those that were missing.
                if sets.is_empty() || sets.iter().any(|column| column.name.contains("{}")) {
                    frame.encoded = None;
                }
                sets.into_iter().for_each(|column| frame.set(column));
                frame
            }
            _ => frame,
        }
    }

    /// A frame after what calls before its use did to it.
    fn affected(&self, work: &mut Work, seen: &Seen, used_by: Val, mut frame: Frame) -> Frame {
        for (call, param) in self.effects.on(seen.node) {
            if call.value < used_by {
                frame = self.changed(work, &seen.beside(call.value), *param, frame);
            }
        }
        frame
    }

    /// The frame of a value that no statement has changed yet.
    fn first(&self, work: &mut Work, seen: &Seen) -> Frame {
        if let Some((_, frame)) = work.bound.iter().rev().find(|(node, _)| *node == seen.node) {
            return frame.clone();
        }
        let key = (seen.node, seen.stack.last().map(|site| site.call));
        if let Some(known) = work.known.get(&key) {
            return known.clone();
        }
        if let Some(index) = work.open.iter().position(|open| *open == key) {
            work.cut = Some(work.cut.map_or(index, |cut| cut.min(index)));
            return Frame::default();
        }
        work.steps += 1;
        if work.steps > STEPS || work.depth > DEPTH {
            work.cut = Some(0);
            return Frame::default();
        }
        let index = work.open.len();
        work.open.push(key);
        work.depth += 1;
        let outer = work.cut.take();
        let frame = self.worked_out(work, seen);
        work.depth -= 1;
        work.open.pop();
        // What met itself is whole now; what met something further out is not.
        match work.cut.take().filter(|cut| *cut < index) {
            Some(cut) => work.cut = Some(outer.map_or(cut, |outer| outer.min(cut))),
            None => {
                work.cut = outer;
                work.known.insert(key, frame.clone());
            }
        }
        frame
    }

    fn worked_out(&self, work: &mut Work, seen: &Seen) -> Frame {
        let node = seen.node;
        match self.program().op(node).kind {
            OpKind::Index(object, index) => self.indexed(work, seen, object, index),
            OpKind::Attr(object, name) => self.attribute(work, seen, object, name),
            OpKind::Call(..) => self.call(work, seen),
            OpKind::Part(sequence, index) => self.part(work, seen, sequence, index),
            OpKind::Element(sequence) => self.followed(work, seen).unwrap_or_else(|| {
                let mut frame = self.used(work, &seen.beside(sequence), node.value);
                frame.bare |= frame.single;
                frame
            }),
            OpKind::Binary(Operator::Add | Operator::Bit | Operator::Or, left, right)
            | OpKind::Binary(_, left, right) => {
                let one = self.used(work, &seen.beside(left), node.value);
                let two = self.used(work, &seen.beside(right), node.value);
                one.or(two)
            }
            OpKind::List(operands) | OpKind::Tuple(operands) => self.row_list(work, seen, operands),
            OpKind::Dict(operands) => self.map(work, seen, operands),
            _ => self.followed(work, seen).unwrap_or_default(),
        }
    }

    /// The frame of the values that a value only hands on.
    fn followed(&self, work: &mut Work, seen: &Seen) -> Option<Frame> {
        let steps = self.follow().back_shared(seen);
        let mut frames = steps.values.iter().map(|value| self.ended(work, seen, value));
        let first = frames.next()?;
        Some(frames.fold(first, Frame::or))
    }

    /// The frame of a value that another hands on: a returned one with all that its body did to it, an argument with all
    /// that was done before the call.
    fn ended(&self, work: &mut Work, from: &Seen, value: &Seen) -> Frame {
        let (program, node) = (self.program(), value.node);
        if let OpKind::Param(_) = program.op(from.node).kind
            && let Some(site) = from.stack.last().or_else(|| self.site_of(from.node, node))
            && site.call.file == node.file
        {
            return self.used(work, value, site.call.value);
        }
        let same_body = program.owner(from.node) == program.owner(node);
        let end = if same_body { from.node.value } else { Val::MAX };
        self.used(work, value, end)
    }

    /// The call in which a value stands as an argument for a parameter.
    fn site_of(&self, param: Node, argument: Node) -> Option<super::types::Site> {
        let def = self.program().owner(param);
        let sites = self.follow().types.callers.get(&def)?;
        let holds = |site: &&super::types::Site| {
            site.call.file == argument.file
                && self
                    .follow()
                    .types
                    .arguments(site.call, def, site.bound)
                    .iter()
                    .any(|(_, value)| *value == argument.value)
        };
        sites.iter().find(holds).copied()
    }

    fn indexed(&self, work: &mut Work, seen: &Seen, object: Val, index: Val) -> Frame {
        let program = self.program();
        let (object, index) = (seen.beside(object), seen.beside(index));
        // An element of a container that is seen.
        if let Some(frame) = self.followed(work, seen).filter(Frame::is_known) {
            return frame;
        }
        let base = self.used(work, &object, seen.node.value);
        let by_place = self.is_by_place(object.node);
        match program.op(index.node).kind {
            OpKind::Str(name) if self.holds_parts(object.node, name) => base,
            OpKind::Str(name) => self.single(base, name, index.node),
            OpKind::Tuple(operands) => {
                let operands = program.operands(index.node.file, operands);
                let Some(second) = operands.get(1).map(|o| index.beside(o.value)) else { return base };
                self.across(work, base, &second, by_place)
            }
            OpKind::Int(_) | OpKind::Float(_) | OpKind::Compare(..) | OpKind::Not(_) | OpKind::Slice(..) => base,
            OpKind::Binary(Operator::Bit | Operator::Or, ..) => base,
            _ if by_place => base,
            _ => self.chosen_of(work, base, &index),
        }
    }

    /// The columns of a frame that an index takes which may choose rows instead.
    fn chosen_of(&self, work: &mut Work, base: Frame, index: &Seen) -> Frame {
        let chosen = self.list(work, index);
        match chosen.these.as_slice() {
            [] if chosen.but.is_none() && chosen.like.is_empty() => {
                let types = self.follow().types;
                let list = types.is_a(index.node, "builtins.list") || types.is_a(index.node, "builtins.tuple");
                let text = types.is_a(index.node, "builtins.str");
                // What lies in what was kept beside a model is a list of names.
                let kept = types.is_a(index.node, "persistence.Object");
                // Rows are chosen by what is made of a table.
                let rows = !list && !text && !kept && self.frame(work, index).is_known();
                if rows { base } else { base.choose(Chosen { some: true, ..Chosen::default() }) }
            }
            [(name, _)] if chosen.word && chosen.but.is_none() => self.single(base, *name, index.node),
            _ => base.choose(chosen),
        }
    }

    /// The columns that the second part of an index takes: `loc[rows, columns]`, `array[:, 0]`.
    fn across(&self, work: &mut Work, base: Frame, columns: &Seen, by_place: bool) -> Frame {
        match self.program().op(columns.node).kind {
            OpKind::Str(name) => self.single(base, name, columns.node),
            OpKind::Slice(lower, upper) if lower == Val::MAX && upper == Val::MAX => base,
            OpKind::Slice(_, upper) if base.is_known() => {
                let upper = (upper != Val::MAX).then(|| self.program().op(columns.beside(upper).node).kind);
                let open = match upper {
                    None => true,
                    Some(OpKind::Int(place)) => place < 0,
                    Some(_) => false,
                };
                self.by_places(base, open && by_place)
            }
            OpKind::Int(_) => self.by_places(base, false),
            OpKind::Slice(..) => base,
            _ => self.chosen_of(work, base, columns),
        }
    }

    /// Columns that are taken by their places: which they are is not known.
    fn by_places(&self, mut base: Frame, open: bool) -> Frame {
        // Of a table that holds nothing else any of them may be meant.
        if let Rest::Others(_) | Rest::Unknown = base.rest {
            base.rest = if open && !base.bare { Rest::Others(Vec::new()) } else { Rest::Unknown };
        } else {
            base.rest = Rest::Unknown;
        }
        base.opened |= open && !base.bare;
        base
    }

    fn single(&self, base: Frame, name: Text, at: Node) -> Frame {
        // What a map holds under a key is no column of it.
        if base.map {
            return Frame::default();
        }
        let mut frame = base.choose(Chosen { these: vec![(name, self.place(at))], ..Chosen::default() });
        frame.single = true;
        frame
    }

    /// Does a value hold others of its kind under that key?
    fn holds_parts(&self, object: Node, key: Text) -> bool {
        let has = |of: Text| self.lexicon.of_type(of, &|t| t.parts.contains(&key).then_some(())).is_some();
        self.follow().types.instances(object).any(has)
    }

    /// `frame.iloc`, `array`: the second index is a place.
    fn is_by_place(&self, object: Node) -> bool {
        matches!(self.program().op(object).kind, OpKind::Attr(_, name) if self.lexicon.words.is_place_index(&name))
    }

    fn attribute(&self, work: &mut Work, seen: &Seen, object: Val, name: Text) -> Frame {
        if let Some(frame) = self.followed(work, seen).filter(Frame::is_known) {
            return frame;
        }
        let types = self.follow().types;
        let of = seen.beside(object);
        let known = types.attribute(seen.node);
        let meaning = known.or_else(|| types.of(of.node).is_empty().then(|| self.lexicon.table_attribute(name))?);
        if meaning.is_some_and(|m| m.forgets) {
            return Frame::default();
        }
        let mut base = self.used(work, &of, seen.node.value);
        match meaning {
            Some(m) if m.column => self.single(base, name, seen.node),
            Some(m) => {
                base.bare |= m.converts.is_some();
                base
            }
            None if known.is_none() && base.is_known() && types.of(seen.node).is_empty() => {
                self.single(base, name, seen.node)
            }
            None => Frame::default(),
        }
    }

    /// The text of a value, with `{}` for what is not known.
    fn texts(&self, seen: &Seen) -> Vec<Text> {
        if let Some(text) = self.program().literal(seen.node) {
            return vec![text];
        }
        let found = self.evaluator.texts(seen).patterns;
        found.iter().filter(|p| p.iter().any(|part| matches!(part, Part::Text(_)))).map(plain).collect()
    }
}

/// A text with `{}` for its unknown parts.
pub fn plain(pattern: &Pattern) -> Text {
    let part = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        _ => "{}".to_owned(),
    };
    Text::from(&pattern.iter().map(part).collect::<String>())
}
