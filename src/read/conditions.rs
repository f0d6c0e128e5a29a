//! Conditions that are written as text, in SQL or for a table's `query`: which columns are compared with which numbers.

use std::ops::Range;

/// A comparison of a column with a number.
#[derive(Debug, PartialEq)]
pub struct Condition {
    /// The column, without its table.
    pub column: String,
    /// The number.
    pub number: f64,
    /// Where in the text.
    pub range: Range<usize>,
}

/// A word or a sign of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'t> {
    Name(&'t str),
    Number(f64),
    Compares,
    Other,
}

/// All comparisons of a column with a number, in order.
pub fn conditions(text: &str) -> Vec<Condition> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    for three in tokens.windows(3) {
        let [(left, from), (Token::Compares, _), (right, to)] = three else { continue };
        let (column, number) = match (left, right) {
            (Token::Name(name), Token::Number(number)) | (Token::Number(number), Token::Name(name)) => (*name, *number),
            _ => continue,
        };
        let column = column.rsplit('.').next().unwrap_or(column).to_lowercase();
        found.push(Condition { column, number, range: from.start..to.end });
    }
    found
}

/// The names of the columns by which a statement of SQL chooses rows.
pub fn choosing(text: &str) -> Vec<String> {
    let mut chooses = false;
    let mut names = Vec::new();
    for (token, _) in tokens(text) {
        let Token::Name(name) = token else { continue };
        match name.to_lowercase().as_str() {
            "where" | "having" | "qualify" => chooses = true,
            "select" | "from" | "group" | "order" | "limit" | "union" => chooses = false,
            word if chooses => names.push(word.rsplit('.').next().unwrap_or(word).to_owned()),
            _ => {}
        }
    }
    names
}

fn tokens(text: &str) -> Vec<(Token<'_>, Range<usize>)> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    let run = |from: usize, fits: &dyn Fn(u8) -> bool| bytes[from..].iter().take_while(|b| fits(**b)).count();
    while at < bytes.len() {
        let from = at;
        let byte = bytes[at];
        let token = match byte {
            b'-' if bytes.get(at + 1) == Some(&b'-') => {
                at += run(at, &|b| b != b'\n');
                continue;
            }
            // A text, which holds no column; names in double quotes and in backticks are names.
            b'\'' => {
                at += 1 + run(at + 1, &|b| b != b'\'') + 1;
                Token::Other
            }
            b'<' | b'>' => {
                at += run(at, &|b| matches!(b, b'<' | b'>' | b'='));
                // `<>` asks for a difference, not for a side.
                if &text[from..at] == "<>" { Token::Other } else { Token::Compares }
            }
            _ if byte.is_ascii_digit() || (byte == b'.' && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)) => {
                at += run(at, &|b| b.is_ascii_digit() || b == b'.');
                text[from..at].parse().map_or(Token::Other, Token::Number)
            }
            _ if byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'`' | b'"') || !byte.is_ascii() => {
                at +=
                    run(at, &|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'`' | b'"') || !b.is_ascii());
                Token::Name(text[from..at].trim_matches(['`', '"']))
            }
            _ if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            _ => {
                at += 1;
                Token::Other
            }
        };
        at = at.min(bytes.len()).max(from + 1);
        tokens.push((token, from..at));
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_are_of_a_column_with_a_number() {
        let found = conditions(
            "SELECT id, CASE WHEN s.Score >= 0.87 THEN 'a > 3' END FROM t -- x > 4\nWHERE 5 < age AND a <> 3",
        );
        let told: Vec<(&str, f64)> = found.iter().map(|c| (c.column.as_str(), c.number)).collect();
        assert_eq!(told, [("score", 0.87), ("age", 5.0)]);
        assert_eq!(conditions("churn_probability > .62").len(), 1);
        assert_eq!(choosing("SELECT a FROM t WHERE s.b > 1 OR control ORDER BY c"), ["b", "or", "control"]);
    }

    #[test]
    fn odd_texts_are_read_to_their_end() {
        assert!(conditions("'").is_empty() && conditions("a >").is_empty() && conditions("").is_empty());
        assert!(conditions("größe > 'é").is_empty());
    }
}
