//! Logging in: the handshake, `mysql_native_password`, and the ways to write a user and its tenant.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io;

use mysql_common::auth::plugins::mysql_native_password::scramble_native;
use mysql_common::constants::{CapabilityFlags, StatusFlags};
use mysql_common::io::ParseBuf;
use mysql_common::packets::{HandshakeResponse, SslRequest};

use super::framed::Framed;
use super::packets;
use super::tls::Tls;
use super::{Listener, Logins};
use crate::answer::ServerError;
use crate::cluster::{Account, access_denied, error};

const NATIVE_PASSWORD: &[u8] = b"mysql_native_password";
const UTF8MB4_GENERAL_CI: u8 = 45;
/// What observers announce; the OceanBase version is told by `VERSION()` and `@@version_comment`.
const HANDSHAKE_VERSION: &[u8] = b"5.7.25";

const CAPABILITIES: CapabilityFlags = CapabilityFlags::CLIENT_LONG_PASSWORD
    .union(CapabilityFlags::CLIENT_FOUND_ROWS)
    .union(CapabilityFlags::CLIENT_LONG_FLAG)
    .union(CapabilityFlags::CLIENT_CONNECT_WITH_DB)
    .union(CapabilityFlags::CLIENT_PROTOCOL_41)
    .union(CapabilityFlags::CLIENT_INTERACTIVE)
    .union(CapabilityFlags::CLIENT_TRANSACTIONS)
    .union(CapabilityFlags::CLIENT_SECURE_CONNECTION)
    .union(CapabilityFlags::CLIENT_MULTI_STATEMENTS)
    .union(CapabilityFlags::CLIENT_MULTI_RESULTS)
    .union(CapabilityFlags::CLIENT_PS_MULTI_RESULTS)
    .union(CapabilityFlags::CLIENT_PLUGIN_AUTH)
    .union(CapabilityFlags::CLIENT_CONNECT_ATTRS)
    .union(CapabilityFlags::CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA)
    .union(CapabilityFlags::CLIENT_DEPRECATE_EOF);

/// A client that has proved who it is.
pub(super) struct LoggedIn {
    pub(super) account: Account,
    pub(super) user: String,
    pub(super) tenant: String,
    pub(super) database: Option<String>,
    pub(super) capabilities: CapabilityFlags,
}

/// Greets the client and checks its answer. `None`: it hung up, or was refused and told so.
pub(super) async fn login(
    mut socket: Framed,
    listener: &Listener,
    connection: u32,
) -> io::Result<Option<(Framed, LoggedIn)>> {
    let nonce = nonce();
    let capabilities = match listener.tls {
        Some(_) => CAPABILITIES | CapabilityFlags::CLIENT_SSL,
        None => CAPABILITIES,
    };
    socket.write(&[greeting(connection, &nonce, capabilities)]).await?;
    let Some(mut packet) = socket.read().await? else {
        return Ok(None);
    };
    let is_encrypted = asks_for_tls(&packet);
    if is_encrypted {
        let Some(tls) = &listener.tls else {
            return Ok(None);
        };
        socket = socket.encrypted(tls.acceptor()).await?;
        packet = match socket.read().await? {
            Some(packet) => packet,
            None => return Ok(None),
        };
    }
    let response: HandshakeResponse<'_> = ParseBuf(&packet).parse(())?;
    let capabilities = response.capabilities() & CAPABILITIES;
    if !capabilities.contains(CapabilityFlags::CLIENT_PROTOCOL_41) {
        return Ok(None);
    }
    let scramble = match response.auth_plugin() {
        Some(plugin) if plugin.as_bytes() != NATIVE_PASSWORD => {
            socket.write(&[switch_to_native_password(&nonce)]).await?;
            match socket.read().await? {
                Some(scramble) => scramble,
                None => return Ok(None),
            }
        }
        _ => response.scramble_buf().to_vec(),
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let database = response.db_name().filter(|name| !name.is_empty()).map(text);
    match check(listener, &text(response.user()), &scramble, &nonce, is_encrypted) {
        Ok((account, user, tenant)) => {
            listener.count_login(|logins: &mut Logins| {
                logins.accepted += 1;
                logins.encrypted += usize::from(is_encrypted);
            });
            let client = LoggedIn {
                account,
                user,
                tenant,
                database,
                capabilities,
            };
            Ok(Some((socket, client)))
        }
        Err(error) => {
            listener.count_login(|logins: &mut Logins| logins.refused += 1);
            socket.write(&[packets::err(&error)]).await?;
            Ok(None)
        }
    }
}

/// Whether a packet is the short form of a response, after which the client goes on encrypted.
fn asks_for_tls(packet: &[u8]) -> bool {
    const LENGTH: usize = 32;
    let request = |packet| ParseBuf(packet).parse::<SslRequest>(()).ok();
    packet.len() == LENGTH
        && request(packet).is_some_and(|request| request.capabilities().contains(CapabilityFlags::CLIENT_SSL))
}

fn check(
    listener: &Listener,
    login: &str,
    scramble: &[u8],
    nonce: &[u8; 20],
    is_encrypted: bool,
) -> Result<(Account, String, String), ServerError> {
    if listener.is_starting() {
        return Err(error::server_is_initializing());
    }
    let (user, tenant) = split_login(login, listener.proxied_cluster.as_deref())
        .ok_or_else(|| access_denied(login.split('@').next().unwrap_or_default(), !scramble.is_empty()))?;
    // The model cannot know whether a password was sent.
    let account = listener
        .cluster()
        .account(&user, &tenant)
        .map_err(|error| match error.errno {
            1045 => access_denied(&user, !scramble.is_empty()),
            _ => error,
        })?;
    let expected = scramble_native(nonce, account.password.as_bytes());
    let proved = match expected {
        None => scramble.is_empty(),
        Some(expected) => scramble == expected,
    };
    let suffices = is_encrypted || !listener.tls.as_ref().is_some_and(Tls::is_required);
    match proved && suffices {
        true => Ok((account, user, tenant)),
        false => Err(access_denied(&user, !scramble.is_empty())),
    }
}

/// Splits `user@tenant`, and `user@tenant#cluster` when the listener plays a proxy in front of that cluster.
///
/// An observer takes everything behind the first `@` for the tenant's name.
fn split_login(login: &str, proxied_cluster: Option<&str>) -> Option<(String, String)> {
    let (user, tenant) = login.split_once('@').unwrap_or((login, "sys"));
    let user = user
        .strip_prefix('\'')
        .and_then(|user| user.strip_suffix('\''))
        .unwrap_or(user);
    let tenant = match (tenant.split_once('#'), proxied_cluster) {
        (Some((tenant, cluster)), Some(known)) if cluster == known => tenant,
        (None, _) => tenant,
        (Some(_), _) => return None,
    };
    (!tenant.is_empty() && tenant.chars().count() <= 64).then(|| (user.to_owned(), tenant.to_owned()))
}

/// Twenty bytes without NUL, which ends them on the wire. They protect nothing here: the passwords are test data.
fn nonce() -> [u8; 20] {
    let mut nonce = [0; 20];
    for chunk in nonce.chunks_mut(8) {
        let random = RandomState::new().build_hasher().finish().to_le_bytes();
        for (byte, random) in chunk.iter_mut().zip(random) {
            *byte = b'!' + random % 90;
        }
    }
    nonce
}

fn greeting(connection: u32, nonce: &[u8; 20], capabilities: CapabilityFlags) -> Vec<u8> {
    let capabilities = capabilities.bits();
    let mut packet = vec![10];
    packet.extend_from_slice(HANDSHAKE_VERSION);
    packet.push(0);
    packet.extend(connection.to_le_bytes());
    packet.extend_from_slice(&nonce[..8]);
    packet.push(0);
    packet.extend((capabilities as u16).to_le_bytes());
    packet.push(UTF8MB4_GENERAL_CI);
    packet.extend(StatusFlags::SERVER_STATUS_AUTOCOMMIT.bits().to_le_bytes());
    packet.extend(((capabilities >> 16) as u16).to_le_bytes());
    packet.push(nonce.len() as u8 + 1);
    packet.extend([0; 10]);
    packet.extend_from_slice(&nonce[8..]);
    packet.push(0);
    packet.extend_from_slice(NATIVE_PASSWORD);
    packet.push(0);
    packet
}

fn switch_to_native_password(nonce: &[u8; 20]) -> Vec<u8> {
    let mut packet = vec![0xFE];
    packet.extend_from_slice(NATIVE_PASSWORD);
    packet.push(0);
    packet.extend_from_slice(nonce);
    packet.push(0);
    packet
}

#[cfg(test)]
mod tests {
    use super::split_login;

    fn split(login: &str, cluster: Option<&str>) -> Option<String> {
        split_login(login, cluster).map(|(user, tenant)| format!("{user} of {tenant}"))
    }

    #[test]
    fn the_first_at_sign_separates_user_and_tenant() {
        assert_eq!(split("root", None).as_deref(), Some("root of sys"));
        assert_eq!(split("root@shop", None).as_deref(), Some("root of shop"));
        assert_eq!(split("root@a@b", None).as_deref(), Some("root of a@b"));
        assert_eq!(split("'root'@shop", None).as_deref(), Some("root of shop"));
        assert_eq!(split("root@", None), None);
        assert_eq!(split(&format!("root@{}", "x".repeat(65)), None), None);
    }

    #[test]
    fn only_a_proxy_accepts_its_own_clusters_name() {
        assert_eq!(split("root@shop#c1", Some("c1")).as_deref(), Some("root of shop"));
        assert_eq!(split("root@shop#c2", Some("c1")), None);
        assert_eq!(split("root@shop#c1", None), None);
    }
}
