//! Where a failure of mldebt itself ends: what panics behind it is named, and the rest of the run goes on.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Does some work; if it panics, says what it said last and where.
///
/// # Errors
/// If it panics.
pub fn hold<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| said(&*panic))
}

/// Keeps panics from speaking for themselves, in whatever form: who catches them says it.
pub fn quiet() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|at| format!("{}:{}", at.file(), at.line()));
        PLACE.with_borrow_mut(|last| *last = place);
    }));
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let place = PLACE.with_borrow_mut(Option::take).map_or_else(String::new, |place| format!(" ({place})"));
    format!("{}{place}", text.unwrap_or("it panicked"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_at_the_border() {
        assert_eq!(hold(|| 1), Ok(1));
        let number = 7;
        assert!(hold(|| assert_eq!(number, 8, "seven")).is_err_and(|said| said.contains("seven")));
    }
}
