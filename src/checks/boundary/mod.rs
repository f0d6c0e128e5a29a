//! The checks of the family `boundary`.

pub mod shared_output_scraped;
