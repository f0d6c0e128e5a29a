//! The checks of the family `smell`.

pub mod same_feature_two_languages;
