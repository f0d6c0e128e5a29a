//! Calls of R, and the few whose arguments say more than any call's: scripts that are taken in, texts that are put together.

use tree_sitter::Node;

use super::lower::{Lowering, span};
use crate::fact::{Import, OpKind, Operand, Operator, Role, Text, Val};

/// Of the scripts of a folder that is taken in, so many are.
const FOLDER: u32 = 24;

impl<'t> Lowering<'t, '_> {
    /// A call; what a pipe hands over is its first argument.
    pub(super) fn call(&mut self, node: Node<'t>, piped: Option<Val>) -> Val {
        let at = span(node);
        let Some(function) = node.child_by_field_name("function") else {
            return self.facts.emit(OpKind::Unknown, at);
        };
        let name = match function.kind() {
            "identifier" => self.of(function),
            "namespace_operator" => function.child_by_field_name("rhs").map_or("", |name| self.of(name)),
            _ => "",
        };
        if matches!(name, "library" | "require" | "requireNamespace") {
            return self.facts.emit(OpKind::Nothing, at);
        }
        let mut operands: Vec<Operand> = piped.map(|value| Operand { value, role: Role::Plain }).into_iter().collect();
        operands.extend(self.arguments(node));
        match name {
            "source" | "sys.source" | "source_python" | "render" | "quarto_render" => self.source(node, &operands),
            "sourceDirectory" | "source_dir" => {
                if let Some(folder) = operands.first().and_then(|operand| self.path(operand.value)) {
                    self.folder(node, &folder);
                }
            }
            "return" => {
                let value = operands.first().map_or_else(|| self.facts.emit(OpKind::Nothing, at), |o| o.value);
                return self.facts.emit(OpKind::Return(value), at);
            }
            "glue_sql" | "glue_data_sql" | "str_glue" => return self.joined("glue", node, &operands),
            "paste0" | "paste" | "str_c" | "glue" => return self.joined(name, node, &operands),
            "sprintf" => {
                if let Some((format, values)) = operands.split_first() {
                    let values = self.facts.add_operands(values);
                    let values = self.facts.emit(OpKind::Tuple(values), at);
                    return self.facts.emit(OpKind::Binary(Operator::Mod, format.value, values), at);
                }
            }
            "c" | "list" if operands.iter().all(|o| o.role == Role::Plain) => {
                let operands = self.facts.add_operands(&operands);
                return self.facts.emit(OpKind::List(operands), at);
            }
            "c" | "list" => return self.dict(node, &operands),
            // What only runs its argument is that.
            "suppressPackageStartupMessages"
            | "suppressMessages"
            | "suppressWarnings"
            | "invisible"
            | "print"
            | "local"
            | "set_names"
            | "setNames"
            | "sort"
            | "unique"
            | "as.character"
            | "system.time" => {
                if let Some(first) = operands.first() {
                    return first.value;
                }
            }
            _ => {}
        }
        if matches!(
            name,
            "lapply" | "sapply" | "map" | "map_dfr" | "map_df" | "map_dfc" | "walk" | "future_map" | "mclapply"
        ) {
            self.each(node, &operands);
            if let [elements, function, ..] = operands.as_slice()
                && matches!(self.facts.op(function.value).kind, OpKind::Global(name) if name == "source")
            {
                self.sources(node, elements.value);
            }
        }
        let function = self.expression(function);
        let operands = self.facts.add_operands(&operands);
        self.facts.emit(OpKind::Call(function, operands), at)
    }

    /// `lapply(files, read.csv)`: what a library's function does with each element.
    fn each(&mut self, node: Node<'t>, operands: &[Operand]) {
        let [elements, function, ..] = operands else { return };
        let library = match self.facts.op(function.value).kind {
            OpKind::Path(_) => true,
            OpKind::Global(name) => !self.facts.definitions.iter().any(|d| d.name == name),
            _ => false,
        };
        if library {
            let element = self.facts.emit(OpKind::Element(elements.value), span(node));
            let given = self.facts.add_operands(&[Operand { value: element, role: Role::Plain }]);
            self.facts.emit(OpKind::Call(function.value, given), span(node));
        }
    }

    /// `list(a = 1)`
    fn dict(&mut self, node: Node<'t>, operands: &[Operand]) -> Val {
        let mut entries = Vec::new();
        for operand in operands {
            let key = match operand.role {
                Role::Named(name) => self.text(&name, span(node)),
                _ => self.facts.emit(OpKind::Unknown, span(node)),
            };
            entries
                .extend([Operand { value: key, role: Role::Key }, Operand { value: operand.value, role: Role::Plain }]);
        }
        let entries = self.facts.add_operands(&entries);
        self.facts.emit(OpKind::Dict(entries), span(node))
    }

    /// A script that is taken in: all its names are known from here on.
    fn source(&mut self, node: Node<'t>, operands: &[Operand]) {
        let named = operands
            .iter()
            .find(|operand| matches!(operand.role, Role::Named(name) if name == "file" || name == "input"));
        let Some(operand) = named.or_else(|| operands.first()) else { return };
        match (self.path(operand.value), self.facts.op(operand.value).kind) {
            (Some(path), _) => self.taken(node, &path, 0),
            // `for (file in list.files("R")) source(file)`
            (None, OpKind::Element(elements)) => self.sources(node, elements),
            _ => {}
        }
    }

    /// Scripts that are taken in one after the other: those of a list, or of a folder.
    fn sources(&mut self, node: Node<'t>, elements: Val) {
        match self.facts.op(elements).kind {
            OpKind::List(run) => {
                let values: Vec<Val> = self.facts.operands(run).iter().map(|operand| operand.value).collect();
                let paths: Vec<String> = values.into_iter().filter_map(|value| self.path(value)).collect();
                paths.iter().for_each(|path| self.taken(node, path, 0));
            }
            OpKind::Call(function, run) if self.is_called(function, &["list.files", "dir", "dir_ls", "list_files"]) => {
                let first = self.facts.operands(run).first().map(|operand| operand.value);
                if let Some(folder) = first.and_then(|value| self.path(value)) {
                    self.folder(node, &folder);
                }
            }
            _ => {}
        }
    }

    /// A folder whose scripts are taken in: which there are, who links the files knows.
    fn folder(&mut self, node: Node<'t>, folder: &str) {
        let folder = format!("{}/", folder.trim_end_matches('/'));
        (1..=FOLDER).for_each(|number| self.taken(node, &folder, number));
    }

    fn taken(&mut self, node: Node<'t>, path: &str, level: u32) {
        let value =
            self.facts.emit(OpKind::Import(u32::try_from(self.facts.imports.len()).unwrap_or(u32::MAX)), span(node));
        let (module, alias) = (Text::from(path), Text::from("*"));
        let name = Some(alias);
        self.facts.imports.push(Import { module, level, name, alias, value, span: span(node), optional: false });
    }

    /// A path that is written out: `"R/a.R"`, `here("R", "a.R")`, `file.path(..)`.
    fn path(&self, value: Val) -> Option<String> {
        match self.facts.op(value).kind {
            OpKind::Str(path) => Some(path.to_string()),
            OpKind::Call(function, run)
                if self.is_called(function, &["here", "file.path", "path", "normalizePath"]) =>
            {
                let plain = self.facts.operands(run).iter().filter(|operand| operand.role == Role::Plain);
                let parts: Option<Vec<String>> = plain.map(|operand| self.path(operand.value)).collect();
                parts.filter(|parts| !parts.is_empty()).map(|parts| parts.join("/"))
            }
            _ => None,
        }
    }

    fn is_called(&self, function: Val, names: &[&str]) -> bool {
        match self.facts.op(function).kind {
            OpKind::Global(name) => names.contains(&name.as_str()),
            OpKind::Path(name) => name.strip_prefix("r.").is_some_and(|name| names.contains(&name)),
            _ => false,
        }
    }

    /// `paste0(a, b)`, `paste(a, b, sep = "_")`, `glue("{a}/x")`
    fn joined(&mut self, name: &str, node: Node<'t>, operands: &[Operand]) -> Val {
        let at = span(node);
        let named = |wanted: &str| operands.iter().find(|o| matches!(o.role, Role::Named(n) if n == wanted));
        let separator = match named("sep").map(|operand| self.facts.op(operand.value).kind) {
            Some(OpKind::Str(text)) => text.to_string(),
            _ if name == "paste" => " ".to_owned(),
            _ => String::new(),
        };
        let mut parts: Vec<Operand> = Vec::new();
        for operand in operands.iter().filter(|o| o.role == Role::Plain) {
            if !parts.is_empty() && !separator.is_empty() {
                let value = self.text(&separator, at);
                parts.push(Operand { value, role: Role::Plain });
            }
            match self.facts.op(operand.value).kind {
                OpKind::Str(text) if name == "glue" => self.filled(text, node, &mut parts),
                _ => parts.push(*operand),
            }
        }
        let parts = self.facts.add_operands(&parts);
        self.facts.emit(OpKind::Format(parts), at)
    }

    /// `"{a}/x"`: what stands in braces is a name, or not known.
    fn filled(&mut self, text: Text, node: Node<'t>, parts: &mut Vec<Operand>) {
        let at = span(node);
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let (inner, behind) = after.split_once('}').unwrap_or((after, ""));
            let before = self.text(before, at);
            let plain = inner.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'));
            let value = if plain {
                self.facts.emit(OpKind::Global(Text::from(inner)), at)
            } else {
                self.facts.emit(OpKind::Unknown, at)
            };
            parts.extend([before, value].map(|value| Operand { value, role: Role::Plain }));
            rest = behind;
        }
        let value = self.text(rest, at);
        parts.push(Operand { value, role: Role::Plain });
    }
}
