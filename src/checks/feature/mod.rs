//! The checks of the family `feature`.

pub mod unkept_preprocessor;
