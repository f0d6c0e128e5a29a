//! What the classes of libraries take, by the names of their parameters in any of their versions.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use crate::fact::Text;

/// Lines of a class's names, a colon, and the names of its parameters; written by `tools/signatures.py`.
const SIGNATURES: [&str; 4] = [
    include_str!("../../rules/signatures/pytorch_lightning.txt"),
    include_str!("../../rules/signatures/sklearn.txt"),
    include_str!("../../rules/signatures/torch.txt"),
    include_str!("../../rules/signatures/transformers.txt"),
];

/// The names of all parameters that a library's class takes; none if it takes more, or is not known.
pub fn signature(class: Text) -> Option<Vec<&'static str>> {
    static CLASSES: OnceLock<FxHashMap<&str, &str>> = OnceLock::new();
    let classes = CLASSES.get_or_init(|| {
        let lines = SIGNATURES.iter().flat_map(|text| text.lines()).filter_map(|line| line.split_once(": "));
        lines.flat_map(|(names, taken)| names.split_whitespace().map(move |name| (name, taken))).collect()
    });
    Some(classes.get(class.as_str())?.split_whitespace().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_known_by_their_public_names() {
        let taken = signature(Text::from("sklearn.ensemble.RandomForestClassifier")).unwrap_or_default();
        assert!(taken.contains(&"n_estimators") && !taken.contains(&"n_estimator"));
        assert!(signature(Text::from("transformers.TrainingArguments")).is_some_and(|t| t.contains(&"bf16")));
        assert_eq!(signature(Text::from("xgboost.XGBClassifier")), None);
    }
}
