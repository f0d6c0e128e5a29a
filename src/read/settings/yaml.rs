//! YAML through granit's events, so that repeated keys, anchors and positions survive.

use std::rc::Rc;

use granit_parser::{Event, Parser, ScalarStyle};
use rustc_hash::FxHashMap;

use super::{DEPTH, Entry, LIMIT, Tree, Value, flatten, plain};
use crate::fact::{Facts, ProblemKind, Scalar, Text};
use crate::source::Span;

/// Reads a YAML file; all its documents.
pub fn yaml(text: &str) -> Facts {
    let mut facts = Facts::default();
    let mut builder = Builder::default();
    let mut comments = Vec::new();
    for event in Parser::new_from_str(text) {
        match event {
            Ok((Event::Comment(..), span)) => comments.push(bytes(span)),
            Ok((event, span)) => {
                if !builder.take(event, bytes(span)) {
                    facts.trouble(ProblemKind::TooDeep, "nested too deeply", bytes(span));
                    break;
                }
            }
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(0);
                let template = text.contains("{{") || text.contains("{%");
                let kind = if template { ProblemKind::Template } else { ProblemKind::Syntax };
                facts.trouble(kind, error.to_string(), Span::new(at, at));
                break;
            }
        }
    }
    // What stands before the trouble counts.
    builder.unwind();
    for root in &builder.documents {
        flatten(root, &mut facts);
    }
    facts.notes = super::super::comments::notes(text, comments.into_iter());
    facts
}

fn bytes(span: granit_parser::Span) -> Span {
    span.byte_range().map(|r| Span::new(r.start, r.end)).unwrap_or_default()
}

/// A collection that is not yet closed.
struct Open {
    tree: Tree,
    anchor: usize,
    key: Option<(Text, Span)>,
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    documents: Vec<Tree>,
    anchors: FxHashMap<usize, Rc<Tree>>,
    nodes: usize,
}

impl Builder {
    /// Takes an event; false if nesting is too deep.
    fn take(&mut self, event: Event<'_>, span: Span) -> bool {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let literal = style != ScalarStyle::Plain || tag.is_some();
                let scalar = if literal { Scalar::Text(Text::from(&text)) } else { plain(&text) };
                self.value(Tree { value: Value::Scalar(scalar), span }, anchor, Some(&text));
            }
            Event::SequenceStart(_, anchor, _) => self.begin(Value::List(Vec::new()), span, anchor),
            Event::MappingStart(_, anchor, _) => self.begin(Value::Map(Vec::new()), span, anchor),
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(anchor) => {
                let value = match self.anchors.get(&anchor) {
                    Some(tree) => Value::Shared(Rc::clone(tree)),
                    None => Value::Scalar(Scalar::Nothing),
                };
                self.value(Tree { value, span }, 0, None);
            }
            _ => {}
        }
        self.open.len() <= DEPTH
    }

    fn begin(&mut self, value: Value, span: Span, anchor: usize) {
        self.open.push(Open { tree: Tree { value, span }, anchor, key: None });
    }

    fn end(&mut self, span: Span) {
        if let Some(mut open) = self.open.pop() {
            open.tree.span.end = open.tree.span.end.max(span.end);
            self.value(open.tree, open.anchor, None);
        }
    }

    /// Closes everything that a broken file leaves open.
    fn unwind(&mut self) {
        while !self.open.is_empty() {
            self.end(Span::default());
        }
    }

    fn value(&mut self, tree: Tree, anchor: usize, text: Option<&str>) {
        self.nodes += 1;
        if self.nodes > LIMIT * 4 {
            return;
        }
        let tree = if anchor == 0 {
            tree
        } else {
            let span = tree.span;
            let shared = Rc::new(tree);
            self.anchors.insert(anchor, Rc::clone(&shared));
            Tree { value: Value::Shared(shared), span }
        };
        let Some(open) = self.open.last_mut() else {
            self.documents.push(tree);
            return;
        };
        match &mut open.tree.value {
            Value::List(elements) => elements.push(tree),
            Value::Map(entries) => match open.key.take() {
                None => open.key = Some((Text::from(text.unwrap_or("?")), tree.span)),
                Some((key, key_span)) => entries.push(Entry { key, key_span, merge: key == "<<", value: tree }),
            },
            Value::Scalar(_) | Value::Shared(_) => {}
        }
    }
}
