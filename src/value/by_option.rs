//! Places that a chain of calls is told by one that sets an option: `.option("topic", name)`.

use crate::fact::OpKind;
use crate::lexicon::Meaning;
use crate::program::{Node, Program};

/// The call sets another option than those that name a place.
pub struct Other;

/// The scheme of the place that a call touches by the option that it sets; none if it is told otherwise.
pub fn scheme<'a>(program: &Program<'_>, call: Node, meaning: &'a Meaning) -> Result<Option<&'a str>, Other> {
    if meaning.by_option.is_empty() {
        return Ok(None);
    }
    let OpKind::Call(_, operands) = program.op(call).kind else { return Err(Other) };
    let first = program.operands(call.file, operands).first().ok_or(Other)?;
    let name = program.literal(Node { value: first.value, ..call }).ok_or(Other)?;
    meaning.by_option.get(name.as_str()).map(|scheme| Some(scheme.as_str())).ok_or(Other)
}
