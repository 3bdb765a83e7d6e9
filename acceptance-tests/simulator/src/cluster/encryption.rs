//! Encryption at rest: a tenant's master keys, and which key each encrypted table was written under.

/// Keys and encrypted tables of one tenant.
#[derive(Default)]
pub(crate) struct Encryption {
    /// The id of the current master key, 0 where there is none.
    pub(crate) master_key_id: u64,
    pub(crate) tables: Vec<EncryptedTable>,
}

/// A table in an encrypted tablespace of its own.
pub(crate) struct EncryptedTable {
    pub(crate) name: String,
    /// The key that was current when it was written.
    pub(crate) master_key_id: u64,
}

impl Encryption {
    /// Tables that are there keep the key that they have.
    pub(crate) fn rotate_master_key(&mut self) {
        self.master_key_id += 1;
    }

    /// Writes a table, with a first key where there is none.
    pub(crate) fn encrypt_table(&mut self, name: &str) {
        self.master_key_id = self.master_key_id.max(1);
        self.tables.retain(|table| table.name != name);
        self.tables.push(EncryptedTable {
            name: name.to_owned(),
            master_key_id: self.master_key_id,
        });
    }
}
