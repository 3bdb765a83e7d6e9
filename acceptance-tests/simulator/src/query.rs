//! `SELECT`, `SET` and `SHOW`: parsed, translated, and answered by SQLite over the views of the cluster.
