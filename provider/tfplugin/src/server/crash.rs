//! A panic in the provider becomes a diagnostic.

use crate::Diagnostic;
use std::cell::RefCell;
use std::panic::Location;

thread_local! {
    /// Where the last panic of this thread was; its text may hold a secret, and is never looked at.
    static LAST_PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// To be called by the panic hook.
pub(crate) fn remember_panic(location: Option<&Location<'_>>) {
    LAST_PANIC.set(location.map(ToString::to_string));
}

/// What the practitioner is told of the panic that was just caught.
pub(super) fn diagnostic() -> Diagnostic {
    let location = LAST_PANIC
        .take()
        .map(|location| format!(" at {location}"))
        .unwrap_or_default();
    Diagnostic::error(
        "The provider crashed",
        format!(
            "Something that should be impossible happened{location}. This is a bug in the provider: please report it \
             with this text and what you did. What Terraform was about to do may be done in part."
        ),
    )
}
