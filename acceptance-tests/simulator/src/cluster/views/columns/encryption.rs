//! The columns of the views about master keys and what is encrypted under them.

use super::Columns;
use crate::answer::ColumnKind::{Integer, Text};

pub(in super::super) const ENCRYPTED_TABLES: Columns = &[
    ("TABLE_ID", Integer),
    ("TABLE_NAME", Text),
    ("TABLESPACE_ID", Integer),
    ("ENCRYPTIONALG", Text),
    ("ENCRYPTED", Text),
    ("ENCRYPTEDKEY", Text),
    ("MASTERKEYID", Integer),
    ("BLOCKS_ENCRYPTED", Integer),
    ("BLOCKS_DECRYPTED", Integer),
    ("STATUS", Text),
    ("CON_ID", Integer),
];

pub(in super::super) const ENCRYPTED_TABLESPACES: Columns = &[
    ("TABLESPACE_ID", Integer),
    ("ENCRYPTIONALG", Text),
    ("ENCRYPTED", Text),
    ("ENCRYPTEDKEY", Text),
    ("MASTERKEYID", Integer),
    ("BLOCKS_ENCRYPTED", Integer),
    ("BLOCKS_DECRYPTED", Integer),
    ("STATUS", Text),
    ("CON_ID", Integer),
];

/// Of a virtual table, whose names are in lower case; its other columns hold secrets.
pub(in super::super) const TENANT_KEYSTORE: Columns = &[
    ("tenant_id", Integer),
    ("keystore_id", Integer),
    ("keystore_name", Text),
    ("status", Integer),
    ("master_key_id", Integer),
];

pub(in super::super) const MASTER_KEY_VERSIONS: Columns = &[
    ("svr_ip", Text),
    ("svr_port", Integer),
    ("tenant_id", Integer),
    ("max_active_version", Integer),
    ("max_stored_version", Integer),
    ("expect_version", Integer),
];

pub(in super::super) const TENANT_TABLESPACES: Columns = &[
    ("tenant_id", Integer),
    ("tablespace_id", Integer),
    ("tablespace_name", Text),
    ("encryption_name", Text),
    ("master_key_id", Integer),
];
