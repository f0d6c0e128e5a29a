//! What the trainer and the service share: the rows, the network, where everything lies.

pub mod net;
pub mod paths;
pub mod rows;
