//! `CDB_OB_BACKUP_STORAGE_INFO`.

use super::{Cache, Owner, Records};
use crate::cluster::{error::Error, reader::View, row::Row, secret::RawUri, shared::Shared};
use jiff::Timestamp;

/// Every destination that a tenant has or had.
#[derive(Debug, Default)]
pub struct StorageRecords {
    /// As the view gives them.
    pub rows: Vec<StorageRecord>,
}

/// A row of `CDB_OB_BACKUP_STORAGE_INFO`: a destination, used or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageRecord {
    /// `TENANT_ID`.
    pub tenant_id: i64,
    /// `DEST_ID`: the number by which jobs, sets and pieces refer to it.
    pub dest_id: i64,
    /// `DEST_TYPE`: `backup_data`, `archive_log`, `backup_key`, `restore_data`, `restore_log`.
    pub kind: String,
    /// `PATH`, `ENDPOINT` and `AUTHORIZATION` in one, with the key.
    pub uri: RawUri,
    /// `LAST_CHECK_TIMESTAMP`: when the server last reached it.
    pub last_check: Option<Timestamp>,
}

impl Records for StorageRecords {
    const VIEWS: &'static [View] = &[View {
        of_all: "CDB_OB_BACKUP_STORAGE_INFO",
        of_own: "DBA_OB_BACKUP_STORAGE_INFO",
        columns: "DEST_ID, DEST_TYPE, PATH, ENDPOINT, AUTHORIZATION, LAST_CHECK_TIMESTAMP",
        condition: "",
    }];

    fn cached(cache: &Cache) -> &Shared<Self> {
        &cache.storage
    }

    fn from_rows(rows: &[Vec<Row>], owner: Owner) -> Result<Self, Error> {
        let rows = rows.iter().flatten().map(|row| StorageRecord::from_row(row, owner));
        Ok(Self {
            rows: rows.collect::<Result<_, _>>()?,
        })
    }
}

impl StorageRecord {
    fn from_row(row: &Row, owner: Owner) -> Result<Self, Error> {
        let text = |column| Ok::<_, Error>(row.optional_text(column)?.unwrap_or_default());
        let (endpoint, authorization) = (text("ENDPOINT")?, text("AUTHORIZATION")?);
        let parameters = [endpoint, authorization].into_iter().filter(|text| !text.is_empty());
        let parameters = parameters.collect::<Vec<_>>().join("&");
        let separator = if parameters.is_empty() { "" } else { "?" };
        Ok(Self {
            tenant_id: owner.of(row)?,
            dest_id: row.integer("DEST_ID")?,
            kind: text("DEST_TYPE")?.to_owned(),
            uri: RawUri::new(format!("{}{separator}{parameters}", row.text("PATH")?)),
            last_check: row.optional_timestamp("LAST_CHECK_TIMESTAMP")?,
        })
    }
}
