//! The program that people start by hand.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use mysql_async::{Conn, OptsBuilder};

use crate::support::{ask, text};

/// Ends the program with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself, which the test has noticed then.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn it_says_where_it_listens_and_lets_people_in() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let storage = tempfile::tempdir().unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_oceanbase-simulator"))
        .args([
            "--listen",
            "127.0.0.1:0",
            "--profile",
            "ce-4.4.1.0",
            "--tenants",
            "2",
            "--proxy",
        ])
        .args(["--password", "mysql_tenant=pa=ss", "--cluster-name", "demo"])
        .arg("--storage-root")
        .arg(storage.path())
        .arg("--statement-log")
        .arg(log.path())
        .stdout(Stdio::piped())
        .spawn()
        .map(Running)
        .unwrap();
    let mut lines = BufReader::new(program.0.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let first = lines.next().unwrap();
    let port = first
        .split("127.0.0.1:")
        .nth(1)
        .and_then(|rest| rest.split('.').next())
        .unwrap()
        .parse()
        .unwrap();
    let introduction: Vec<String> = lines.take(5).collect();
    assert!(
        introduction
            .iter()
            .any(|line| line.contains("-uroot@mysql_tenant#demo")),
        "{introduction:?}"
    );
    assert!(
        introduction
            .iter()
            .any(|line| line.contains("sys, mysql_tenant, mysql_tenant_2 (MySQL mode)"))
    );

    let options = |password| {
        OptsBuilder::default()
            .ip_or_hostname("127.0.0.1")
            .tcp_port(port)
            .prefer_socket(false)
            .user(Some("root@mysql_tenant#demo"))
            .pass(Some(password))
    };
    let refused = Conn::new(options("wrong")).await.map_err(text).map(drop);
    assert!(refused.unwrap_err().starts_with("ERROR 1045"));
    let mut connection = Conn::new(options("pa=ss")).await.unwrap();
    assert_eq!(ask(&mut connection, "SELECT ob_version() v").await, "v | 4.4.1.0");
    let sql = "ALTER SYSTEM SET DATA_BACKUP_DEST = 'file:///data/backup'";
    assert_eq!(ask(&mut connection, sql).await, "");
    assert!(storage.path().join("data/backup/format.obbak").exists());

    let mut logged = String::new();
    log.reopen().unwrap().read_to_string(&mut logged).unwrap();
    assert!(logged.contains("root@mysql_tenant: SELECT ob_version() v"), "{logged}");
}

#[test]
fn it_says_in_a_sentence_why_it_cannot_start() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (arguments, expected) in [
        (["--listen", &address], format!("cannot listen on {address}: ")),
        (["--password", "nobody=x"], "tenant nobody does not exist".to_owned()),
        (["--statement-log", "/"], "cannot log to /: ".to_owned()),
    ] {
        let ended = Command::new(env!("CARGO_BIN_EXE_oceanbase-simulator"))
            .args(arguments)
            .args(["--tenants", "1"])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(
            said.starts_with(&format!("oceanbase-simulator: {expected}")),
            "{said:?}"
        );
        assert_eq!(ended.status.code(), Some(1));
    }
}
