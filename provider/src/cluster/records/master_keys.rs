//! `__all_virtual_tenant_keystore`; from a user tenant, `V$OB_ENCRYPTED_TABLES`.

use super::{Cache, Owner, Records};
use crate::cluster::{error::Error, reader::View, row::Row, shared::Shared, version::Capability};
use std::collections::BTreeMap;

/// The master keys that are in force.
#[derive(Debug, Default)]
pub struct MasterKeys {
    /// By `TENANT_ID`.
    newest: BTreeMap<i64, i64>,
}

impl MasterKeys {
    /// The number of a tenant's newest one in sight, which grows with every rotation. A user tenant sees only those that a table
    /// was written under.
    pub fn newest(&self, tenant_id: i64) -> Option<i64> {
        self.newest.get(&tenant_id).copied()
    }
}

impl Records for MasterKeys {
    const VIEWS: &'static [View] = &[View {
        of_all: "__all_virtual_tenant_keystore",
        of_own: "__all_virtual_tenant_keystore",
        columns: "MASTER_KEY_ID",
        condition: "",
    }];
    const VIEWS_OF_OWN: &'static [View] = &[View {
        of_all: "V$OB_ENCRYPTED_TABLES",
        of_own: "V$OB_ENCRYPTED_TABLES",
        columns: "MAX(MASTERKEYID) AS MASTER_KEY_ID",
        condition: "",
    }];
    const REQUIRES: Option<Capability> = Some(Capability::BackupKey);

    fn cached(cache: &Cache) -> &Shared<Self> {
        &cache.master_keys
    }

    fn from_rows(rows: &[Vec<Row>], owner: Owner) -> Result<Self, Error> {
        let mut newest = BTreeMap::new();
        for row in rows.iter().flatten() {
            // 0 is none.
            if let Some(id) = row.optional_integer("MASTER_KEY_ID")?.filter(|id| *id > 0) {
                let known = newest.entry(owner.of(row)?).or_insert(id);
                *known = id.max(*known);
            }
        }
        Ok(Self { newest })
    }
}

#[cfg(test)]
mod tests {
    use super::{super::super::row::tests::row, *};

    fn key(tenant: Option<&str>, id: Option<&str>) -> Row {
        row("", &[("tenant_id", tenant), ("master_key_id", id)])
    }

    #[test]
    fn the_newest_key_counts_and_0_is_none() {
        let rows = [("1002", "3"), ("1002", "4"), ("1002", "2"), ("1004", "0")];
        let rows = rows.map(|(tenant, id)| key(Some(tenant), Some(id))).to_vec();
        let keys = MasterKeys::from_rows(&[rows], Owner { own: None }).unwrap();
        assert_eq!([1002, 1004, 1006].map(|id| keys.newest(id)), [Some(4), None, None]);
    }

    #[test]
    fn a_tenant_that_has_encrypted_nothing_is_shown_no_key() {
        let keys = MasterKeys::from_rows(&[vec![key(None, None)]], Owner { own: Some(1002) }).unwrap();
        assert_eq!(keys.newest(1002), None);
    }
}
