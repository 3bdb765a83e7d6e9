//! The form of values on the wire: MessagePack, directed by the type that the schema gives.

mod decode;
mod encode;

/// The extension type of an unknown value with a refinement.
const REFINED: i8 = 12;

/// The keys of a refinement.
mod refinement_key {
    pub(super) const NULLNESS: i64 = 1;
    pub(super) const STRING_PREFIX: i64 = 2;
    pub(super) const LOWER_BOUND: i64 = 3;
    pub(super) const UPPER_BOUND: i64 = 4;
    pub(super) const MIN_LENGTH: i64 = 5;
    pub(super) const MAX_LENGTH: i64 = 6;
}

#[cfg(test)]
mod tests;
