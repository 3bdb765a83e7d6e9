//! A simulated OceanBase cluster behind the MySQL wire protocol.
//!
//! It is a hypothesis about the real server, written from its documented and observed behaviour alone: nothing
//! here is shared with the provider, so the two cannot agree by making the same mistake.
//!
//! | Module | What it holds |
//! | --- | --- |
//! | [`server`] | listening, logging in, one task per connection: MySQL packets in, MySQL packets out |
//! | [`query`] | `SELECT`, `SET`, `SHOW`: parsed, translated, and answered by SQLite over the cluster's views |
//! | [`cluster`] | the model: tenants, parameters, destinations, archive rounds, on a virtual clock |
//! | [`answer`] | what passes between them: result sets and server errors |

pub mod answer;
pub mod cluster;
pub mod query;
pub mod server;
