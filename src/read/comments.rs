//! Ignore comments.
use crate::fact::Note;
use crate::source::Span;
/// Stand-in until the reader of comments is merged.
pub fn notes(_text: &str, _comments: impl Iterator<Item = Span>) -> Vec<Note> {
    Vec::new()
}
