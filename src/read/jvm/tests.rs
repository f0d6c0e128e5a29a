//! What programs of the JVM say.

use std::time::{Duration, Instant};

use super::read;
use crate::fact::OpKind;

#[test]
fn methods_are_definitions_and_what_they_ask_is_called() {
    let text = "object A { val b = \"x\"\n def run(p: String) = { spark.read.csv(s\"$b/$p\") } }";
    let facts = read(text, "A.scala");
    let names: Vec<&str> = facts.definitions.iter().map(|d| d.name.as_str()).collect();
    assert_eq!(names, ["<module>", "run"]);
    let text = "class A { void run() { spark.read().csv(\"x\"); } }";
    let facts = read(text, "A.java");
    assert_eq!(facts.ops.iter().filter(|op| matches!(op.kind, OpKind::Call(..))).count(), 2);
}

#[test]
fn hostile_programs_end_soon() {
    let shapes = ["(", "{", "a.b(", "spark.read.", "object A {", "\"", "s\"${", "a + ", "class A { void f() {", "\0é`"];
    for (shape, path) in shapes.iter().flat_map(|shape| [(shape, "a.scala"), (shape, "a.java")]) {
        let start = Instant::now();
        read(&format!("spark {}", shape.repeat(4_000)), path);
        assert!(start.elapsed() < Duration::from_secs(30), "{shape} took {:?}", start.elapsed());
    }
}
