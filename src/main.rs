//! The command line: arguments to `cli`, its answer to the shell.
fn main() {}
