//! The checks of the family `feature`.

pub mod constant_served_feature;
pub mod request_row_mismatch;
pub mod skewed_feature_formula;
pub mod uninverted_target;
pub mod unkept_preprocessor;
