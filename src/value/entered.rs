//! Programs that go into a folder before they touch data: `os.chdir(Path(__file__).parent)`.

use rustc_hash::FxHashMap;

use super::follow::Seen;
use super::text::{Evaluator, ROOT};
use super::types::Callee;
use crate::program::Node;
use crate::source::FileId;

/// The folders of the repository that files go into, of those that go into one only.
pub fn entered(evaluator: Evaluator<'_>) -> FxHashMap<FileId, String> {
    let program = evaluator.follow.program;
    let mut found: FxHashMap<FileId, Option<String>> = FxHashMap::default();
    for file in program.files() {
        for (value, _) in (0..).zip(&program.file(file).ops) {
            let call = Node { file, value };
            let slot = evaluator.follow.types.callees(call).iter().find_map(|callee| match callee {
                Callee::Meaning(meaning) => meaning.goes_into.as_ref(),
                Callee::Function(..) => None,
            });
            let Some(place) = slot.and_then(|slot| evaluator.follow.types.slot(call, slot)) else { continue };
            let texts = evaluator.texts(&Seen::anywhere(place)).patterns;
            let folder = match texts.as_slice() {
                [only] => evaluator.plain(only).and_then(|text| Some(text.split_once(ROOT)?.1.to_owned())),
                _ => None,
            };
            // Whoever goes on from there is somewhere else.
            found.entry(file).and_modify(|known| *known = None).or_insert(folder);
        }
    }
    found.into_iter().filter_map(|(file, folder)| Some((file, folder?))).collect()
}
