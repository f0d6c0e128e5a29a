//! Readings whose failure nobody hears of: a broad handler that goes on with nothing in hand.

use rustc_hash::FxHashSet;

use crate::fact::{Access, OpKind, Text};
use crate::lexicon::Subject;
use crate::program::Node;
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::silence::{operations, silently};
use crate::system::{Role, View};
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "swallowed-data-error", find };

/// One sighting for each reading of data in a `try` whose handler passes over any error in silence.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, system) = (grounds.view, grounds.system);
    // One handler is silent once, whatever is read before it.
    // A handler under which a model is loaded is told of as that.
    let models = view.touches.all.iter().filter(|t| t.access == Access::Read && t.subject == Subject::Model);
    let mut told: FxHashSet<Node> = models.filter_map(|touch| silently(view, touch)).collect();
    let mut found = Vec::new();
    for (touch, dataset) in grounds.touched() {
        let role = grounds.role(touch.call.file);
        let data = touch.subject == Subject::Data && !touch.meaning.remote && !system.is(dataset, "remote");
        if touch.access != Access::Read || !data || role == Role::Test {
            continue;
        }
        // What only stops here may be told further out.
        let Some(handler) = silently(view, touch).filter(|h| goes_on(view, *h)) else { continue };
        if !told.insert(handler) {
            continue;
        }
        let name = system.node(dataset).name;
        let own = [view.symbol(touch.within), Text::from(&format!("{name} unread"))];
        found.push(Sighting::new(
            view.program.place(handler),
            own.into_iter().chain(system.identity(dataset)).collect(),
            grounds.certainty(Certainty::Inferred, &[dataset]),
            vec![("data", dataset.into()), ("read", view.program.place(touch.call).into()), ("role", role.into())],
        ));
    }
    found
}

/// Does a handler do more than to take its error?
fn goes_on(view: &View<'_>, handler: Node) -> bool {
    let operations = operations(view, handler);
    let typed = |value: u32| matches!(view.program.op(Node { value, ..handler }).kind, OpKind::Global(_));
    operations.len() != 2 || !typed(operations.start + 1)
}
