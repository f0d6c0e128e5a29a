//! Columns that a text or a name chooses for a model: formulas (`y ~ a + b`), labels and inputs given by name.

use super::{Chosen, Column, Frame, Frames, Rest, Seen, Work};
use crate::fact::Text;
use crate::lexicon::Meaning;

/// What a formula says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Terms<'t> {
    /// The columns before the tilde.
    label: Vec<&'t str>,
    /// The columns behind it.
    inputs: Vec<&'t str>,
    /// It takes all others, ...
    all: bool,
    /// ... but these.
    but: Vec<&'t str>,
    /// A part of it is not known.
    some: bool,
}

impl Frames<'_> {
    /// A table as a call takes it that is told by name which columns are inputs and which is the label.
    pub fn narrowed(&self, call: &Seen, meaning: &Meaning, frame: Frame) -> Frame {
        self.narrowed_within(&mut Work::default(), call, meaning, frame)
    }

    pub(super) fn narrowed_within(&self, work: &mut Work, call: &Seen, meaning: &Meaning, frame: Frame) -> Frame {
        if let Some(formula) = self.slot(call, &meaning.formula) {
            return self.by_formula(&formula, frame);
        }
        let mut frame = frame;
        let mut inputs = Chosen::default();
        for slot in &meaning.inputs {
            if let Some(names) = self.slot(call, &Some(slot.clone())) {
                let more = self.list(work, &names);
                inputs.these.extend(more.these);
                inputs.but = inputs.but.or(more.but);
                inputs.some |= more.some;
            }
        }
        // Places instead of names, or nothing at all: it takes what there is.
        if !inputs.these.is_empty() || inputs.but.is_some() {
            frame = frame.choose(inputs);
        }
        for slot in &meaning.passes_over {
            if let Some(names) = self.slot(call, &Some(slot.clone())) {
                let chosen = self.list(work, &names);
                if !chosen.these.is_empty() {
                    frame = frame.without(chosen);
                }
            }
        }
        if let Some(label) = self.slot(call, &meaning.label) {
            let chosen = self.list(work, &label);
            frame = self.labelled(frame, chosen);
        }
        frame
    }

    /// A table without its labels, which are kept in mind.
    fn labelled(&self, frame: Frame, labels: Chosen) -> Frame {
        if labels.these.is_empty() {
            return frame;
        }
        let made = |name: &Text| frame.column(*name).and_then(|own| own.made.clone());
        let named: Vec<Column> =
            labels.these.iter().map(|(name, at)| Column { name: *name, at: *at, made: made(name) }).collect();
        let (selected, closed) = (frame.selected, frame.rest == Rest::Nothing);
        let columns: Vec<Column> = named.iter().filter(|label| label.made.is_some()).cloned().collect();
        let mut frame = frame.without(labels);
        frame.left.retain(|left| !columns.iter().any(|label| label.name == left.name));
        frame.selected = selected;
        frame.opened |= !closed;
        frame.labels = named;
        frame
    }

    /// The inputs of a formula, its labels kept beside them.
    pub(super) fn by_formula(&self, formula: &Seen, frame: Frame) -> Frame {
        let at = self.place(formula.node);
        let texts = self.texts(formula);
        let mut said = texts.iter().filter_map(|text| terms(text));
        let Some(first) = said.next() else { return frame };
        let mut chosen = Chosen::default();
        let mut labels = Chosen::default();
        for one in std::iter::once(first).chain(said) {
            chosen.these.extend(one.inputs.iter().map(|name| (Text::from(name), at)));
            labels.these.extend(one.label.iter().map(|name| (Text::from(name), at)));
            chosen.some |= one.some;
            if one.all {
                let but = one.but.iter().chain(&one.label).map(|name| Text::from(name));
                chosen.but.get_or_insert_default().extend(but);
            }
        }
        let mut seen: Vec<Text> = Vec::new();
        chosen.these.retain(|(name, _)| {
            let new = !seen.contains(name);
            seen.push(*name);
            new
        });
        let mut whole = self.labelled(frame.clone(), labels);
        let named = std::mem::take(&mut whole.labels);
        let mut inputs = if chosen.but.is_some() { whole } else { frame };
        inputs = inputs.choose(chosen);
        inputs.left.retain(|left| !named.iter().any(|label| label.name == left.name));
        inputs.labels = named;
        inputs
    }

    /// The labels of a formula as a table.
    pub(super) fn labels_of(&self, frame: &Frame) -> Frame {
        let single = frame.labels.len() == 1;
        let reads = frame.reads.clone();
        Frame { columns: frame.labels.clone(), rest: Rest::Nothing, selected: true, single, reads, ..Frame::default() }
    }
}

/// `y ~ a + log(b) + C(d) - e`, `y ~ .`
fn terms(text: &str) -> Option<Terms<'_>> {
    let (left, right) = text.split_once('~')?;
    let mut terms = Terms { label: columns(left), ..Terms::default() };
    terms.some = right.contains("{}");
    let mut depth = 0_i32;
    let mut start = 0;
    let mut taken_out = false;
    let mut pieces: Vec<(&str, bool)> = Vec::new();
    for (index, c) in right.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '+' | '-' if depth == 0 => {
                pieces.push((&right[start..index], taken_out));
                taken_out = c == '-';
                start = index + 1;
            }
            _ => {}
        }
    }
    pieces.push((&right[start..], taken_out));
    for (piece, out) in pieces {
        match (piece.trim(), out) {
            (".", false) => terms.all = true,
            (piece, true) => terms.but.extend(columns(piece)),
            (piece, false) => columns(piece).into_iter().for_each(|name| add(&mut terms.inputs, name)),
        }
    }
    let but = std::mem::take(&mut terms.but);
    terms.inputs.retain(|name| !but.contains(name));
    terms.but = but;
    Some(terms)
}

/// The names of columns in a part of a formula: what is neither called nor the name of an argument.
fn columns(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    let mut rest = text;
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    while let Some(start) = rest.find(|c: char| c.is_alphabetic() || matches!(c, '_' | '`' | '\'' | '"')) {
        let after = &rest[start..];
        let before = &text[..text.len() - after.len()];
        // `2e3` is a number.
        let number = before.ends_with(|c: char| c.is_ascii_digit() || c == '.');
        if let Some(quote) = after.chars().next().filter(|c| matches!(c, '`' | '\'' | '"')) {
            let inner = &after[1..];
            let Some(end) = inner.find(quote) else { break };
            // `Q("a b")` quotes a name; other texts are levels and kinds.
            if quote == '`' || before.trim_end().ends_with("Q(") {
                add(&mut found, &inner[..end]);
            }
            rest = &inner[end + 1..];
            continue;
        }
        let end = after.find(|c: char| !is_word(c)).unwrap_or(after.len());
        let behind = after[end..].trim_start();
        let called = behind.starts_with('(');
        let argument = behind.starts_with('=') && !behind.starts_with("==");
        let word = after[..end].trim_end_matches('.');
        if !called && !argument && !number && word != "{" {
            add(&mut found, word);
        }
        rest = &after[end..];
    }
    found
}

fn add<'t>(found: &mut Vec<&'t str>, name: &'t str) {
    if !found.contains(&name) {
        found.push(name);
    }
}

#[cfg(test)]
mod tests {
    use super::terms;

    #[test]
    fn formulas_name_a_label_and_inputs() {
        let said =
            terms("log(wage) ~ age + I(age**2) + np.log1p(km) + C(region, Treatment(reference='n')) + bs(x, df=4)");
        let said = said.unwrap_or_default();
        assert_eq!((said.label, said.inputs), (vec!["wage"], vec!["age", "km", "region", "x"]));
        let said = terms("Volume ~ . - id").unwrap_or_default();
        assert!(said.all && said.but == ["id"]);
        let said = terms("y ~ Sepal.Length * `a b` + (1 | subject) + Q(\"c d\")").unwrap_or_default();
        assert_eq!(said.inputs, ["Sepal.Length", "a b", "subject", "c d"]);
        assert!(terms("no formula").is_none());
    }
}
