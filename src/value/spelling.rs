//! How paths are spelled and which of them cover others: folders, globs, and parts that nobody knows.

/// A path below a folder, without `.`, `..` and doubled slashes.
pub fn segments(base: &str, path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in base.split('/').chain(path.split('/')) {
        match segment {
            "" | "." => {}
            ".." if kept.last().is_some_and(|s| *s != ".." && *s != "{}") => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    kept.join("/")
}

/// Does the declared place cover the touched one: the same, a folder above it, or a pattern that fits?
pub fn covers(declared: &str, touched: &str) -> bool {
    let declared = declared.trim_end_matches('/');
    if declared == touched || declared == "." || declared.is_empty() {
        return true;
    }
    let mut left = declared.split('/');
    let mut right = touched.split('/');
    loop {
        match (left.next(), right.next()) {
            (None, _) => return true,
            (Some(_), None) => return false,
            (Some(l), Some(r)) => {
                if !fits(l, r) && !fits(r, l) {
                    return false;
                }
            }
        }
    }
}

/// Does a segment with holes fit a text?
pub fn fits(pattern: &str, text: &str) -> bool {
    let mut pieces: Vec<&str> = pattern.split("{}").collect();
    let Some(last) = pieces.pop() else { return false };
    let mut pieces = pieces.into_iter();
    let Some(first) = pieces.next() else { return text == last };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    // What fits first leaves most for the pieces behind it.
    for piece in pieces {
        let Some(found) = rest.find(piece) else { return false };
        rest = &rest[found + piece.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_one_spelling() {
        assert_eq!(segments("", "../feature//{}/x.p"), "../feature/{}/x.p");
        assert_eq!(segments("src/train", "../data/./a.csv"), "src/data/a.csv");
    }

    #[test]
    fn folders_and_patterns_cover_what_lies_below() {
        assert!(covers("data", "data/raw/a.csv"));
        assert!(covers("data/{}.csv", "data/train.csv"));
        assert!(!covers("data/a.csv", "data/b.csv"));
        assert!(!covers("database", "data/a.csv"));
        assert!(fits("{}_{}.csv", "a_b_c.csv") && fits("a{}a", "aba") && !fits("a{}a", "a") && !fits("a{}b{}c", "acb"));
        assert!(!fits(&"{}a".repeat(40), &"a".repeat(39)) && fits(&"{}a".repeat(40), &"a".repeat(400)));
    }
}
