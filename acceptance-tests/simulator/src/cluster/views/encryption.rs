//! Rows about master keys and what is encrypted under them.

use super::{integer, text};
use crate::answer::Cell;
use crate::cluster::encryption::EncryptedTable;
use crate::cluster::tenant::Tenant;

const FIRST_TABLE_ID: u64 = 500_001;
const FIRST_TABLESPACE_ID: u64 = 600_001;
const ALGORITHM: &str = "aes-256";
const BLOCKS: i64 = 1;

fn tables(tenant: &Tenant) -> impl Iterator<Item = (u64, &EncryptedTable)> {
    (0..).zip(&tenant.encryption.tables)
}

/// From ENCRYPTIONALG to CON_ID.
fn encryption(tenant: &Tenant, table: &EncryptedTable) -> [Cell; 8] {
    [
        text(ALGORITHM),
        text("YES"),
        text(format!("{:064X}", table.master_key_id)),
        integer(table.master_key_id),
        Cell::Integer(BLOCKS),
        Cell::Integer(0),
        text("NORMAL"),
        integer(tenant.id),
    ]
}

pub(super) fn encrypted_tables(tenant: &Tenant) -> Vec<Vec<Cell>> {
    tables(tenant)
        .map(|(index, table)| {
            let mut row = vec![
                integer(FIRST_TABLE_ID + index),
                text(&table.name),
                integer(FIRST_TABLESPACE_ID + index),
            ];
            row.extend(encryption(tenant, table));
            row
        })
        .collect()
}

pub(super) fn encrypted_tablespaces(tenant: &Tenant) -> Vec<Vec<Cell>> {
    tables(tenant)
        .map(|(index, table)| {
            let mut row = vec![integer(FIRST_TABLESPACE_ID + index)];
            row.extend(encryption(tenant, table));
            row
        })
        .collect()
}

pub(super) fn tenant_tablespaces(tenant: &Tenant) -> Vec<Vec<Cell>> {
    tables(tenant)
        .map(|(index, table)| {
            vec![
                integer(tenant.id),
                integer(FIRST_TABLESPACE_ID + index),
                text(format!("tablespace_of_{}", table.name)),
                text(ALGORITHM),
                integer(table.master_key_id),
            ]
        })
        .collect()
}

pub(super) fn keystore(tenant: &Tenant) -> Vec<Vec<Cell>> {
    let id = tenant.encryption.master_key_id;
    let row = || {
        vec![
            integer(tenant.id),
            integer(tenant.id),
            text("mysql_keystore"),
            Cell::Integer(1),
            integer(id),
        ]
    };
    (id > 0).then(row).into_iter().collect()
}

pub(super) fn master_key_versions(tenant: &Tenant) -> Vec<Vec<Cell>> {
    let id = tenant.encryption.master_key_id;
    let row = || {
        let address = [text("127.0.0.1"), Cell::Integer(2882), integer(tenant.id)];
        address
            .into_iter()
            .chain([integer(id), integer(id), integer(id)])
            .collect()
    };
    (id > 0).then(row).into_iter().collect()
}
