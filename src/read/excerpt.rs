//! A text put together out of pieces of a file, which still knows where in the file each of them stands.

use crate::source::Span;

/// Such a text.
#[derive(Debug, Default)]
pub struct Excerpt {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Where it begins in the text.
    start: usize,
    /// The bytes of the file that it stands for.
    from: usize,
    to: usize,
}

impl Excerpt {
    /// Adds what stands at `from` in the file.
    pub fn copy(&mut self, piece: &str, from: usize) {
        self.fill(piece, from, from + piece.len());
    }

    /// Adds what stands for the bytes of the file between `from` and `to`.
    pub fn fill(&mut self, piece: &str, from: usize, to: usize) {
        self.pieces.push(Piece { start: self.text.len(), from, to });
        self.text.push_str(piece);
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where in the file a part of the text stands.
    pub fn span(&self, part: Span) -> Span {
        let (start, end) = (part.start as usize, part.end as usize);
        let Some((first, _)) = self.piece(start) else { return part };
        let Some((last, stop)) = self.piece(end.saturating_sub(1).max(start)) else { return part };
        let from = (first.from + start - first.start).min(first.to);
        let to = if end >= stop { last.to } else { (last.from + end - last.start).min(last.to) };
        Span::new(from, to.max(from))
    }

    /// The piece at an offset of the text, and where in the text it ends.
    fn piece(&self, offset: usize) -> Option<(Piece, usize)> {
        let next = self.pieces.partition_point(|p| p.start <= offset);
        let piece = self.pieces.get(next.checked_sub(1)?)?;
        Some((*piece, self.pieces.get(next).map_or(self.text.len(), |p| p.start)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_again_in_the_file() {
        let file = "wget $(URL) \\\n\t-O x";
        let mut excerpt = Excerpt::default();
        excerpt.copy("wget ", 0);
        excerpt.fill("https://example.org/x", 5, 11);
        excerpt.copy(" \\\n", 11);
        excerpt.copy("-O x", 15);
        let whole = excerpt.span(Span::new(0, excerpt.text().len()));
        assert_eq!(whole, Span::new(0, file.len()));
        assert_eq!(excerpt.span(Span::new(5, 26)), Span::new(5, 11));
        assert_eq!(excerpt.span(Span::new(13, 26)), Span::new(11, 11));
    }
}
