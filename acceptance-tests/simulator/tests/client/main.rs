//! The simulator as clients see it, over TCP.

mod backups;
mod binary;
mod control;
mod endpoints;
mod protocol;
mod queries;
mod support;
mod tls;
mod wire;
