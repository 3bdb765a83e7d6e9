//! The protocol packet by packet, where client libraries offer no choice, and what no client library would send.

#![expect(clippy::unwrap_used, reason = "a client that is not answered fails its test")]

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use crate::support::Fixture;

/// Long passwords, connect with database, protocol 4.1, transactions, secure connection, plugins.
const PLAIN: u32 = 0x0008_A209;
const MULTI_STATEMENTS: u32 = 0x0001_0000;

/// A client that writes its own packets.
struct Raw {
    stream: TcpStream,
}

impl Raw {
    fn greet(fixture: &Fixture) -> Self {
        let stream = TcpStream::connect(fixture.server.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut raw = Self { stream };
        let greeting = raw.receive().unwrap();
        assert_eq!(greeting[0], 10);
        raw
    }

    fn login(fixture: &Fixture, capabilities: u32, plugin: &str) -> Self {
        let mut raw = Self::greet(fixture);
        let mut packet = capabilities.to_le_bytes().to_vec();
        packet.extend([0, 0, 0, 1, 45]);
        packet.extend([0; 23]);
        packet.extend(b"root@sys\0\0oceanbase\0");
        packet.extend(plugin.as_bytes());
        packet.push(0);
        raw.send(1, &packet).unwrap();
        raw
    }

    fn send(&mut self, number: u8, payload: &[u8]) -> io::Result<()> {
        let mut packet = (payload.len() as u32).to_le_bytes().to_vec();
        packet[3] = number;
        packet.extend(payload);
        self.stream.write_all(&packet)
    }

    fn receive(&mut self) -> io::Result<Vec<u8>> {
        let mut head = [0; 4];
        self.stream.read_exact(&mut head)?;
        let length = u32::from_le_bytes([head[0], head[1], head[2], 0]) as usize;
        let mut payload = vec![0; length];
        self.stream.read_exact(&mut payload)?;
        Ok(payload)
    }

    fn command(&mut self, payload: &[u8]) -> Vec<u8> {
        self.send(0, payload).unwrap();
        self.receive().unwrap()
    }

    fn end(mut self) {
        // The server may have hung up already.
        let _ = self.stream.shutdown(Shutdown::Write);
        let _ = self.stream.read_to_end(&mut Vec::new());
    }
}

fn is_ok(packet: &[u8]) -> bool {
    packet.first() == Some(&0)
}

fn errno(packet: &[u8]) -> u16 {
    assert_eq!(packet[0], 0xFF, "{packet:?}");
    u16::from_le_bytes([packet[1], packet[2]])
}

#[test]
fn result_sets_end_their_parts_with_eof_for_older_clients() {
    let fixture = Fixture::new();
    let mut raw = Raw::login(&fixture, PLAIN, "mysql_native_password");
    assert!(is_ok(&raw.receive().unwrap()));
    assert_eq!(raw.command(b"\x03SELECT 7"), [1]);
    let column = raw.receive().unwrap();
    assert!(column.starts_with(b"\x03def"), "{column:?}");
    assert_eq!(raw.receive().unwrap(), [0xFE, 0, 0, 2, 0]);
    assert_eq!(raw.receive().unwrap(), b"\x017");
    assert_eq!(raw.receive().unwrap(), [0xFE, 0, 0, 2, 0]);
}

#[test]
fn clients_that_propose_another_plugin_are_asked_to_switch() {
    let fixture = Fixture::new();
    let mut raw = Raw::login(&fixture, PLAIN, "caching_sha2_password");
    let switch = raw.receive().unwrap();
    assert!(switch.starts_with(b"\xFEmysql_native_password\0"), "{switch:?}");
    raw.send(3, b"").unwrap();
    assert!(is_ok(&raw.receive().unwrap()));
    assert_eq!(raw.command(b"\x0E")[0], 0);
}

#[test]
fn a_wrong_scramble_after_the_switch_is_refused() {
    let fixture = Fixture::new();
    let mut raw = Raw::login(&fixture, PLAIN, "caching_sha2_password");
    raw.receive().unwrap();
    raw.send(3, &[7; 20]).unwrap();
    assert_eq!(errno(&raw.receive().unwrap()), 1045);
}

#[test]
fn several_statements_need_the_clients_consent() {
    let fixture = Fixture::new();
    let mut raw = Raw::login(&fixture, PLAIN, "mysql_native_password");
    assert!(is_ok(&raw.receive().unwrap()));
    assert_eq!(errno(&raw.command(b"\x03SET @a = 1; SET @a = 2")), 1064);
    assert!(is_ok(&raw.command(b"\x03SET @a = 1; ")));
    // COM_SET_OPTION turns them on.
    assert_eq!(raw.command(b"\x1B\0\0")[0], 0xFE);
    let first = raw.command(b"\x03SET @a = 1; SET @a = 2");
    assert_eq!(first[3] & 8, 8, "more results are announced");
    assert_eq!(raw.receive().unwrap()[3] & 8, 0);

    let mut raw = Raw::login(&fixture, PLAIN | MULTI_STATEMENTS, "mysql_native_password");
    assert!(is_ok(&raw.receive().unwrap()));
    assert!(is_ok(&raw.command(b"\x03SET @a = 1; SET @a = 2")));
}

#[test]
fn databases_are_chosen_and_unknown_commands_refused() {
    let fixture = Fixture::new();
    let mut raw = Raw::login(&fixture, PLAIN, "mysql_native_password");
    assert!(is_ok(&raw.receive().unwrap()));
    assert!(is_ok(&raw.command(b"\x02information_schema")));
    assert_eq!(errno(&raw.command(b"\x02nowhere")), 1049);
    for command in [b"\x04t\0", b"\x12\0\0", b"\x7F\0\0"] {
        assert_eq!(errno(&raw.command(command)), 1047);
    }
    assert!(is_ok(&raw.command(b"\x0E")));
}

#[test]
fn hostile_bytes_end_their_own_connection_only() {
    let fixture = Fixture::new();
    let mut random: u64 = 88_172_645_463_325_252;
    let mut next = move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    for round in 0..300 {
        let length = (next() % 200) as usize;
        let noise: Vec<u8> = (0..length).map(|_| next() as u8).collect();
        let mut raw = Raw::greet(&fixture);
        // Every other one looks like a login for a while.
        let mut packet = match round % 2 {
            0 => vec![0x85, 0xA2, 0xBF, 0x01, 0, 0, 0, 1, 45],
            _ => Vec::new(),
        };
        packet.resize(packet.len() + packet.len() / 9 * 23, 0);
        packet.extend(noise);
        let _ = raw.send(1, &packet);
        raw.end();
    }
    let mut raw = Raw::login(&fixture, PLAIN, "mysql_native_password");
    assert!(is_ok(&raw.receive().unwrap()));
    assert_eq!(fixture.server.logins().accepted, 1);
}

#[test]
fn malformed_commands_end_their_own_connection_only() {
    let fixture = Fixture::new();
    for command in [
        &b""[..],
        b"\x17",
        b"\x17\x01\0\0\0",
        b"\x17\x01\0\0\0\0\x01\0\0\0",
        b"\x17\x01\0\0\0\0\x01\0\0\0\0\x01\xfe\0\xfe\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x17\x01\0\0\0\0\x01\0\0\0\0\x01\x0c\0\x0b\xff\xff\xff\xff",
        b"\x19",
        b"\x18\x01",
        b"\x1b",
        b"\x02\xff\xff",
        b"\x03\xff\0'\xc3\x28",
    ] {
        let mut raw = Raw::login(&fixture, PLAIN, "mysql_native_password");
        assert!(is_ok(&raw.receive().unwrap()));
        raw.command(b"\x16SELECT ?");
        let _ = raw.send(0, command);
        let _ = raw.send(0, b"\x01");
        raw.end();
    }
    let mut raw = Raw::login(&fixture, PLAIN, "mysql_native_password");
    assert!(is_ok(&raw.receive().unwrap()));
}

#[test]
fn a_packet_too_large_ends_the_connection() {
    let fixture = Fixture::new();
    let mut raw = Raw::login(&fixture, PLAIN, "mysql_native_password");
    assert!(is_ok(&raw.receive().unwrap()));
    raw.stream.write_all(&[0xFF, 0xFF, 0xFF, 0, 3]).unwrap();
    raw.end();
    Raw::greet(&fixture);
}
