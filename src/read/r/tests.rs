//! What R scripts say.

use std::time::{Duration, Instant};

use super::{chunks, read};
use crate::fact::OpKind;

#[test]
fn calls_keep_their_arguments_and_functions_their_bodies() {
    let facts = read("x <- read_csv('a.csv')\nf <- function(d, n = 2) { y <- paste0(d, '/b'); y }\nx |> f()\n", "a.R");
    let calls = facts.ops.iter().filter(|op| matches!(op.kind, OpKind::Call(..))).count();
    let names: Vec<&str> = facts.definitions.iter().map(|d| d.name.as_str()).collect();
    assert_eq!((calls, names), (2, vec!["<module>", "f"]));
    assert_eq!(facts.definitions[1].params.len(), 2);
    assert_eq!(facts.definitions[0].body.end, facts.definitions[1].body.start);
}

#[test]
fn of_a_notebook_only_the_chunks_are_code() {
    let text = "a `b`\n```{r}\nx <- 1\n```\nc\n```{python}\ny\n```\n";
    assert_eq!(chunks(text).trim(), "x <- 1");
    assert_eq!(chunks(text).len(), text.len());
}

#[test]
fn hostile_scripts_end_soon() {
    let shapes = [
        "(".repeat(4_000),
        "f(".repeat(4_000),
        "{".repeat(4_000),
        "a %>% ".repeat(4_000),
        "if (a) ".repeat(4_000),
        "function(x) ".repeat(4_000),
        "\"".repeat(4_001),
        "a$".repeat(4_000),
        "x <- ".repeat(4_000),
        "\0é`".repeat(4_000),
    ];
    for shape in shapes {
        let start = Instant::now();
        read(&shape, "a.R");
        let shown: String = shape.chars().take(12).collect();
        assert!(start.elapsed() < Duration::from_secs(30), "{shown} took {:?}", start.elapsed());
    }
}
