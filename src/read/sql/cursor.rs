//! Finds the parser's places, which count lines and characters, in bytes.

use std::str::CharIndices;

use sqlparser::tokenizer::Location;

/// Turns lines and columns, in rising order, into bytes.
pub struct Cursor<'a> {
    rest: CharIndices<'a>,
    at: Location,
}

impl<'a> Cursor<'a> {
    /// At the start of a text.
    pub fn new(text: &'a str) -> Self {
        Self { rest: text.char_indices(), at: Location { line: 1, column: 1 } }
    }

    /// The byte at that place, or the last one reached if that is further.
    pub fn reach(&mut self, place: Location) -> usize {
        while self.at < place {
            match self.rest.next() {
                Some((_, '\n')) => self.at = Location { line: self.at.line + 1, column: 1 },
                Some(_) => self.at.column += 1,
                None => break,
            }
        }
        self.rest.offset()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_reached_in_rising_order() {
        let mut cursor = Cursor::new("é b\nü c");
        let places = [(1, 3), (2, 1), (2, 3), (9, 1)].map(|(line, column)| cursor.reach(Location { line, column }));
        assert_eq!(places, [3, 5, 8, 9]);
    }
}
