//! Computations in plain words, as the lexicon says them: `log(add({0}, 1))`.

/// Words inside of words.
const DEPTH: usize = 8;

/// Makes one value of a computation: of its parts by their numbers, of numbers, and of words over values.
pub fn told<T>(
    template: &str,
    part: &dyn Fn(usize) -> Option<T>,
    number: &dyn Fn(f64) -> T,
    word: &dyn Fn(&str, Vec<T>) -> Option<T>,
) -> Option<T> {
    let mut rest = template;
    let value = Reader { part, number, word }.read(&mut rest, 0)?;
    rest.trim().is_empty().then_some(value)
}

struct Reader<'a, T> {
    part: &'a dyn Fn(usize) -> Option<T>,
    number: &'a dyn Fn(f64) -> T,
    word: &'a dyn Fn(&str, Vec<T>) -> Option<T>,
}

impl<T> Reader<'_, T> {
    fn read(&self, rest: &mut &str, depth: usize) -> Option<T> {
        *rest = rest.trim_start();
        if depth > DEPTH {
            return None;
        }
        if let Some(after) = rest.strip_prefix('{') {
            let (number, after) = after.split_once('}')?;
            *rest = after;
            return (self.part)(number.parse().ok()?);
        }
        let end = rest.find(['(', ',', ')']).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        *rest = after;
        let Some(after) = rest.strip_prefix('(') else { return word.trim().parse().ok().map(self.number) };
        *rest = after;
        let mut inner = Vec::new();
        loop {
            inner.push(self.read(rest, depth + 1)?);
            *rest = rest.trim_start();
            match rest.strip_prefix(',') {
                Some(after) => *rest = after,
                None => break,
            }
        }
        *rest = rest.strip_prefix(')')?;
        (self.word)(word, inner)
    }
}
