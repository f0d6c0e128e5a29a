//! Settings as nested items: a map, the maps below its keys, the elements of its lists.

use crate::fact::{Setting, Text, Word};

/// A map of a settings file: the settings below it, which stand together, and how deep they lie.
#[derive(Clone, Copy)]
pub struct Item<'a> {
    below: &'a [Setting],
    depth: usize,
    /// The map's own setting; none for the document.
    pub own: Option<&'a Setting>,
}

impl<'a> Item<'a> {
    /// The whole document.
    pub fn root(settings: &'a [Setting]) -> Self {
        Self { below: settings, depth: 0, own: None }
    }

    /// The documents of a file that holds several, one after the other: a key of the first row that comes again begins the next.
    pub fn documents(settings: &'a [Setting]) -> Vec<Self> {
        let mut found = Vec::new();
        let mut seen: Vec<Text> = Vec::new();
        let mut start = 0;
        let own = (0..).zip(settings).filter(|(_, s)| s.keys.len() == 1);
        for (at, key) in own.filter_map(|(at, s)| Some((at, *s.keys.first()?))) {
            if seen.contains(&key) {
                found.push(Self::root(settings.get(start..at).unwrap_or_default()));
                seen.clear();
                start = at;
            }
            seen.push(key);
        }
        found.push(Self::root(settings.get(start..).unwrap_or_default()));
        found
    }

    /// The entries of a map, or the elements of a list, each with its key.
    pub fn entries(self) -> impl Iterator<Item = (Text, Item<'a>)> {
        let Self { below, depth, .. } = self;
        let mut at = 0;
        std::iter::from_fn(move || {
            let own = below.get(at)?;
            let rest = below.get(at + 1..).unwrap_or_default();
            let inside = rest.iter().take_while(|s| s.keys.len() > depth + 1).count();
            at += 1 + inside;
            let key = own.keys.get(depth).copied().unwrap_or_default();
            Some((key, Item { below: &rest[..inside], depth: depth + 1, own: Some(own) }))
        })
    }

    /// What stands under a key.
    pub fn get(self, key: &str) -> Option<Item<'a>> {
        self.entries().find(|(k, _)| k == key).map(|(_, item)| item)
    }

    /// The elements of the list under a key.
    pub fn list(self, key: &str) -> impl Iterator<Item = Item<'a>> {
        self.get(key).into_iter().flat_map(|list| list.entries().map(|(_, item)| item))
    }

    /// The text it is, and where that stands.
    pub fn word(self) -> Option<Word> {
        let own = self.own?;
        Some(Word { text: Text::from(&own.value.text()?), span: own.value_span })
    }

    /// The text under a key.
    pub fn text(self, key: &str) -> Option<Word> {
        self.get(key)?.word()
    }
}
