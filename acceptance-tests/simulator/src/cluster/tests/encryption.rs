//! Passwords of backups, and the export of keys.

use super::*;

const ENCRYPT: &str = "SET ENCRYPTION ON IDENTIFIED BY 's3cr3t' ONLY";
const KEY: &str = "ALTER SYSTEM BACKUP KEY TENANT = mysql_tenant TO 'file:///key' ENCRYPTED BY 's3cr3t'";

#[test]
fn a_password_holds_for_the_backups_of_its_session() {
    let mut it = Fixture::ready(Profile::Ce4210);
    let user = Viewer::root(MYSQL_TENANT);
    let mut memory = SessionMemory::default();
    for sql in [ENCRYPT, ENCRYPT, "ALTER SYSTEM BACKUP DATABASE"] {
        let answer = it.cluster.execute_in(&user, &mut memory, sql);
        assert_eq!(answer, Some(Ok(Answer::Done)), "{sql}");
    }
    it.pass(600);
    it.back_up("ALTER SYSTEM BACKUP INCREMENTAL DATABASE");
    let columns = "ENCRYPTION_MODE PASSWD";
    for view in [
        "CDB_OB_BACKUP_JOB_HISTORY",
        "CDB_OB_BACKUP_TASK_HISTORY",
        "CDB_OB_BACKUP_SET_FILES",
    ] {
        assert_eq!(it.select(columns, view), "PASSWORD | ******\nNONE | ", "{view}");
    }
}

#[test]
fn only_the_whole_words_set_a_password() {
    let mut it = fixture(Profile::Ce4210);
    for (sql, expected) in [
        (ENCRYPT, "OK".to_owned()),
        ("SET ENCRYPTION ON IDENTIFIED BY 's3cr3t'", syntax_near("'s3cr3t'")),
        ("SET ENCRYPTION OFF", syntax_near("OFF")),
        ("SET DECRYPTION IDENTIFIED BY 'a', 'b'", "OK".to_owned()),
        ("SET ENCRYPTION ON IDENTIFIED BY '' ONLY", ARGUMENT.to_owned()),
        ("SET DECRYPTION IDENTIFIED BY 'a', ''", ARGUMENT.to_owned()),
        ("SET DECRYPTION IDENTIFIED BY 'a',", syntax_near(",")),
        ("SET DECRYPTION OFF", syntax_near("OFF")),
    ] {
        assert_eq!(it.sys(sql), expected, "{sql}");
    }
    assert_eq!(it.user(ENCRYPT), "OK");
    let denied = it.user("SET DECRYPTION IDENTIFIED BY 'a'");
    assert!(denied.starts_with("ERROR 1227"), "{denied}");
}

#[test]
fn key_backup_needs_the_enterprise_edition() {
    for (profile, expected) in [
        (Profile::Ce4210, "ERROR 1064 (42000): Parse error"),
        (Profile::Ee4353, "OK"),
        (Profile::Ce4410, "ERROR 1064 (42000): Parse error"),
    ] {
        let mut it = fixture(profile);
        assert_eq!(it.sys(KEY), expected);
        assert_eq!(
            it.sys("ALTER SYSTEM BACKUP KEY ENCRYPTED BY = 's3cr3t'"),
            syntax_near("= 's3cr3t'")
        );
    }
}

#[test]
fn whose_keys_are_exported_depends_on_session_and_clause() {
    let mut it = fixture(Profile::Ee4353);
    for (sql, expected) in [
        (
            "ALTER SYSTEM BACKUP KEY TENANT = mysql_tenant, mysql_tenant_2 TO 'file:///k'",
            "ERROR 1210 (HY000): Incorrect arguments to tenant list, count of tenants must be 1",
        ),
        ("ALTER SYSTEM BACKUP KEY TENANT = nobody TO 'file:///k'", UNKNOWN_TENANT),
        (
            "ALTER SYSTEM BACKUP KEY TENANT = mysql_tenant TO 'k'",
            NOT_A_DESTINATION,
        ),
        ("ALTER SYSTEM BACKUP KEY TENANT = mysql_tenant", NOT_A_DESTINATION),
        ("ALTER SYSTEM BACKUP KEY TO 'file:///sys'", "OK"),
    ] {
        assert_eq!(it.sys(sql), expected, "{sql}");
    }
    assert_eq!(
        it.user("ALTER SYSTEM BACKUP KEY TENANT = mysql_tenant TO 'file:///k'"),
        "ERROR 1235 (0A000): user tenant cannot specify tenant names not supported"
    );
    assert_eq!(it.user("ALTER SYSTEM BACKUP KEY TO 'file:///own'"), "OK");
    assert_eq!(
        it.select("TENANT_ID PATH DEST_TYPE DEST_ID", "CDB_OB_BACKUP_STORAGE_INFO"),
        "1 | file:///sys | backup_key | 1001\n1002 | file:///own | backup_key | 1001"
    );
}

#[test]
fn keys_have_a_directory_of_their_own() {
    let mut it = Fixture::ready(Profile::Ee4353);
    let mismatch = "ERROR 9081 (HY000): format file does not match, try to set a new directory.";
    for directory in ["data/mysql_tenant", "log/mysql_tenant"] {
        let sql = format!("ALTER SYSTEM BACKUP KEY TENANT = mysql_tenant TO 'file:///{directory}'");
        assert_eq!(it.sys(&sql), mismatch);
    }
    it.cluster.put_file("file:///used/file", "").expect("a writable root");
    assert_eq!(
        it.sys("ALTER SYSTEM BACKUP KEY TENANT = mysql_tenant TO 'file:///used'"),
        "ERROR 9080 (HY000): format file does not exist, try to set a new directory."
    );
    it.pass(60);
    assert_eq!(it.sys(KEY), "OK");
    it.pass(60);
    assert_eq!(it.sys(KEY), "OK");
    let rows = it.select("PATH DEST_TYPE LAST_CHECK_TIMESTAMP", "CDB_OB_BACKUP_STORAGE_INFO");
    assert_eq!(rows.lines().nth(2), Some("file:///key | backup_key | +160s"));
}

#[test]
fn rotation_makes_a_new_key_and_tables_keep_theirs() {
    let mut it = fixture(Profile::Ee4353);
    let rotate = "ALTER INSTANCE ROTATE INNODB MASTER KEY";
    assert_eq!(it.user(rotate), "ERROR 4370 (HY000): tde_method is invalid");
    assert_eq!(it.user("ALTER SYSTEM SET tde_method = 'internal'"), "OK");
    assert_eq!(it.user(rotate), "OK");
    it.cluster
        .encrypt_table("mysql_tenant", "orders")
        .expect("an existing tenant");
    assert_eq!(it.user(rotate), "OK");
    it.cluster
        .encrypt_table("mysql_tenant", "customers")
        .expect("an existing tenant");
    it.cluster
        .rotate_master_key("mysql_tenant")
        .expect("an existing tenant");
    let (user, other) = (Viewer::root(MYSQL_TENANT), Viewer::root(1004));
    let tables = "V$OB_ENCRYPTED_TABLES";
    let columns = "TABLE_ID TABLE_NAME TABLESPACE_ID ENCRYPTIONALG ENCRYPTED MASTERKEYID STATUS CON_ID";
    assert_eq!(
        it.select_as(&user, columns, tables),
        "500001 | orders | 600001 | aes-256 | YES | 1 | NORMAL | 1002\n\
         500002 | customers | 600002 | aes-256 | YES | 2 | NORMAL | 1002"
    );
    assert_eq!(
        it.select_as(&user, "TABLESPACE_ID MASTERKEYID", "V$ENCRYPTED_TABLESPACES"),
        "600001 | 1\n600002 | 2"
    );
    assert_eq!(it.select_as(&other, "TABLE_NAME", tables), "");
    assert_eq!(it.select("TABLE_NAME", tables), "");
    assert_eq!(
        it.select("tenant_id master_key_id", "__all_virtual_tenant_keystore"),
        "1002 | 3"
    );
    assert_eq!(
        it.select(
            "tenant_id max_active_version max_stored_version expect_version",
            "__all_virtual_master_key_version_info"
        ),
        "1002 | 3 | 3 | 3"
    );
    assert_eq!(
        it.select(
            "tenant_id tablespace_id encryption_name",
            "__all_virtual_tenant_tablespace"
        ),
        "1002 | 600001 | aes-256\n1002 | 600002 | aes-256"
    );
    assert!(
        it.cluster
            .view(&user, "oceanbase", "__all_virtual_tenant_keystore")
            .is_none()
    );
}

#[test]
fn no_community_edition_has_master_keys() {
    for profile in [Profile::Ce4210, Profile::Ce4410] {
        assert_eq!(
            fixture(profile).user("ALTER INSTANCE ROTATE INNODB MASTER KEY"),
            UNSUPPORTED
        );
    }
}
