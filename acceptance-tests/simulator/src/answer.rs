//! What the cluster answers to a statement: nothing, rows, or an error with the server's own number and text.

/// The answer to a statement that succeeded.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// An OK packet.
    Done,
    /// A result set.
    Rows(Table),
}

/// A result set, or the content of a view at one moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// Columns, in the view's own order.
    pub columns: Vec<Column>,
    /// Each row has one cell per column.
    pub rows: Vec<Vec<Cell>>,
}

/// A column of a [`Table`].
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Name, in the case in which the server prints it.
    pub name: String,
    /// Type, as the client is told.
    pub kind: ColumnKind,
}

/// Column types that the simulated views use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Signed 64-bit integer.
    Integer,
    /// Unsigned 64-bit integer.
    Unsigned,
    /// Decimal number, as text.
    Decimal,
    /// Variable-length text.
    Text,
    /// `timestamp(6)` in the session's time zone.
    Timestamp,
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// SQL NULL.
    Null,
    /// A signed integer.
    Integer(i64),
    /// An unsigned integer (SCNs are nanoseconds, and pass 2⁶³ in 2262 only, but the type is what clients see).
    Unsigned(u64),
    /// Text, decimals and identifiers.
    Text(String),
    /// A point in time, in microseconds since the Unix epoch; shown in the session's time zone.
    Timestamp(i64),
}

/// An error as the client sees it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("ERROR {errno} ({sqlstate}): {message}")]
pub struct ServerError {
    /// MySQL error number: the mapped one where OceanBase has a mapping, else the absolute internal code.
    pub errno: u16,
    /// Five characters.
    pub sqlstate: &'static str,
    /// The server's own text.
    pub message: String,
}

impl ServerError {
    /// An error with the general SQLSTATE `HY000`.
    pub fn general(errno: u16, message: impl Into<String>) -> Self {
        Self {
            errno,
            sqlstate: "HY000",
            message: message.into(),
        }
    }
}
