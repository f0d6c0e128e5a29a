//! What calls make of tables.

use super::sets::made;
use super::{Chosen, Column, Frame, Frames, How, Rest, Seen, Work};
use crate::fact::{OpKind, Operand, Operator, Role, Text, Val};
use crate::lexicon::{Columns, Learns, Meaning, Selects, Slot};
use crate::value::types::{Callee, Type};

impl Frames<'_> {
    pub(super) fn call(&self, work: &mut Work, seen: &Seen) -> Frame {
        let node = seen.node;
        if let Some(frame) = self.queried(work, seen) {
            return frame;
        }
        if self.stored.reads.contains(&node) {
            return self.read(work, seen);
        }
        let types = self.follow().types;
        if types.callees(node).iter().any(|c| matches!(c, Callee::Function(..))) {
            return self.followed(work, seen).unwrap_or_default();
        }
        let meaning = self.meaning(node);
        let base = match self.receiver(seen).or_else(|| self.table_operand(seen, meaning)) {
            Some(receiver) => self.used(work, &receiver, node.value),
            None => Frame::default(),
        };
        match meaning {
            Some(meaning) => self.applied(work, seen, meaning, base),
            None => self.passed_through(work, seen, base),
        }
    }

    /// The object that a method is called on.
    pub(super) fn receiver(&self, seen: &Seen) -> Option<Seen> {
        let OpKind::Call(function, _) = self.program().op(seen.node).kind else { return None };
        let OpKind::Attr(object, _) = self.program().op(seen.beside(function).node).kind else { return None };
        let object = seen.beside(object);
        let module = |t: &Type| matches!(t, Type::Library(_) | Type::Module(_));
        (!self.follow().types.of(object.node).iter().any(module)).then_some(object)
    }

    /// The table that a function is given first, where others have methods: `mutate(frame, a = b / c)`.
    pub(super) fn table_operand(&self, seen: &Seen, meaning: Option<&Meaning>) -> Option<Seen> {
        let works = matches!(meaning?.frame?, Columns::Assign | Columns::Project | Columns::Group);
        let OpKind::Call(function, _) = self.program().op(seen.node).kind else { return None };
        if !works || matches!(self.program().op(seen.beside(function).node).kind, OpKind::Attr(..)) {
            return None;
        }
        let first = self.operands(seen).first().filter(|o| o.role == Role::Plain)?;
        Some(seen.beside(first.value))
    }

    /// What a call is given, without the table that it works on.
    pub(super) fn given(&self, seen: &Seen) -> &[Operand] {
        let operands = self.operands(seen);
        let table = self.table_operand(seen, self.meaning(seen.node)).is_some();
        operands.get(usize::from(table)..).unwrap_or_default()
    }

    pub(super) fn operands(&self, seen: &Seen) -> &[Operand] {
        match self.program().op(seen.node).kind {
            OpKind::Call(_, operands) => self.program().operands(seen.node.file, operands),
            _ => &[],
        }
    }

    pub(super) fn slot(&self, seen: &Seen, slot: &Option<Slot>) -> Option<Seen> {
        self.follow().types.slot(seen.node, slot.as_ref()?).map(|node| seen.beside(node.value))
    }

    /// What is read from data: all its columns, those that were written there, those that the reading names.
    fn read(&self, work: &mut Work, seen: &Seen) -> Frame {
        let mut frame = Frame { rest: Rest::Others(Vec::new()), ..Frame::default() };
        if let Some(queried) = self.stored.queried.get(&seen.node) {
            frame = queried.clone();
        }
        if let Some(written) = self.stored.written.get(&seen.node) {
            let frames: Vec<Frame> = written.iter().map(|value| self.used(work, value, Val::MAX)).collect();
            if let Some(all) = frames.into_iter().reduce(Frame::or).filter(Frame::is_known) {
                frame = all;
                frame.single = false;
                frame.bare = false;
                frame.passed.clear();
            }
        }
        frame.reads.push(seen.node);
        let columns = self.meaning(seen.node).and_then(|m| self.slot(seen, &m.columns));
        match columns {
            Some(columns) => {
                let chosen = self.list(work, &columns);
                frame.choose(chosen)
            }
            None => frame,
        }
    }

    /// What a call whose meaning is known makes of its receiver's table.
    pub(super) fn applied(&self, work: &mut Work, seen: &Seen, meaning: &Meaning, base: Frame) -> Frame {
        let node = seen.node;
        let names = meaning.formula.is_some() || !meaning.inputs.is_empty();
        if names && meaning.trains.is_none() && meaning.frame != Some(Columns::Pick) {
            let frame = match self.slot(seen, &meaning.x) {
                Some(x) => self.used(work, &x, node.value),
                None => base,
            };
            return self.narrowed_within(work, seen, meaning, frame);
        }
        match meaning.frame {
            Some(Columns::Each) if !base.is_known() => {
                // `scaler.transform(frame)` of a scaler of which nothing is known.
                let mut frame = self.passed_through(work, seen, base);
                frame.passed.push(seen.clone());
                return frame;
            }
            Some(Columns::Each) => return self.summed_up(work, seen, &base).unwrap_or(base),
            Some(Columns::Keep | Columns::Alias) => return base,
            Some(Columns::Extend) => return self.extended(work, seen, meaning, base),
            Some(Columns::Express) => return self.expressed(work, seen, base),
            Some(Columns::Define | Columns::Evaluate) => return self.with_sets(work, seen, base),
            Some(Columns::Assign) => {
                let mut frame = self.with_sets(work, seen, base);
                for operand in self.operands(seen).iter().filter(|o| o.role == Role::Spread) {
                    let more = self.used(work, &seen.beside(operand.value), node.value);
                    more.columns.into_iter().for_each(|column| frame.set(column));
                }
                return frame;
            }
            Some(Columns::Project) => return self.projected(work, seen, base),
            Some(Columns::Rename) => return self.renamed(work, seen, meaning, base),
            Some(Columns::Name) => return self.called_anew(work, seen, meaning, base),
            Some(Columns::Shrink) => {
                let chosen = self.arguments(work, seen);
                return base.without(chosen);
            }
            Some(Columns::Grow) => return base,
            Some(Columns::Join) => {
                let mut frames = self.argument_frames(work, seen).into_iter().filter(Frame::is_known);
                return match base.is_known() {
                    true => frames.fold(base, Frame::beside),
                    false => frames.next().map(|first| frames.fold(first, Frame::beside)).unwrap_or_default(),
                };
            }
            Some(Columns::Stack) => return self.stacked(work, seen),
            Some(Columns::Group) => {
                let mut frame = base;
                let keys = self.arguments(work, seen);
                frame.keys = keys.these.iter().map(|(name, at)| self.key_of(&frame, *name, *at)).collect();
                return frame;
            }
            Some(Columns::Encode) => return self.encoded(work, seen, meaning),
            Some(Columns::Make) => return self.table_of(work, seen),
            Some(Columns::Pipe) => return self.piped(work, seen, base),
            Some(Columns::Pair) => {
                let Some(x) = self.slot(seen, &meaning.x) else { return Frame::default() };
                let mut frame = self.used(work, &x, node.value);
                frame.label = self.slot(seen, &meaning.y).or(frame.label);
                return frame;
            }
            Some(Columns::Fields) => {
                let of = self.receiver(seen).or_else(|| self.operands(seen).first().map(|o| seen.beside(o.value)));
                return of.map(|of| self.fields_of(&of)).unwrap_or_default();
            }
            Some(
                Columns::Column | Columns::Pick | Columns::PickFirst | Columns::Run | Columns::Chain | Columns::Beside,
            ) => return Frame::default(),
            None => {}
        }
        if meaning.takes_out {
            let mut frame = match self.slot(seen, &meaning.columns) {
                Some(columns) => {
                    let chosen = self.list(work, &columns);
                    base.choose(chosen)
                }
                None => base,
            };
            frame.single = true;
            return frame;
        }
        if let Some(selects) = meaning.selects {
            return self.chosen_by(work, seen, meaning, selects, base);
        }
        if meaning.transforms
            && let Some(x) = self.slot(seen, &meaning.x)
        {
            let frame = self.used(work, &x, node.value);
            let Some(model) = self.receiver(seen) else { return frame };
            let mut frame = self.staged(work, &model, frame, 0);
            // An object of a class of the repository gives what it likes.
            frame.bare |= !self.is_own(model.node);
            frame.passed.push(seen.clone());
            return frame;
        }
        // A model that was fitted is no table, whatever it was fitted on.
        let fitted = meaning.trains == Some(Learns::Model) && !meaning.transforms;
        if meaning.predicts || meaning.forgets || fitted {
            return Frame::default();
        }
        if let Some(to) = &meaning.converts {
            let mut frame = self.passed_through(work, seen, base);
            frame.bare |= !matches!(to.as_str(), "frame" | "polars" | "spark" | "dict");
            frame.bare &= !matches!(to.as_str(), "frame" | "polars" | "spark");
            return frame;
        }
        self.passed_through(work, seen, base)
    }

    /// A call that nothing is known of hands on the table it is called on, else those it is given.
    fn passed_through(&self, work: &mut Work, seen: &Seen, base: Frame) -> Frame {
        if base.is_known() {
            return base;
        }
        let mut frames = self.argument_frames(work, seen).into_iter().filter(Frame::is_known);
        let Some(first) = frames.next() else { return base };
        frames.next().map_or(first.clone(), |second| first.beside(second))
    }

    fn argument_frames(&self, work: &mut Work, seen: &Seen) -> Vec<Frame> {
        let operands = self.operands(seen).iter();
        let tables = operands.filter(|o| matches!(o.role, Role::Plain | Role::Star | Role::Named(_)));
        tables
            .map(|o| seen.beside(o.value))
            .filter(|v| !self.is_constant(v))
            .map(|v| self.used(work, &v, seen.node.value))
            .collect()
    }

    fn is_constant(&self, seen: &Seen) -> bool {
        matches!(
            self.program().op(seen.node).kind,
            OpKind::Str(_) | OpKind::Int(_) | OpKind::Float(_) | OpKind::Bool(_) | OpKind::Nothing | OpKind::Format(_)
        )
    }

    /// The names that a call is given, one by one or in lists.
    fn arguments(&self, work: &mut Work, seen: &Seen) -> Chosen {
        let mut chosen = Chosen::default();
        for operand in self.given(seen) {
            let takes = match operand.role {
                Role::Named(name) => matches!(name.as_str(), "by" | "columns" | "on"),
                _ => true,
            };
            if takes {
                let names = self.list(work, &seen.beside(operand.value));
                chosen.these.extend(names.these);
                chosen.some |= names.some;
            }
        }
        chosen
    }

    fn with_sets(&self, work: &mut Work, seen: &Seen, mut base: Frame) -> Frame {
        for column in self.set_by(work, seen) {
            base.set(column);
        }
        base
    }

    fn key_of(&self, frame: &Frame, name: Text, at: crate::source::At) -> Column {
        Column { name, at, made: frame.column(name).and_then(|own| own.made.clone()) }
    }

    /// `select("a", expression.alias("b"))`, `groupby("k").agg(b=("a", "mean"))`
    fn projected(&self, work: &mut Work, seen: &Seen, mut base: Frame) -> Frame {
        let keys = std::mem::take(&mut base.keys);
        let sets = self.set_by(work, seen);
        let mut chosen = Chosen::default();
        let mut waiting: Vec<Seen> = self.given(seen).iter().rev().map(|o| seen.beside(o.value)).collect();
        for _ in 0..500 {
            let Some(next) = waiting.pop() else { break };
            match self.program().op(next.node).kind {
                OpKind::Str(text) if text == "*" => chosen.but = Some(Vec::new()),
                OpKind::Str(text) => chosen.these.push((text, self.place(next.node))),
                OpKind::List(operands) | OpKind::Tuple(operands) => {
                    let inner = self.program().operands(next.node.file, operands).iter().rev();
                    waiting.extend(inner.map(|o| next.beside(o.value)));
                }
                // `select(frame, -a)`
                OpKind::Binary(Operator::Sub, nothing, value)
                    if matches!(self.program().op(next.beside(nothing).node).kind, OpKind::Int(0)) =>
                {
                    let names = self.list(work, &next.beside(value)).these;
                    chosen.but.get_or_insert_default().extend(names.into_iter().map(|(name, _)| name));
                }
                OpKind::Call(..) if self.alias(work, &next).is_some() => {}
                OpKind::Call(..) if self.meaning(next.node).is_some_and(|m| m.frame == Some(Columns::Column)) => {
                    let names = self.formula_within(work, &next).columns;
                    chosen.but = if names.is_empty() { Some(Vec::new()) } else { chosen.but };
                    chosen.these.extend(names.into_iter().map(|name| (name, self.place(next.node))));
                }
                OpKind::Call(..) | OpKind::Binary(..) | OpKind::Compare(..) | OpKind::Dict(_) => {}
                OpKind::Index(..) | OpKind::Bool(_) | OpKind::Int(_) | OpKind::Nothing => {}
                _ => {
                    let names = self.list(work, &next);
                    chosen.some |= names.some && names.these.is_empty();
                    chosen.these.extend(names.these);
                }
            }
        }
        // `agg("mean")` keeps all columns.
        let words = keys.is_empty() && sets.is_empty() && chosen.these.is_empty();
        if words || (!keys.is_empty() && sets.is_empty()) {
            return base;
        }
        let mut picked = Chosen { but: chosen.but, some: chosen.some, ..Chosen::default() };
        picked.these.extend(keys.iter().map(|key| (key.name, key.at)));
        if keys.is_empty() {
            picked.these.extend(chosen.these);
        }
        picked.these.extend(sets.iter().map(|column| (column.name, column.at)));
        sets.into_iter().for_each(|column| base.set(column));
        base.choose(picked)
    }

    /// `series.rename("a")`, `groups.size().reset_index(name="a")`
    fn called_anew(&self, work: &mut Work, seen: &Seen, meaning: &Meaning, base: Frame) -> Frame {
        let Some(name) = self.slot(seen, &meaning.named) else { return base };
        let names = self.list(work, &name);
        let ([(name, at)], Some(of)) = (names.these.as_slice(), self.receiver(seen)) else { return base };
        let mut frame = Frame { rest: Rest::Nothing, single: true, keys: base.keys.clone(), ..Frame::default() };
        frame.columns.push(made(*name, *at, seen.node, How::Value(of)));
        frame.inherit(&base);
        frame
    }

    /// `rename(columns={"a": "b"})`, `withColumnRenamed("a", "b")`
    fn renamed(&self, work: &mut Work, seen: &Seen, meaning: &Meaning, mut base: Frame) -> Frame {
        // `series.rename("a")`
        if meaning.named.is_some()
            && meaning.value.is_none()
            && let Some(name) = self.slot(seen, &meaning.named)
            && matches!(self.program().op(name.node).kind, OpKind::Str(_) | OpKind::Format(_))
        {
            return self.called_anew(work, seen, meaning, base);
        }
        let mut pairs: Vec<(Text, Text, crate::source::At)> = Vec::new();
        if let (Some(old), Some(new)) = (self.slot(seen, &meaning.named), self.slot(seen, &meaning.value)) {
            let (old, new) = (self.list(work, &old).these, self.list(work, &new).these);
            pairs.extend(old.into_iter().zip(new).map(|((old, _), (new, at))| (old, new, at)));
        }
        if let Some(map) = self.slot(seen, &meaning.renames) {
            let mut map = map;
            for _ in 0..4 {
                if let OpKind::Dict(operands) = self.program().op(map.node).kind {
                    let operands = self.program().operands(map.node.file, operands);
                    for pair in operands.windows(2).filter(|pair| pair[0].role == Role::Key) {
                        let old = self.list(work, &map.beside(pair[0].value)).these;
                        let new = self.list(work, &map.beside(pair[1].value)).these;
                        pairs.extend(old.into_iter().zip(new).map(|((old, _), (new, at))| (old, new, at)));
                    }
                    break;
                }
                let mut back = self.follow().back(&map).values;
                let Some(only) = back.pop().filter(|_| back.is_empty()) else { break };
                map = only;
            }
        }
        for (old, new, at) in pairs {
            let place = base.columns.iter().position(|own| own.name == old);
            let from = match place {
                Some(place) => base.columns.remove(place),
                None => Column { name: old, at, made: None },
            };
            if let Rest::Others(without) = &mut base.rest
                && !without.contains(&old)
            {
                without.push(old);
            }
            if place.is_none() && base.rest == Rest::Nothing {
                continue;
            }
            let column = made(new, at, seen.node, How::Same(from));
            match place {
                Some(place) => base.columns.insert(place, column),
                None => base.set(column),
            }
        }
        base
    }

    /// `concat([a, b], axis=1)`
    fn stacked(&self, work: &mut Work, seen: &Seen) -> Frame {
        let operands = self.operands(seen);
        let across = operands.iter().any(|o| {
            let of = self.program().op(seen.beside(o.value).node).kind;
            let across =
                matches!(of, OpKind::Int(1)) || matches!(of, OpKind::Str(t) if t == "columns" || t == "horizontal");
            across && matches!(o.role, Role::Named(name) if name == "axis" || name == "how")
        });
        let Some(first) = operands.first().map(|o| seen.beside(o.value)) else { return Frame::default() };
        let (OpKind::List(parts) | OpKind::Tuple(parts)) = self.program().op(first.node).kind else {
            return self.used(work, &first, seen.node.value);
        };
        let parts = self.program().operands(first.node.file, parts);
        let frames = parts.iter().map(|o| self.used(work, &first.beside(o.value), seen.node.value));
        let frames: Vec<Frame> = frames.collect();
        let join = |one: Frame, two: Frame| if across { one.beside(two) } else { one.or(two) };
        frames.into_iter().reduce(join).unwrap_or_default()
    }

    /// `get_dummies(frame, columns=["a"])`
    fn encoded(&self, work: &mut Work, seen: &Seen, meaning: &Meaning) -> Frame {
        let Some(table) = self.operands(seen).first().map(|o| seen.beside(o.value)) else { return Frame::default() };
        let mut frame = self.used(work, &table, seen.node.value);
        frame.encoded = Some(seen.node);
        let Some(columns) = self.slot(seen, &meaning.columns) else { return frame };
        let chosen = self.list(work, &columns);
        for (name, at) in chosen.these.clone() {
            let new = Text::from(&format!("{name}_{{}}"));
            let how = How::Of(Text::from("dummies"), vec![name]);
            frame.set(made(new, at, seen.node, how));
        }
        let (opened, selected) = (frame.opened, frame.selected);
        let mut frame = frame.without(chosen);
        (frame.opened, frame.selected) = (opened, selected);
        frame
    }

    /// `frame.pipe(function)`: the receiver is the function's first argument.
    fn piped(&self, work: &mut Work, seen: &Seen, base: Frame) -> Frame {
        let Some(function) = self.operands(seen).first().map(|o| seen.beside(o.value)) else { return base };
        let def = self.follow().types.of(function.node).iter().find_map(|t| match t {
            Type::Function(def) | Type::Method(def) => Some(*def),
            _ => None,
        });
        let Some(def) = def else { return base };
        let stack = self.follow().enter(seen, true);
        let returned = self.follow().types.returned(def);
        let frames: Vec<Frame> =
            returned.map(|node| self.used(work, &Seen { node, stack: stack.clone() }, Val::MAX)).collect();
        frames.into_iter().reduce(Frame::or).filter(Frame::is_known).unwrap_or(base)
    }

    /// `drop(columns=...)`, `filter(like=...)`, `select_dtypes(...)`
    fn chosen_by(&self, work: &mut Work, seen: &Seen, meaning: &Meaning, selects: Selects, mut base: Frame) -> Frame {
        let columns = self.slot(seen, &meaning.columns);
        match selects {
            Selects::Open if meaning.columns.is_none() => {
                base.opened = true;
                base.vague = true;
                base
            }
            // `drop(rows)` leaves the columns alone.
            Selects::Open if !self.drops_columns(seen) => base,
            Selects::Open => {
                let chosen = columns.map(|columns| self.list(work, &columns)).unwrap_or_default();
                let mut frame = base.without(chosen);
                frame.opened |= frame.rest != Rest::Nothing;
                frame
            }
            Selects::Closed => {
                let part = self
                    .operands(seen)
                    .iter()
                    .find(|o| matches!(o.role, Role::Named(name) if name == "like" || name == "regex"));
                if let Some(part) = part {
                    let texts = self.texts(&seen.beside(part.value));
                    let like = texts.iter().map(|t| Text::from(t.trim_matches(['^', '$']))).collect();
                    return base.choose(Chosen { like, ..Chosen::default() });
                }
                match columns {
                    Some(columns) => {
                        let chosen = self.list(work, &columns);
                        base.choose(chosen)
                    }
                    None => base,
                }
            }
        }
    }

    fn drops_columns(&self, seen: &Seen) -> bool {
        let mut position = 0;
        self.operands(seen).iter().any(|operand| {
            let value = self.program().op(seen.beside(operand.value).node).kind;
            let one = matches!(value, OpKind::Int(1)) || matches!(value, OpKind::Str(t) if t == "columns");
            match operand.role {
                Role::Named(name) if name == "columns" => true,
                Role::Named(name) if name == "axis" => one,
                Role::Plain => {
                    position += 1;
                    position == 2 && one
                }
                _ => false,
            }
        })
    }
}
