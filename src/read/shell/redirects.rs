//! What a script's commands read and write by redirection.

use tree_sitter::Node;

use crate::fact::Access;

/// The access of a redirection and the node that names the file; none for streams.
pub(super) fn redirect<'t>(node: Node<'t>, text: &str) -> Option<(Access, Node<'t>)> {
    let target = node.child_by_field_name("destination")?;
    let operator = text.get(node.start_byte()..target.start_byte())?.trim();
    let operator = operator.trim_start_matches(|c: char| c.is_ascii_digit());
    let access = match operator {
        "<" => Access::Read,
        ">" | ">|" | "&>" => Access::Write,
        ">>" | "&>>" => Access::Append,
        _ => return None,
    };
    let bare = text.get(target.byte_range())?;
    // The file of the errors is no data.
    let errors = text.get(node.start_byte()..target.start_byte()).is_some_and(|t| t.starts_with('2'));
    (!errors && bare != "/dev/null" && !bare.starts_with('&')).then_some((access, target))
}
