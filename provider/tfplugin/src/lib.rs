//! A Terraform plugin framework: everything that Terraform's plugin protocol 6 asks of a provider, and nothing of
//! what any one provider is about.
//!
//! A provider implements [`Provider`], and gives lists of [`Resource`]s, [`DataSource`]s, [`Action`]s and [`Function`]s, all
//! of them over [`Value`]s that follow a [`Schema`]. The framework speaks the protocol, and keeps Terraform's contract
//! for them: defaults, unknown values, replacement, write-only values, what an apply may return.
//!
//! | Module | What it holds |
//! | --- | --- |
//! | [`value`] | null, unknown, known; the msgpack and JSON forms of it |
//! | [`schema`] | attributes, nested attributes, validators; made from a model's JSON Schema |
//! | [`plan`], [`check`] | Terraform's planning rules; what came back compared with what was planned |
//! | [`provider`], [`resource`], [`data_source`], [`action`], [`function`] | what a provider implements |
//! | [`server`] | the gRPC service: one RPC, one function |
//! | [`serve`] | the process: handshake, mutual TLS, listening, stopping |
//! | [`diagnostics`], [`attribute_path`] | what the practitioner is told, and about which attribute |
//!
//! Invariants: a [`Value`] that reaches a resource's `apply` is wholly known; no unknown and no write-only value ever
//! goes back to Terraform in a new state; a panic in a resource becomes a diagnostic, never the end of the process.

pub mod action;
pub mod attribute_path;
pub mod check;
pub mod data_source;
pub mod diagnostics;
pub mod function;
pub mod plan;
pub mod proto;
pub mod provider;
pub mod resource;
pub mod schema;
pub mod serve;
pub mod server;
pub mod value;

pub use action::{Action, Progress};
pub use attribute_path::{AttributePath, Step};
pub use data_source::DataSource;
pub use diagnostics::{Diagnostic, Diagnostics, Severity};
pub use function::{Function, FunctionError};
pub use provider::{Call, Provider};
pub use resource::{Applied, Change, ImportKey, Resource};
pub use schema::{Attribute, AttributeType, IdentitySchema, Nesting, Schema};
pub use serve::serve;
pub use value::{DecodeError, EncodeError, Name, Number, Type, Value};
