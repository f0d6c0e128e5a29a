//! Values, calls and functions of Scala and Java as operations: what stands in classes and objects belongs to the file.

use rustc_hash::FxHashMap;
use tree_sitter::Node;

use crate::fact::{DefId, DefKind, Definition, Facts, OpKind, Operand, Operator, Param, ParamKind, Role, Text, Val};
use crate::source::Span;

/// Expressions in expressions are no deeper.
const DEPTH: usize = 60;

/// Methods without arguments that in Python are attributes.
const ATTRIBUTES: [&str; 5] = ["read", "readStream", "write", "writeStream", "builder"];

/// How the words of the command line go by in the language that others speak.
const WORDS: &str = "sys.argv";

/// A file while it is lowered, body by body.
pub(super) struct Lowering<'t, 'f> {
    text: &'t str,
    facts: &'f mut Facts,
    names: FxHashMap<&'t str, Val>,
    /// What imported names stand for, as the Python of the same library calls it.
    imports: FxHashMap<&'t str, String>,
    current: DefId,
    depth: usize,
    waiting: Vec<(DefId, Node<'t>)>,
    statements: u32,
}

impl<'t, 'f> Lowering<'t, 'f> {
    pub(super) fn new(text: &'t str, facts: &'f mut Facts) -> Self {
        let (names, imports) = (FxHashMap::default(), FxHashMap::default());
        Self { text, facts, names, imports, current: 0, depth: 0, waiting: Vec::new(), statements: 0 }
    }

    pub(super) fn module(mut self, root: Node<'t>) {
        self.facts.definitions.push(Definition::new(
            DefKind::Module,
            Text::from("<module>"),
            0,
            span(root),
            span(root),
        ));
        self.statement(root);
        self.finish(0, 0);
        let mut next = 0;
        while let Some((id, node)) = self.waiting.get(next).copied() {
            next += 1;
            self.function(id, node);
        }
    }

    fn finish(&mut self, id: DefId, start: Val) {
        let bindings = self.names.drain().map(|(name, value)| (Text::from(name), value)).collect();
        self.facts.end_body(id, start, bindings, std::mem::take(&mut self.statements));
    }

    fn function(&mut self, id: DefId, node: Node<'t>) {
        let start = self.facts.next_value();
        self.current = id;
        let mut params = Vec::new();
        let mut cursor = node.walk();
        let lists: Vec<Node<'t>> = node.children_by_field_name("parameters", &mut cursor).collect();
        for list in lists {
            let mut cursor = list.walk();
            let all: Vec<Node<'t>> = list.named_children(&mut cursor).collect();
            for param in all {
                let Some(name) = param.child_by_field_name("name") else { continue };
                let index = u32::try_from(params.len()).unwrap_or(u32::MAX);
                let class = param.child_by_field_name("type").map_or("", |class| self.of(class));
                let value = match class {
                    // What `main` gets are the words of the command line.
                    "Array[String]" | "String[]" => self.words(span(param)),
                    _ => self.facts.emit(OpKind::Param(index), span(param)),
                };
                self.names.insert(self.of(name), value);
                let annotation = self.imports.get(class).cloned();
                let annotation = annotation.map(|class| self.facts.emit(OpKind::Path(Text::from(&class)), span(param)));
                let (name, span) = (Text::from(self.of(name)), span(name));
                params.push(Param { name, kind: ParamKind::Plain, default: None, annotation, value, span });
            }
        }
        if let Some(definition) = self.facts.definitions.get_mut(id as usize) {
            definition.params = params;
        }
        if let Some(body) = node.child_by_field_name("body") {
            let last = self.expression(body);
            self.facts.emit(OpKind::Return(last), span(body));
        }
        self.finish(id, start);
    }

    /// Declarations and whatever holds some.
    fn statement(&mut self, node: Node<'t>) -> Val {
        let at = span(node);
        match node.kind() {
            "import_declaration" => {
                self.import(node);
                self.facts.emit(OpKind::Nothing, at)
            }
            "function_definition" | "method_declaration" | "constructor_declaration" => self.define(node),
            "val_definition" | "var_definition" => {
                let value = self.field(node, "value");
                match node.child_by_field_name("pattern") {
                    Some(pattern) if pattern.named_child_count() > 0 => self.parts(pattern, value, at),
                    Some(pattern) => self.bind(self.of(pattern), value, at),
                    None => {}
                }
                value
            }
            // `try (Reader reader = open(path))`
            "resource" => {
                let value = self.field(node, "value");
                if let Some(name) = node.child_by_field_name("name") {
                    self.bind(self.of(name), value, at);
                }
                value
            }
            "enhanced_for_statement" => {
                let all = self.field(node, "value");
                let element = self.facts.emit(OpKind::Element(all), at);
                if let Some(name) = node.child_by_field_name("name") {
                    self.bind(self.of(name), element, at);
                }
                self.field(node, "body")
            }
            "field_declaration" | "local_variable_declaration" => {
                let mut cursor = node.walk();
                let all: Vec<Node<'t>> = node.children_by_field_name("declarator", &mut cursor).collect();
                for declarator in all {
                    let value = self.field(declarator, "value");
                    if let Some(name) = declarator.child_by_field_name("name") {
                        self.bind(self.of(name), value, at);
                    }
                }
                self.facts.emit(OpKind::Nothing, at)
            }
            "assignment_expression" => {
                let value = self.field(node, "right");
                if let Some(left) = node.child_by_field_name("left").filter(|left| left.kind() == "identifier") {
                    self.bind(self.of(left), value, at);
                }
                value
            }
            "return_statement" => {
                let value = self.children(node);
                self.facts.emit(OpKind::Return(value), at)
            }
            "comment" | "block_comment" | "line_comment" | "package_clause" | "package_declaration" => {
                self.facts.emit(OpKind::Nothing, at)
            }
            _ => self.children(node),
        }
    }

    /// What stands in a node, in turn; the value of the last.
    fn children(&mut self, node: Node<'t>) -> Val {
        let mut cursor = node.walk();
        let all: Vec<Node<'t>> = node.named_children(&mut cursor).collect();
        let mut last = None;
        for child in all {
            self.facts.begin_statement();
            self.statements += 1;
            last = Some(self.expression(child));
        }
        last.unwrap_or_else(|| self.facts.emit(OpKind::Nothing, span(node)))
    }

    /// `import a.b.C`, `import a.b.{C, D}`
    fn import(&mut self, node: Node<'t>) {
        let text =
            self.of(node).trim_start_matches("import").trim().trim_end_matches(';').trim_start_matches("static ");
        let (path, names) = match text.split_once('{') {
            Some((path, names)) => (path.trim().trim_end_matches('.'), names.trim_end_matches('}')),
            None => text.rsplit_once('.').unwrap_or(("", text)),
        };
        let path = path.trim();
        let path = match path.strip_prefix("org.apache.spark") {
            Some(below) => format!("pyspark{below}"),
            None => path.to_owned(),
        };
        for name in names.split(',').map(str::trim).filter(|name| !matches!(*name, "*" | "_" | "")) {
            let own = name.split("=>").last().unwrap_or(name).trim();
            let known = name.split("=>").next().unwrap_or(name).trim();
            self.imports.insert(own, format!("{path}.{known}"));
        }
    }

    /// `val Array(a, b) = args`
    fn parts(&mut self, pattern: Node<'t>, value: Val, at: Span) {
        let mut cursor = pattern.walk();
        let all: Vec<Node<'t>> = pattern.named_children(&mut cursor).filter(|n| n.kind() == "identifier").collect();
        for (name, place) in all.into_iter().zip(0..) {
            let part = match self.is_words(value) {
                true => self.word(value, place, at),
                false => self.facts.emit(OpKind::Part(value, place), at),
            };
            self.bind(self.of(name), part, at);
        }
    }

    /// The words of the command line.
    fn words(&mut self, at: Span) -> Val {
        self.facts.emit(OpKind::Path(Text::from(WORDS)), at)
    }

    fn is_words(&self, value: Val) -> bool {
        matches!(self.facts.op(value).kind, OpKind::Path(name) if name == WORDS)
    }

    /// The word at a place: others count the program itself.
    fn word(&mut self, words: Val, place: u32, at: Span) -> Val {
        let place = self.facts.emit(OpKind::Int(i64::from(place) + 1), at);
        self.facts.emit(OpKind::Index(words, place), at)
    }

    fn bind(&mut self, name: &'t str, value: Val, at: Span) {
        if self.current == 0 {
            self.facts.emit(OpKind::Bind(Text::from(name), value), at);
        }
        self.names.insert(name, value);
    }

    fn define(&mut self, node: Node<'t>) -> Val {
        let at = span(node);
        let Some(name) = node.child_by_field_name("name") else { return self.facts.emit(OpKind::Nothing, at) };
        let id = DefId::try_from(self.facts.definitions.len()).unwrap_or(DefId::MAX);
        let mut made = Definition::new(DefKind::Function, Text::from(self.of(name)), 0, at, at);
        made.span = span(name);
        self.facts.definitions.push(made);
        self.waiting.push((id, node));
        let value = self.facts.emit(OpKind::Define(id), at);
        // What functions define is the file's as well: its names are not looked up further in.
        if self.current == 0 {
            self.bind(self.of(name), value, at);
        }
        value
    }

    fn expression(&mut self, node: Node<'t>) -> Val {
        if self.depth > DEPTH {
            return self.facts.emit(OpKind::Unknown, span(node));
        }
        self.depth += 1;
        let value = self.lowered(node);
        self.depth -= 1;
        value
    }

    fn field(&mut self, node: Node<'t>, name: &str) -> Val {
        match node.child_by_field_name(name) {
            Some(child) => self.expression(child),
            None => self.facts.emit(OpKind::Unknown, span(node)),
        }
    }

    fn lowered(&mut self, node: Node<'t>) -> Val {
        let at = span(node);
        match node.kind() {
            "string" | "string_literal" => {
                let text = self.of(node).trim_matches('"');
                self.facts.emit(OpKind::Str(Text::from(text)), at)
            }
            "interpolated_string_expression" => self.interpolated(node),
            "integer_literal" | "decimal_integer_literal" => {
                let int = self.of(node).trim_end_matches(['L', 'l']).parse();
                self.facts.emit(int.map_or(OpKind::Unknown, OpKind::Int), at)
            }
            "boolean_literal" | "true" | "false" => self.facts.emit(OpKind::Bool(self.of(node) == "true"), at),
            "null_literal" => self.facts.emit(OpKind::Nothing, at),
            "identifier" | "type_identifier" => self.name(self.of(node), at),
            "field_expression" | "field_access" => {
                let (object, name) = match node.child_by_field_name("value") {
                    Some(object) => (object, node.child_by_field_name("field")),
                    None => match node.child_by_field_name("object") {
                        Some(object) => (object, node.child_by_field_name("field")),
                        None => return self.facts.emit(OpKind::Unknown, at),
                    },
                };
                let name = name.map_or("", |name| self.of(name));
                // `SaveMode.Overwrite` is what others write as a text.
                if self.of(object) == "SaveMode" {
                    return self.facts.emit(OpKind::Str(Text::from(&name.to_ascii_lowercase())), at);
                }
                let object = self.expression(object);
                self.facts.emit(OpKind::Attr(object, Text::from(name)), at)
            }
            "call_expression" => {
                let function = self.field(node, "function");
                let arguments = self.arguments(node);
                self.called(function, &arguments, at)
            }
            "method_invocation" => {
                let name = node.child_by_field_name("name").map_or("", |name| self.of(name));
                let function = match node.child_by_field_name("object") {
                    Some(object) => {
                        let object = self.expression(object);
                        self.facts.emit(OpKind::Attr(object, Text::from(name)), at)
                    }
                    None => self.name(name, at),
                };
                let arguments = self.arguments(node);
                self.called(function, &arguments, at)
            }
            "instance_expression" | "object_creation_expression" => {
                let class = node.child_by_field_name("type").or_else(|| node.named_child(0));
                let function = match class {
                    Some(class) => self.name(self.of(class).split(['[', '<']).next().unwrap_or_default(), at),
                    None => self.facts.emit(OpKind::Unknown, at),
                };
                let arguments = self.arguments(node);
                self.called(function, &arguments, at)
            }
            "infix_expression" | "binary_expression" => {
                let (left, right) = (self.field(node, "left"), self.field(node, "right"));
                let plus = node.child_by_field_name("operator").is_some_and(|o| self.of(o) == "+");
                let operator = if plus { Operator::Add } else { Operator::Other };
                self.facts.emit(OpKind::Binary(operator, left, right), at)
            }
            "array_access" => {
                let (array, index) = (self.field(node, "array"), self.field(node, "index"));
                self.indexed(array, index, at)
            }
            "lambda_expression" => self.facts.emit(OpKind::Unknown, at),
            _ => self.statement(node),
        }
    }

    /// A call; of methods that only lead on to others nothing is called.
    fn called(&mut self, function: Val, arguments: &[Operand], at: Span) -> Val {
        if let OpKind::Attr(_, name) = self.facts.op(function).kind
            && name == "getOrCreate"
        {
            return self.session(at);
        }
        if let OpKind::Attr(_, name) = self.facts.op(function).kind
            && arguments.is_empty()
            && ATTRIBUTES.contains(&name.as_str())
        {
            return function;
        }
        if let (true, [only]) = (self.is_words(function), arguments) {
            return self.indexed(function, only.value, at);
        }
        // `String.format("%s/a", x)`, `"%s/a".format(x)`
        if let OpKind::Attr(object, name) = self.facts.op(function).kind
            && matches!(name.as_str(), "format" | "formatted")
        {
            let template = match (self.facts.op(object).kind, arguments.split_first()) {
                (OpKind::Global(class), Some((template, values))) if class == "String" => {
                    Some((template.value, values))
                }
                (OpKind::Str(_), _) => Some((object, arguments)),
                _ => None,
            };
            if let Some((template, values)) = template {
                let values = self.facts.add_operands(values);
                let values = self.facts.emit(OpKind::Tuple(values), at);
                return self.facts.emit(OpKind::Binary(Operator::Mod, template, values), at);
            }
        }
        let operands = self.facts.add_operands(arguments);
        self.facts.emit(OpKind::Call(function, operands), at)
    }

    fn indexed(&mut self, of: Val, index: Val, at: Span) -> Val {
        match self.facts.op(index).kind {
            OpKind::Int(place) if self.is_words(of) => match u32::try_from(place) {
                Ok(place) => self.word(of, place, at),
                Err(_) => self.facts.emit(OpKind::Unknown, at),
            },
            _ => self.facts.emit(OpKind::Index(of, index), at),
        }
    }

    fn arguments(&mut self, node: Node<'t>) -> Vec<Operand> {
        let list = node.child_by_field_name("arguments").or_else(|| {
            let mut cursor = node.walk();
            node.named_children(&mut cursor).find(|child| child.kind() == "arguments")
        });
        let Some(list) = list else { return Vec::new() };
        let mut cursor = list.walk();
        let all: Vec<Node<'t>> = list.named_children(&mut cursor).filter(|n| !n.kind().ends_with("comment")).collect();
        let mut found = Vec::new();
        for argument in all {
            let named =
                (argument.kind() == "assignment_expression").then(|| argument.child_by_field_name("left")).flatten();
            match named {
                Some(name) => {
                    let value = self.field(argument, "right");
                    found.push(Operand { value, role: Role::Named(Text::from(self.of(name))) });
                }
                None => {
                    let value = self.expression(argument);
                    found.push(Operand { value, role: Role::Plain });
                }
            }
        }
        found
    }

    /// `s"$a/b/${c}"`
    fn interpolated(&mut self, node: Node<'t>) -> Val {
        let at = span(node);
        let mut cursor = node.walk();
        let Some(string) = node.named_children(&mut cursor).find(|n| n.kind() == "interpolated_string") else {
            return self.facts.emit(OpKind::Unknown, at);
        };
        let mut cursor = string.walk();
        let holes: Vec<Node<'t>> = string.named_children(&mut cursor).filter(|n| n.kind() == "interpolation").collect();
        let quotes = if self.of(string).starts_with("\"\"\"") { 3 } else { 1 };
        let mut from = string.start_byte() + quotes;
        let end = string.end_byte().saturating_sub(quotes);
        let mut parts = Vec::new();
        for hole in holes {
            let before = self.text.get(from..hole.start_byte()).unwrap_or_default();
            let before = self.facts.emit(OpKind::Str(Text::from(before)), at);
            let value = self.children(hole);
            parts.extend([before, value].map(|value| Operand { value, role: Role::Plain }));
            from = hole.end_byte();
        }
        let rest = self.text.get(from..end).unwrap_or_default();
        let rest = self.facts.emit(OpKind::Str(Text::from(rest)), at);
        parts.push(Operand { value: rest, role: Role::Plain });
        let parts = self.facts.add_operands(&parts);
        self.facts.emit(OpKind::Format(parts), at)
    }

    /// A session of Spark, however it is come by.
    fn session(&mut self, at: Span) -> Val {
        let class = self.facts.emit(OpKind::Path(Text::from("pyspark.sql.SparkSession")), at);
        let none = self.facts.add_operands(&[]);
        self.facts.emit(OpKind::Call(class, none), at)
    }

    /// What a name stands for: here, by an import, or in the file.
    fn name(&mut self, name: &'t str, at: Span) -> Val {
        if let Some(value) = self.names.get(name) {
            return *value;
        }
        let kind = match (self.imports.get(name), name) {
            (None, "spark" | "sparkSession") if self.current == 0 || !self.text.contains("val spark") => {
                return self.session(at);
            }
            (Some(imported), _) => OpKind::Path(Text::from(imported)),
            // What an application of Scala gets without a `main`.
            (None, "args") if self.text.contains("extends App") => return self.words(at),
            (None, "System") => OpKind::Path(Text::from("java.lang.System")),
            (None, "SparkSession") => OpKind::Path(Text::from("pyspark.sql.SparkSession")),
            (None, name) => OpKind::Global(Text::from(name)),
        };
        self.facts.emit(kind, at)
    }

    fn of(&self, node: Node<'t>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }
}

fn span(node: Node<'_>) -> Span {
    Span::new(node.start_byte(), node.end_byte())
}
