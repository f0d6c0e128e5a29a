//! What a script says of how its commands may end, and under which condition alone they are run.

use tree_sitter::Node;

/// Commands that never fail, and say no more than something.
const EXCUSES: [&str; 5] = ["true", ":", "echo", "printf", "/bin/true"];

/// Ends what is run if the command before fails, and itself never does: `true`, `echo "failed"`?
pub(super) fn excuses(node: Node<'_>, text: &str) -> bool {
    match node.kind() {
        "command" => {
            let name = node.child_by_field_name("name").and_then(|name| text.get(name.byte_range()));
            name.is_some_and(|name| EXCUSES.contains(&name))
        }
        "redirected_statement" => node.child_by_field_name("body").is_some_and(|body| excuses(body, text)),
        "compound_statement" => {
            let mut cursor = node.walk();
            let mut inside = node.named_children(&mut cursor);
            inside.all(|child| child.kind() == "comment" || excuses(child, text))
        }
        _ => false,
    }
}

/// The path of which a condition asks whether nothing is there: `[ ! -f model.pkl ]`.
pub(super) fn wanted(condition: &str) -> Option<&str> {
    let bare = condition.trim_start_matches(['[', ' ']).trim_end_matches([']', ' ']);
    let words: Vec<&str> = bare.trim_start_matches("test ").split_whitespace().collect();
    match words.as_slice() {
        ["!", "-f" | "-e" | "-s" | "-d", path] => Some(path),
        _ => None,
    }
}
