//! A real OceanBase kernel judges what the provider sends, and what the simulator answers.
//!
//! The kernel comes from the Python package registry, as `pylibseekdb`: OceanBase's own parser, resolver and parameters,
//! but one tenant only, and nothing of backups behind them. So it says whether a statement is one that OceanBase knows,
//! and how a wrong one is refused; it says nothing about the life of backups. Installing it takes some 160 MB, running it
//! some 900 MB of memory: without `OCEANBASE_KERNEL=1` the suite says that it did not run, and passes.
//!
//! | Module | What it holds |
//! | --- | --- |
//! | `kernel` | installing, starting and ending it |
//! | `session` | a login, and what is answered there |
//! | `life` | every statement that the provider sends, found by living through everything that the conformance tests describe |
//! | `operations` | what it sends for data sources and actions |
//! | `runs` | what it sends for backups |
//! | `replay` | those statements, judged by the kernel |
//! | `table` | hundreds of statements, good and bad, to which kernel and simulator have to give the same answer |

#![expect(clippy::unwrap_used, reason = "what is not as it should be fails the test")]

#[path = "../conformance/archivelog.rs"]
mod archivelog;
#[path = "../conformance/backup_destination.rs"]
mod backup_destination;
#[path = "../conformance/backup_key.rs"]
mod backup_key;
#[path = "../conformance/description.rs"]
#[expect(
    dead_code,
    reason = "the conformance tests say more of a resource than its life needs"
)]
mod description;
#[path = "../conformance/storage.rs"]
mod storage;

mod kernel;
mod life;
mod operations;
mod replay;
mod runs;
mod session;
mod table;
