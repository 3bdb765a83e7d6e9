//! Typed access to the columns of a view, with errors that name the view and the column.

use super::{error::Error, statement::without_secrets};
use jiff::{Timestamp, civil, tz::TimeZone};
use std::sync::Arc;

/// One row of a result set.
///
/// Columns are found by name, in any case: views of Oracle-mode tenants shout. Values are kept as the text protocol
/// sends them, so numbers are parsed on access.
#[derive(Clone)]
pub struct Row {
    header: Arc<Header>,
    values: Vec<Option<Vec<u8>>>,
}

/// What all rows of a result set share.
#[derive(Debug)]
pub struct Header {
    /// The view or expression that was read, for errors.
    pub source: String,
    /// The names of the columns.
    pub columns: Vec<String>,
}

impl Row {
    /// A row of values, in the order of the header's columns.
    pub fn new(header: Arc<Header>, values: Vec<Option<Vec<u8>>>) -> Self {
        Self { header, values }
    }

    /// Whether there is such a column.
    pub fn has(&self, column: &str) -> bool {
        self.header.columns.iter().any(|name| name.eq_ignore_ascii_case(column))
    }

    /// The text of a column that is never null.
    pub fn text(&self, column: &str) -> Result<&str, Error> {
        self.optional_text(column)?
            .ok_or_else(|| self.unexpected(column, "it is null"))
    }

    /// The text of a column, `None` for null.
    pub fn optional_text(&self, column: &str) -> Result<Option<&str>, Error> {
        let position = self
            .header
            .columns
            .iter()
            .position(|name| name.eq_ignore_ascii_case(column));
        let value = position.and_then(|position| self.values.get(position));
        match value.ok_or_else(|| self.unexpected(column, "there is no such column"))? {
            None => Ok(None),
            Some(bytes) => str::from_utf8(bytes)
                .map(Some)
                .map_err(|_| self.unexpected(column, "it is not valid UTF-8")),
        }
    }

    /// Text for the practitioner, empty for null. Nobody knows what the server quotes in it, so keys are left out.
    pub fn text_to_show(&self, column: &str) -> Result<String, Error> {
        Ok(without_secrets(self.optional_text(column)?.unwrap_or_default()))
    }

    /// A whole number.
    pub fn integer(&self, column: &str) -> Result<i64, Error> {
        self.number(column, self.text(column)?)
    }

    /// A whole number, `None` for null.
    pub fn optional_integer(&self, column: &str) -> Result<Option<i64>, Error> {
        self.optional_text(column)?
            .map(|text| self.number(column, text))
            .transpose()
    }

    /// A whole number without a sign, such as an SCN.
    pub fn unsigned(&self, column: &str) -> Result<u64, Error> {
        self.number(column, self.text(column)?)
    }

    /// A whole number without a sign, `None` for null.
    pub fn optional_unsigned(&self, column: &str) -> Result<Option<u64>, Error> {
        self.optional_text(column)?
            .map(|text| self.number(column, text))
            .transpose()
    }

    /// A moment, which sessions of the provider are shown in UTC.
    pub fn timestamp(&self, column: &str) -> Result<Timestamp, Error> {
        self.moment(column, self.text(column)?)
    }

    /// A moment, `None` for null.
    pub fn optional_timestamp(&self, column: &str) -> Result<Option<Timestamp>, Error> {
        self.optional_text(column)?
            .map(|text| self.moment(column, text))
            .transpose()
    }

    /// A truth value written as `YES` or `NO`.
    pub fn yes_no(&self, column: &str) -> Result<bool, Error> {
        match self.text(column)? {
            yes if yes.eq_ignore_ascii_case("YES") => Ok(true),
            no if no.eq_ignore_ascii_case("NO") => Ok(false),
            _ => Err(self.unexpected(column, "it is neither YES nor NO")),
        }
    }

    fn moment(&self, column: &str, text: &str) -> Result<Timestamp, Error> {
        in_utc(text).ok_or_else(|| self.unexpected(column, NO_MOMENT))
    }

    fn number<N: std::str::FromStr>(&self, column: &str, text: &str) -> Result<N, Error> {
        text.trim()
            .parse()
            .map_err(|_| self.unexpected(column, "it is not a whole number in range"))
    }

    /// An error about a column; without the value, which might be a secret.
    pub(crate) fn unexpected(&self, column: &str, reason: &str) -> Error {
        Error::UnexpectedRow {
            source_name: self.header.source.clone(),
            column: column.to_owned(),
            reason: reason.to_owned(),
        }
    }
}

/// Why a text is no moment.
pub(super) const NO_MOMENT: &str = "it is not a date with a time";

/// The moment that a session of the provider is shown, whose time zone is UTC.
pub(super) fn in_utc(text: &str) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(text.parse::<civil::DateTime>().ok()?).ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A row for tests, from (column, value) pairs.
    pub(crate) fn row(source: &str, cells: &[(&str, Option<&str>)]) -> Row {
        let columns = cells.iter().map(|(column, _)| (*column).to_owned()).collect();
        let values = cells
            .iter()
            .map(|(_, value)| value.map(|text| text.as_bytes().to_vec()))
            .collect();
        Row::new(
            Arc::new(Header {
                source: source.to_owned(),
                columns,
            }),
            values,
        )
    }

    fn sample() -> Row {
        row(
            "CDB_OB_ARCHIVELOG",
            &[
                ("TENANT_ID", Some("1002")),
                ("scn", Some("18446744073709551615")),
                ("X", None),
                ("IN_BIN", Some("no")),
            ],
        )
    }

    #[test]
    fn columns_are_found_in_any_case_and_parsed() {
        let row = sample();
        assert_eq!(row.integer("tenant_id").unwrap(), 1002);
        assert_eq!(row.unsigned("SCN").unwrap(), u64::MAX);
        assert_eq!(row.optional_text("x").unwrap(), None);
        assert_eq!(row.optional_integer("X").unwrap(), None);
        assert!(!row.yes_no("in_bin").unwrap());
    }

    #[test]
    fn errors_name_the_view_and_the_column() {
        let row = sample();
        for (error, expected) in [
            (
                row.text("STATUS").unwrap_err(),
                "unexpected CDB_OB_ARCHIVELOG.STATUS: there is no such column",
            ),
            (row.text("X").unwrap_err(), "unexpected CDB_OB_ARCHIVELOG.X: it is null"),
            (
                row.integer("scn").unwrap_err(),
                "unexpected CDB_OB_ARCHIVELOG.scn: it is not a whole number in range",
            ),
            (
                row.yes_no("scn").unwrap_err(),
                "unexpected CDB_OB_ARCHIVELOG.scn: it is neither YES nor NO",
            ),
        ] {
            assert_eq!(error.to_string(), expected);
        }
    }
}
