//! The store of Databricks, which is mounted in the file system: one place by several spellings.

use crate::fact::OpKind;
use crate::program::Program;

/// What stands in front of its places.
pub(super) const SCHEME: &str = "dbfs";

/// The same, in the file system.
const MOUNT: &str = "/dbfs/";

/// Folders of the store that Spark knows without a scheme.
const FOLDERS: [&str; 4] = ["/mnt/", "/FileStore/", "/Volumes/", "/databricks-datasets/"];

/// Is any place of a program spelled as one of the store?
pub(super) fn is_used(program: &Program<'_>) -> bool {
    let texts = program.facts.iter().flat_map(|facts| &facts.ops);
    let mut texts = texts.filter_map(|op| if let OpKind::Str(text) = op.kind { Some(text) } else { None });
    texts.any(|text| marked(&text).is_some())
}

fn marked(text: &str) -> Option<&str> {
    let whole = text.strip_prefix(SCHEME).and_then(|rest| rest.strip_prefix(':')).filter(|rest| rest.starts_with('/'));
    whole.or_else(|| text.strip_prefix(MOUNT))
}

/// The place in the store that a text names; `used`: whether others name the store in full.
pub(super) fn inner(text: &str, used: bool) -> Option<String> {
    let known = || FOLDERS.iter().any(|folder| used && text.starts_with(folder)).then_some(text);
    marked(text).or_else(known).map(|inner| super::segments("", inner))
}

/// The one name of a place in the store.
pub(super) fn name(inner: &str) -> String {
    format!("{SCHEME}:/{inner}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_of_the_store_has_one_name() {
        let all = ["dbfs:/mnt/gold/churn", "/dbfs/mnt/gold/churn", "dbfs:///mnt/gold/churn/", "/mnt/gold/churn"];
        assert!(all.iter().all(|text| inner(text, true).as_deref() == Some("mnt/gold/churn")));
        assert!(inner("/mnt/gold/churn", false).is_none() && inner("data/mnt/x", true).is_none());
    }
}
