//! The checks of the family `smell`.

pub mod naked_prediction;
pub mod same_feature_two_languages;
