//! Which columns a value names: lists that are written out, put together, filtered, kept in settings or on objects.

use super::{Frames, Rest, Seen, Work};
use crate::fact::{Comparison, OpKind, Operands, Operator, Role, Text, Val};
use crate::lexicon::{Columns, Meaning, Returns, TextTest};
use crate::program::{Def, Node};
use crate::source::{At, Kind};
use crate::value::types::{Callee, Type};

/// Names of columns as a value chooses them.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// These, each where it is named.
    pub these: Vec<(Text, At)>,
    /// All others but these.
    pub but: Option<Vec<Text>>,
    /// Those in whose names one of these parts stands.
    pub like: Vec<Text>,
    /// And some that cannot be told.
    pub some: bool,
    /// It is a name and not a list of one.
    pub word: bool,
    /// They come out of a set, in no order.
    pub unordered: Option<At>,
}

impl Chosen {
    fn unknown() -> Self {
        Self { some: true, ..Self::default() }
    }

    fn and(mut self, other: Self) -> Self {
        for (name, at) in other.these {
            if !self.these.iter().any(|(own, _)| *own == name) {
                self.these.push((name, at));
            }
        }
        self.but = self.but.or(other.but);
        self.like.extend(other.like);
        self.some |= other.some;
        self.word = false;
        self.unordered = self.unordered.or(other.unordered);
        self
    }

    fn less(mut self, other: &Self) -> Self {
        let out = |name: &Text| {
            other.these.iter().any(|(gone, _)| gone == name)
                || other.like.iter().any(|part| name.contains(part.as_str()))
        };
        self.these.retain(|(name, _)| !out(name));
        if let Some(but) = &mut self.but {
            but.extend(other.these.iter().map(|(name, _)| *name));
        }
        self
    }
}

impl Frames<'_> {
    /// The names that a value chooses.
    pub fn names(&self, seen: &Seen) -> Chosen {
        self.list(&mut Work::default(), seen)
    }

    pub(super) fn list(&self, work: &mut Work, seen: &Seen) -> Chosen {
        work.steps += 1;
        if work.steps > super::STEPS || work.depth > super::DEPTH {
            return Chosen::unknown();
        }
        work.depth += 1;
        let chosen = self.listed(work, seen);
        work.depth -= 1;
        if chosen.some && chosen.these.is_empty() && chosen.but.is_none() {
            return self.lines(seen).unwrap_or(chosen);
        }
        chosen
    }

    fn listed(&self, work: &mut Work, seen: &Seen) -> Chosen {
        let program = self.program();
        let node = seen.node;
        match program.op(node).kind {
            OpKind::Str(name) => Chosen { these: vec![(name, self.place(node))], word: true, ..Chosen::default() },
            OpKind::Format(_) => self.said(seen),
            OpKind::List(operands) | OpKind::Tuple(operands) => self.elements(work, seen, operands),
            OpKind::Dict(operands) => {
                let operands = program.operands(node.file, operands).iter();
                let keys = operands.filter(|o| matches!(o.role, Role::Key | Role::Spread));
                keys.map(|o| self.list(work, &seen.beside(o.value))).fold(Chosen::default(), Chosen::and)
            }
            OpKind::Binary(Operator::Add | Operator::Bit | Operator::Or, left, right) => {
                let (one, two) = (self.list(work, &seen.beside(left)), self.list(work, &seen.beside(right)));
                if one.word || two.word { self.said(seen) } else { one.and(two) }
            }
            OpKind::Binary(Operator::Sub, left, right) => {
                let less = self.list(work, &seen.beside(right));
                self.list(work, &seen.beside(left)).less(&less)
            }
            OpKind::Binary(Operator::Mod, ..) => self.said(seen),
            OpKind::Binary(..) => Chosen::unknown(),
            OpKind::Element(sequence) => {
                let mut chosen = self.list(work, &seen.beside(sequence));
                chosen.word = chosen.these.len() == 1;
                chosen
            }
            OpKind::After(value, call) => {
                let chosen = self.list(work, &seen.beside(value));
                self.grown(work, &seen.beside(call), chosen)
            }
            OpKind::Call(function, operands) => self.called(work, seen, function, operands),
            OpKind::Index(..) | OpKind::Attr(..) => self.kept(work, seen),
            OpKind::Nothing => Chosen::default(),
            _ => self.handed(work, seen),
        }
    }

    /// The names that a text may be.
    fn said(&self, seen: &Seen) -> Chosen {
        let at = self.place(seen.node);
        let these: Vec<(Text, At)> = self.texts(seen).into_iter().map(|text| (text, at)).collect();
        Chosen { some: these.is_empty(), word: these.len() == 1, these, ..Chosen::default() }
    }

    fn handed(&self, work: &mut Work, seen: &Seen) -> Chosen {
        let values = self.follow().back(seen).values;
        let mut all = values.iter().map(|value| self.list(work, value)).collect::<Vec<_>>().into_iter();
        match all.next() {
            Some(first) if all.len() == 0 => first,
            // A list that a loop grows is one of its own ends.
            Some(first) => {
                let word = first.word;
                let mut chosen = all.fold(first, Chosen::and);
                chosen.word = word;
                chosen
            }
            None => match self.bare_name(seen.node) {
                Some(name) => Chosen { these: vec![(name, self.place(seen.node))], word: true, ..Chosen::default() },
                None => Chosen::unknown(),
            },
        }
    }

    /// A name that nobody binds: where tables are worked on in R, it is a column.
    pub(super) fn bare_name(&self, node: Node) -> Option<Text> {
        match self.program().op(node).kind {
            OpKind::Global(name) if self.program().sources[node.file.index()].kind == Kind::R => {
                let bound = self.program().binding(self.program().owner(node), name);
                let module = self.program().binding(Def { file: node.file, id: 0 }, name);
                (bound.is_none() && module.is_none()).then_some(name)
            }
            _ => None,
        }
    }

    fn elements(&self, work: &mut Work, seen: &Seen, operands: Operands) -> Chosen {
        let all = self.program().operands(seen.node.file, operands);
        // `[entry["name"] for entry in entries if ...]`
        if let [only] = all
            && let Some(chosen) = self.of_each_entry(&seen.beside(only.value), Some(seen.node.value))
        {
            return chosen;
        }
        // `[c for c in names if ...]`
        if let [only] = all
            && let OpKind::Element(sequence) = self.program().op(seen.beside(only.value).node).kind
        {
            let chosen = self.list(work, &seen.beside(sequence));
            return self.filtered(work, seen, only.value, chosen);
        }
        all.iter().map(|o| self.list(work, &seen.beside(o.value))).fold(Chosen::default(), Chosen::and)
    }

    /// What the conditions of a comprehension leave of the names that its element stands for.
    fn filtered(&self, work: &mut Work, seen: &Seen, element: Val, mut chosen: Chosen) -> Chosen {
        let program = self.program();
        for value in element..seen.node.value {
            let OpKind::Test(condition) = program.op(seen.beside(value).node).kind else { continue };
            let mut waiting = vec![(condition, false)];
            for _ in 0..12 {
                let Some((condition, negated)) = waiting.pop() else { break };
                let at = seen.beside(condition);
                match program.op(at.node).kind {
                    OpKind::Not(inner) => waiting.push((inner, !negated)),
                    OpKind::Binary(Operator::Bit | Operator::Or, left, right) => {
                        waiting.extend([(left, negated), (right, negated)])
                    }
                    OpKind::Either(operands) => {
                        waiting.extend(program.operands(at.node.file, operands).iter().map(|o| (o.value, negated)));
                    }
                    OpKind::Compare(how, left, right) => {
                        let left_is = self.is_element(&at.beside(left), element);
                        let outside = (how == Comparison::NotIn || how == Comparison::Unequal) != negated;
                        let other = if left_is { right } else { left };
                        if !left_is && !self.is_element(&at.beside(right), element) {
                            continue;
                        }
                        let named = self.list(work, &at.beside(other));
                        chosen = match (left_is, outside) {
                            (true, true) if !named.some => chosen.less(&named),
                            // `c in frame.columns`: those that are not there fail elsewhere.
                            (true, false) if named.but.is_some() || named.some => chosen,
                            (true, false) if chosen.but.is_some() => named,
                            // `"lag" in c`
                            (false, false) if chosen.but.is_some() => {
                                let like = named.these.into_iter().map(|(part, _)| part);
                                Chosen { like: chosen.like.into_iter().chain(like).collect(), ..Chosen::default() }
                            }
                            (false, true) => chosen
                                .less(&Chosen { like: named.these.iter().map(|n| n.0).collect(), ..Chosen::default() }),
                            _ => chosen,
                        };
                    }
                    OpKind::Call(function, operands) => {
                        let OpKind::Attr(object, _) = program.op(at.beside(function).node).kind else { continue };
                        let tests = self.follow().types.callees(at.node).iter().any(
                            |c| matches!(c, Callee::Meaning(m) if matches!(m.tests, Some(TextTest::StartsWith | TextTest::EndsWith))),
                        );
                        let shaped = self.lexicon.words.tests_text(&at_name(program.op(at.beside(function).node).kind));
                        if (!tests && !shaped) || !self.is_element(&at.beside(object), element) {
                            continue;
                        }
                        let Some(first) = program.operands(at.node.file, operands).first() else { continue };
                        let part = self.list(work, &at.beside(first.value));
                        let like: Vec<Text> = part.these.iter().map(|(part, _)| *part).collect();
                        chosen = match (negated, chosen.but.is_some()) {
                            (false, true) => {
                                Chosen { like: chosen.like.into_iter().chain(like).collect(), ..Chosen::default() }
                            }
                            (true, _) => chosen.less(&Chosen { like, ..Chosen::default() }),
                            _ => chosen,
                        };
                    }
                    _ => {}
                }
            }
        }
        chosen
    }

    fn is_element(&self, seen: &Seen, element: Val) -> bool {
        seen.node.value == element
    }

    /// A list after a call that changed it.
    fn grown(&self, work: &mut Work, call: &Seen, chosen: Chosen) -> Chosen {
        let OpKind::Call(function, operands) = self.program().op(call.node).kind else { return chosen };
        let OpKind::Attr(_, method) = self.program().op(call.beside(function).node).kind else { return chosen };
        let does = self.list_method(method);
        if self.sorts(call) {
            return Chosen { unordered: None, ..chosen };
        }
        let operands = self.program().operands(call.node.file, operands);
        let Some(last) = operands.last().map(|o| call.beside(o.value)) else { return chosen };
        let named = self.list(work, &last);
        match does {
            Some(Columns::Grow) => chosen.and(named),
            Some(Columns::Shrink) => chosen.less(&named),
            _ => chosen,
        }
    }

    /// Does a call put what it is called on into an order?
    fn sorts(&self, call: &Seen) -> bool {
        self.follow().types.callees(call.node).iter().any(|c| matches!(c, Callee::Meaning(m) if m.orders))
    }

    /// Does a method of that name add names to a list, or take some from it?
    fn list_method(&self, name: Text) -> Option<Columns> {
        let words = &self.lexicon.words;
        words.grows(&name).then_some(Columns::Grow).or_else(|| words.shrinks(&name).then_some(Columns::Shrink))
    }

    fn called(&self, work: &mut Work, seen: &Seen, function: Val, operands: Operands) -> Chosen {
        let program = self.program();
        let own = program.operands(seen.node.file, operands);
        let types = self.follow().types;
        if types.callees(seen.node).iter().any(|c| matches!(c, Callee::Function(..))) {
            return self.handed(work, seen);
        }
        if let Some(node) = self.evaluator.settings_node(seen)
            && let Some(chosen) = self.in_settings(&node)
        {
            return chosen;
        }
        let receiver = match program.op(seen.beside(function).node).kind {
            OpKind::Attr(object, name) if types.library_name(seen.beside(object).node).is_none() => {
                Some((seen.beside(object), name))
            }
            _ => None,
        };
        let first = own.iter().find(|o| o.role == Role::Plain).map(|o| seen.beside(o.value));
        if let Some((object, name)) = receiver {
            let base = self.list(work, &object);
            if base.word {
                return self.said(seen);
            }
            return match (self.list_method(name), first) {
                (Some(Columns::Shrink), Some(first)) => {
                    let less = self.list(work, &first);
                    base.less(&less)
                }
                (Some(Columns::Grow), Some(first)) => {
                    let more = self.list(work, &first);
                    base.and(more)
                }
                _ if base.some && base.these.is_empty() => self.said_or_looked_up(work, seen),
                _ => base,
            };
        }
        // A field whose default is a function's list.
        for operand in own {
            let made = types.of(seen.beside(operand.value).node).iter().find_map(|t| match t {
                Type::Function(def) if program.definition(*def).params.is_empty() => Some(*def),
                _ => None,
            });
            if let (Role::Named(_), Some(def)) = (operand.role, made)
                && let Some(returned) = types.returned(def).next()
            {
                return self.list(work, &Seen { node: returned, stack: self.follow().enter(seen, false) });
            }
        }
        // Only what makes a list of a list hands its names on.
        let library = types.library_name(seen.beside(function).node);
        let lists = library.is_none_or(|name| name.starts_with("builtins.") || name.starts_with("itertools."))
            || types.is_a(seen.node, "builtins.list")
            || types
                .callees(seen.node)
                .iter()
                .any(|c| matches!(c, Callee::Meaning(m) if m.returns == Some(Returns::Argument)));
        let reads = types.callees(seen.node).iter().any(|c| matches!(c, Callee::Meaning(m) if m.place.is_some()));
        match first {
            Some(_) if !lists || reads => Chosen::unknown(),
            Some(first) => {
                let mut chosen = self.list(work, &first);
                let of = |asks: &dyn Fn(&Meaning) -> bool| {
                    types.callees(seen.node).iter().any(|c| matches!(c, Callee::Meaning(m) if asks(m)))
                };
                if of(&|m| m.orders) {
                    chosen.unordered = None;
                } else if of(&|m| m.unites) {
                    chosen.unordered = Some(self.place(seen.node));
                }
                chosen
            }
            None if own.is_empty() => Chosen::default(),
            None => Chosen::unknown(),
        }
    }

    fn said_or_looked_up(&self, work: &mut Work, seen: &Seen) -> Chosen {
        let chosen = self.handed(work, seen);
        if chosen.some { self.said(seen) } else { chosen }
    }

    /// Names in a settings file, on an object, in a container; or all columns of a table.
    fn kept(&self, work: &mut Work, seen: &Seen) -> Chosen {
        if let Some(node) = self.evaluator.settings_node(seen)
            && let Some(chosen) = self.in_settings(&node)
        {
            return chosen;
        }
        let program = self.program();
        let chosen = self.handed(work, seen);
        if !chosen.some {
            return chosen;
        }
        match program.op(seen.node).kind {
            // `function.__name__`
            OpKind::Attr(object, name) if name == "__name__" => {
                let functions = self.follow().types.of(seen.beside(object).node).iter().filter_map(|ty| match ty {
                    Type::Function(def) => Some(*def),
                    _ => None,
                });
                let named = functions.map(|def| (self.program().definition(def).name, self.program().def_place(def)));
                let these: Vec<(Text, At)> = named.collect();
                Chosen { some: these.is_empty(), word: these.len() == 1, these, ..Chosen::default() }
            }
            OpKind::Attr(object, name) => {
                let of = seen.beside(object);
                let types = self.follow().types;
                let meaning = types.attribute(seen.node);
                let meaning =
                    meaning.or_else(|| types.of(of.node).is_empty().then(|| self.lexicon.table_attribute(name))?);
                if meaning.is_some_and(|m| m.frame == Some(Columns::Fields)) {
                    let frame = self.used(work, &of, seen.node.value);
                    let these = frame.columns.iter().map(|column| (column.name, column.at)).collect();
                    let but = match frame.rest {
                        Rest::Nothing => None,
                        Rest::Others(without) => Some(without),
                        Rest::Unknown => Some(Vec::new()),
                    };
                    // All columns of a table in sight stay all of them, whichever they are.
                    return match but {
                        Some(but) => Chosen { but: Some(but), ..Chosen::default() },
                        None => Chosen { these, ..Chosen::default() },
                    };
                }
                let text = self.said(seen);
                if text.some { self.only_key(name).unwrap_or(chosen) } else { text }
            }
            // A slice or a mask of names.
            OpKind::Index(object, index) => {
                let inner = self.list(work, &seen.beside(object));
                match program.op(seen.beside(index).node).kind {
                    OpKind::Str(key) if inner.these.is_empty() => {
                        let text = self.said(seen);
                        if text.some { self.only_key(key).unwrap_or(chosen) } else { text }
                    }
                    OpKind::Slice(..) | OpKind::Compare(..) if inner.but.is_some() => {
                        Chosen { but: Some(Vec::new()), ..Chosen::default() }
                    }
                    OpKind::Slice(..) if !inner.some => inner,
                    _ => {
                        let text = self.said(seen);
                        if text.some { chosen } else { text }
                    }
                }
            }
            _ => chosen,
        }
    }
}

fn at_name(kind: OpKind) -> Text {
    match kind {
        OpKind::Attr(_, name) => name,
        _ => Text::default(),
    }
}
