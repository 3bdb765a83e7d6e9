//! The messages and services of the protocol, generated.
