//! What a value may be: its type, its text, where it comes from and where it lies.

pub mod by_option;
pub mod computation;
pub mod entered;
pub mod environment;
pub mod follow;
pub mod lookups;
pub mod frame;
pub mod mentions;
pub mod options;
pub mod pinned;
pub mod place;
pub mod reach;
pub mod sampled;
pub mod scripts;
pub mod settings;
pub mod shapes;
pub mod slice;
pub mod spelling;
pub mod stack;
pub mod statements;
pub mod text;
pub mod touches;
pub mod types;
mod words;
pub mod users;
