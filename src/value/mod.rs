//! What a value may be: its type, its text, where it comes from and where it lies.

pub mod follow;
pub mod lookups;
pub mod mentions;
pub mod place;
pub mod reach;
pub mod settings;
pub mod slice;
pub mod text;
pub mod touches;
pub mod types;
pub mod users;
