//! What must hold for any bytes at all: nothing panics, and what was read can be written and read again.
//!
//! One function per target. `cargo test` gives each the inputs in `seeds`, and damaged ones made from them; cargo-fuzz looks
//! for others (see `docs/architecture.md`). An input that was found to break something is kept in `seeds`.

mod configuration;
mod log_archive_dest;
mod uri;
mod value;

pub use configuration::configuration;
pub use log_archive_dest::log_archive_dest;
pub use uri::uri;
pub use value::{json, msgpack};

/// A target: its name, and what it does with an input.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 5] = [
    ("configuration", configuration),
    ("json", json),
    ("log_archive_dest", log_archive_dest),
    ("msgpack", msgpack),
    ("uri", uri),
];

/// The first line, and what follows it.
fn first_line(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = input.iter().position(|byte| *byte == b'\n')?;
    Some((&input[..end], &input[end + 1..]))
}
