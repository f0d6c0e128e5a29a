//! Snippets read, and what must come of them.
#![allow(clippy::unwrap_used)]

use super::read;
use crate::fact::{DefKind, Facts, OpKind, ProblemKind, Role, Scalar, SettingKind, Val};
use crate::source::Span;

fn sliced(text: &str, span: Span) -> &str {
    text.get(span.start as usize..span.end as usize).unwrap_or("<outside>")
}

/// A value in short, as far down as it is a name or literal.
fn shown(facts: &Facts, value: Val) -> String {
    let list = |operands| {
        let each = facts.operands(operands).iter().map(|o| match o.role {
            Role::Named(name) => format!("{name}={}", shown(facts, o.value)),
            _ => shown(facts, o.value),
        });
        each.collect::<Vec<_>>().join(", ")
    };
    match facts.op(value).kind {
        OpKind::Str(text) => format!("'{text}'"),
        OpKind::Int(int) => int.to_string(),
        OpKind::Global(name) => name.to_string(),
        OpKind::Path(path) => format!("<{path}>"),
        OpKind::Param(index) => format!("#{index}"),
        OpKind::Import(index) => {
            let import = &facts.imports[index as usize];
            format!("[{}.{}]", import.module, import.name.unwrap_or_default())
        }
        OpKind::Define(id) => format!("fn {}", facts.definitions[id as usize].name),
        OpKind::Attr(object, name) => format!("{}.{name}", shown(facts, object)),
        OpKind::Call(function, operands) => format!("{}({})", shown(facts, function), list(operands)),
        OpKind::Format(operands) => format!("f({})", list(operands)),
        OpKind::List(operands) => format!("list({})", list(operands)),
        OpKind::Either(operands) => format!("either({})", list(operands)),
        OpKind::After(object, _) => format!("after({})", shown(facts, object)),
        OpKind::Nothing => "()".to_owned(),
        other => format!("{other:?}"),
    }
}

/// All calls in short.
fn calls(text: &str) -> Vec<String> {
    let facts = read(text);
    assert!(facts.problems.is_empty(), "{:?}", facts.problems);
    let calls = (0..).zip(&facts.ops).filter(|(_, op)| matches!(op.kind, OpKind::Call(..)));
    calls.map(|(value, _)| shown(&facts, value)).collect()
}

/// What the only function of a text returns.
fn returned(text: &str) -> Vec<String> {
    let facts = read(text);
    let returns = facts.ops.iter().filter_map(|op| match op.kind {
        OpKind::Return(value) => Some(shown(&facts, value)),
        _ => None,
    });
    returns.collect()
}

#[test]
fn names_are_written_out_in_full() {
    let text = "use tch::nn; use std::fs::{self, File as Handle}; use crate::config::{self, DIR};
        fn f() { nn::VarStore::new(d()); fs::read(DIR); Handle::open(config::NAME); csv::Reader::from_path(\"x\"); }
        fn d() {}";
    assert_eq!(
        calls(text),
        [
            "d()",
            "<tch.nn.VarStore>.new(d())",
            "<std.fs.read>([crate.config.DIR])",
            "<std.fs.File>.open([crate.config.NAME])",
            "<csv.Reader>.from_path('x')"
        ]
    );
}

#[test]
fn an_unbound_name_may_come_of_any_star() {
    let text = "use polars::prelude::*; fn f(p: &str) { CsvReader::new(p); Vec::new(); }";
    assert_eq!(calls(text), ["<polars.prelude.CsvReader>.new(#0)", "Vec.new()"]);
}

#[test]
fn what_only_passes_a_value_on_is_looked_through() {
    let text = "async fn f(p: String) -> Result<String> { Ok(g(&p)?.await.unwrap().clone()) } fn g() {}";
    assert_eq!(returned(text), ["g(#0)"]);
    assert_eq!(returned("fn f(p: Option<&str>) -> &str { p.unwrap_or(\"x\") }"), ["either(#0, 'x')"]);
}

#[test]
fn format_strings_hold_their_captures() {
    let text = "const DIR: &str = \"data\";\nfn f(n: u32) { format!(\"{DIR}/a-{}-{n:03}.csv\", 7); }";
    let facts = read(text);
    let formats = (0..).zip(&facts.ops).filter(|(_, op)| matches!(op.kind, OpKind::Format(_)));
    let shown: Vec<String> = formats.map(|(value, _)| shown(&facts, value)).collect();
    assert_eq!(shown, ["f(DIR, '/a-', 7, '-', #0, '.csv')"]);
    assert_eq!(calls("fn f(x: u8) { println!(\"a {x}\"); }"), ["<println!>(f('a ', #0))"]);
    assert_eq!(calls("fn f() { json!({\"a\": g(1), b => h(2)}); }").len(), 3);
}

#[test]
fn a_block_ends_what_it_binds() {
    assert_eq!(returned("fn f() -> u8 { let x = 1; { let x = 2; g(x); } x } fn g(x: u8) {}")[0], "1");
    assert_eq!(returned("fn f(c: bool) -> u8 { let mut x = 1; if c { x = 2; } x }"), ["either(2, 1)"]);
    assert_eq!(returned("fn f(c: bool) -> u8 { if c { 1 } else { 2 } }"), ["either(1, 2)"]);
    assert_eq!(returned("fn f(c: bool) -> u8 { let y = match c { true => 1, _ => return 3 }; y }"), ["3", "1"]);
    assert_eq!(returned("fn f(c: Option<u8>) -> u8 { let Some(x) = c else { return 0 }; x }"), ["0", "#0"]);
}

#[test]
fn methods_and_lent_names_change_what_they_are_called_on() {
    let text = "fn f() -> M { let mut m = M::new(); m.fit(1)?; fill(&mut m); m }";
    assert_eq!(returned(text), ["after(after(M.new()))"]);
}

#[test]
fn types_hold_their_fields_and_methods() {
    let text = "struct A { path: PathBuf }\nimpl A { const N: u8 = 1; fn new(path: PathBuf) -> Self { Self { path } }
        fn go(&self) { self.path.join(\"x\"); } }\nimpl Model for A { fn fit(&mut self) {} }";
    let facts = read(text);
    let class = facts.definitions.iter().find(|d| d.kind == DefKind::Class).unwrap();
    let names: Vec<&str> = class.bindings.iter().map(|(n, _)| n.as_str()).collect();
    assert_eq!((class.name.as_str(), names), ("A", vec!["N", "fit", "go", "new", "path"]));
    assert_eq!(class.bases.iter().map(|b| shown(&facts, *b)).collect::<Vec<_>>(), ["Model"]);
    let new = facts.definitions.iter().find(|d| d.name == "new").unwrap();
    assert_eq!(shown(&facts, new.decorators[0]), "staticmethod");
    assert_eq!(calls(text), ["PathBuf()", "A(path=#0)", "#0.path.join('x')"]);
}

#[test]
fn closures_see_the_names_around_them() {
    let text = "use a::*; fn f() { for n in 0..3 { run(|x| go(n, x, y)); } }";
    assert_eq!(calls(text)[1], "<a.go>(n, #0, <a.y>)");
}

#[test]
fn fields_that_a_command_line_fills_are_options() {
    let text = "#[derive(clap::Parser)] struct Cli { #[arg(long, default_value_t = -3)] deep: i32,
        #[arg(default_value = \"a\")] out: String, #[command(subcommand)] what: What }
        #[derive(Deserialize)] struct TrainConfig { rate: f64 } #[derive(Deserialize)] struct Row { rate: f64 }";
    let facts = read(text);
    let settings: Vec<_> = facts.settings.iter().map(|s| (s.keys[0].as_str(), s.value, s.kind)).collect();
    let expected = [
        ("deep", Scalar::Int(-3), SettingKind::Option),
        ("out", Scalar::Text("a".into()), SettingKind::Positional),
        ("rate", Scalar::Nothing, SettingKind::Field),
        ("rate", Scalar::Nothing, SettingKind::Field),
    ];
    assert_eq!(settings, expected);
    assert_eq!(sliced(text, facts.settings[1].span), "out");
}

#[test]
fn spans_are_exact_behind_other_files_and_letters() {
    let text = "#!/usr/bin/env run\n// é ß 漢字\nconst É: &str = \"ä/b\"; fn f() { é::lies(É, \"日本\")?.b(); }\n";
    for _ in 0..3 {
        let facts = read(text);
        let texts: Vec<&str> = facts.ops.iter().map(|op| sliced(text, op.span)).collect();
        for expected in ["\"ä/b\"", "é::lies(É, \"日本\")", "é::lies(É, \"日本\")?.b()", "\"日本\""] {
            assert!(texts.contains(&expected), "{expected} is not among {texts:?}");
        }
    }
}

#[test]
fn a_byte_order_mark_shifts_nothing() {
    let text = "\u{feff}const A: &str = \"x\";";
    let facts = read(text);
    assert_eq!(sliced(text, facts.ops[0].span), "\"x\"");
}

#[test]
fn every_body_is_one_run() {
    let text = include_str!("statement.rs");
    let facts = read(text);
    assert!(facts.problems.is_empty() && facts.definitions.len() > 20);
    let mut end = 0;
    for definition in &facts.definitions {
        assert_eq!(definition.body.start, end, "{}", definition.name);
        end = definition.body.end;
        assert!(definition.span == Span::default() || sliced(text, definition.span) != "<outside>");
    }
    assert_eq!(end as usize, facts.ops.len());
}

#[test]
fn tests_are_left_out_and_notes_are_read() {
    let text = "#[test] fn a() {} #[cfg(test)] mod tests { fn b() {} }\nfn c<'a>() {} // mldebt: ignore[x] why\n
        const U: &str = \"// mldebt: ignore[y]\";";
    let facts = read(text);
    assert_eq!(facts.definitions.iter().map(|d| d.name.as_str()).collect::<Vec<_>>(), ["<module>", "c"]);
    assert_eq!((facts.notes.len(), facts.notes[0].reason.as_str()), (1, "why"));
}

#[test]
fn an_error_has_its_place() {
    let text = "fn f() { let = 3; }";
    let facts = read(text);
    assert_eq!((facts.problems[0].kind, sliced(text, facts.problems[0].span)), (ProblemKind::Syntax, "="));
}

#[test]
fn hostile_shapes_end_in_a_problem_or_in_facts() {
    let body = |inner: String| format!("fn f() {{ {inner}; }}");
    let repeat = |what: &str, times: usize| what.repeat(times);
    let shapes = [
        body(format!("{}1{}", repeat("(", 100_000), repeat(")", 100_000))),
        repeat("(", 100_000),
        repeat("fn f() {", 5000),
        repeat("}", 1000),
        body(format!("{}1", repeat("1 + ", 100_000))),
        body(format!("{}1", repeat("1 + ", 3900))),
        body(format!("{}1", repeat("-", 7900))),
        body(format!("{}1", repeat("return ", 7900))),
        body(format!("{}1", repeat("|a| ", 2600))),
        body(format!("{}1{}", repeat("(", 600), repeat(")", 600))),
        body(format!("{}1{}", repeat("{", 600), repeat("}", 600))),
        body(format!("x{}", repeat(".a()", 2600))),
        body(format!("x{}", repeat("?", 7900))),
        body(format!("x{}", repeat("[0]", 7900))),
        body(format!("{}{{}}", repeat("if a {} else ", 100_000))),
        body(format!("{}{{}}", repeat("if a {} else ", 1900))),
        body(format!("vec![{}1{}]", repeat("vec![", 300), repeat("]", 300))),
        body(format!("m!{{ {}1{} }}", repeat("a: {", 600), repeat("}", 600))),
        format!("type A = {}u8{};", repeat("Vec<", 3900), repeat(">", 3900)),
        format!("type A = {}u8;", repeat("&", 7900)),
        format!("{}fn f() {{}}", repeat("#[a] ", 100_000)),
        format!("use {}a{};", repeat("a::{", 600), repeat("}", 600)),
        "\0\u{feff}fn \r f '\" r#".to_owned(),
        "\u{feff}fn f() {}".to_owned(),
    ];
    for text in shapes {
        read(&text);
    }
}
