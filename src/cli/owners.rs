//! Who owns a path: the repository's CODEOWNERS file.

use std::collections::BTreeMap;
use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Where platforms look for the file, in the order of GitHub.
const PLACES: [&str; 4] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];

/// The owners of paths.
pub struct Owners {
    patterns: Gitignore,
    owners: BTreeMap<String, Vec<String>>,
}

impl Owners {
    /// The owners that the repository names; none if it has no such file.
    pub fn find(root: &Path) -> Option<Self> {
        let text = PLACES.iter().find_map(|place| std::fs::read_to_string(root.join(place)).ok())?;
        Some(Self::parse(&text))
    }

    fn parse(text: &str) -> Self {
        let mut builder = GitignoreBuilder::new("");
        let mut owners = BTreeMap::new();
        for line in text.lines() {
            let line = line.split_once(" #").map_or(line, |(line, _)| line).trim();
            let mut words = line.split_whitespace();
            // Sections and negations belong to other dialects.
            let Some(pattern) = words.next().filter(|w| !w.starts_with(['#', '[', '!', '^'])) else { continue };
            let named: Vec<String> = words.map(str::to_owned).collect();
            // A folder's pattern speaks of all that lies in it.
            for pattern in [pattern.to_owned(), format!("{}/**", pattern.trim_end_matches('/'))] {
                // A pattern that is none owns nothing; one that ends in a star names files, not folders.
                if !pattern.ends_with("*/**") && builder.add_line(None, &pattern).is_ok() {
                    owners.insert(pattern, named.clone());
                }
            }
        }
        Self { patterns: builder.build().unwrap_or_else(|_| Gitignore::empty()), owners }
    }

    /// Who owns a path relative to the root: the last pattern that fits says.
    pub fn of(&self, path: &str) -> &[String] {
        let fits = self.patterns.matched(path.trim_start_matches("./").trim_start_matches('/'), false);
        fits.inner().and_then(|glob| self.owners.get(glob.original())).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::Owners;

    #[test]
    fn the_last_pattern_wins_and_may_name_nobody() {
        let owners = Owners::parse("# all\n* @team\n/data/ @data @ops # both\n*.sql @sql\n/data/free/\n!x @y\n[ @z\n");
        assert_eq!(owners.of("train.py"), ["@team"]);
        assert_eq!(owners.of("data/raw/a.csv"), ["@data", "@ops"]);
        assert_eq!(owners.of("data/a.sql"), ["@sql"]);
        assert!(owners.of("data/free/a.csv").is_empty());
    }
}
