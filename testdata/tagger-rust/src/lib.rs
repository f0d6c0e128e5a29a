//! Tags the words of job advertisements: skills, places, degrees.

pub mod features;
pub mod model;
pub mod paths;
pub mod settings;
