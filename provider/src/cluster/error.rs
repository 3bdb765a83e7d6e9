//! What can go wrong between the provider and the cluster.

mod advice;
mod explanation;
mod kind;
mod tls;

pub use explanation::Explanation;
pub use kind::{Kind, Retry};
pub use tls::TlsObstacle;

use super::{
    tenant::TenantName,
    version::{Missing, Version},
};
use std::{fmt::Write as _, time::Duration};
use tfplugin::Diagnostic;

/// A failure. Statements and server texts in it are redacted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A setting without which there is no connection.
    #[error("{setting} is not configured")]
    NotConfigured {
        /// The attribute of the provider block.
        setting: &'static str,
    },
    /// A setting that makes no sense.
    #[error("{setting} is not valid: {reason}")]
    InvalidSetting {
        /// The attribute of the provider block.
        setting: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// No endpoint could be reached.
    #[error("no endpoint could be reached: {}", attempts.join("; "))]
    Connect {
        /// Each endpoint with the reason.
        attempts: Vec<String>,
    },
    /// An endpoint could be reached, but not as securely as demanded. No login was sent.
    #[error("no endpoint could be reached as securely as demanded: {}", attempts.join("; "))]
    Insecure {
        /// Each endpoint with the reason.
        attempts: Vec<String>,
        /// What was in the way at the first of those that answered.
        obstacle: TlsObstacle,
    },
    /// The server could be reached, and refused the login.
    #[error("{user} could not log in at {endpoint}: {server}")]
    Login {
        /// `host:port`.
        endpoint: String,
        /// `user@tenant#cluster`.
        user: String,
        /// The server's words.
        server: Box<ServerError>,
        /// The tenant whose login it is, when it is one of `tenant_credentials`.
        of_tenant: Option<TenantName>,
        /// Whether the settings keep the connection from being encrypted, which some accounts demand.
        tls_disabled: bool,
    },
    /// The server answered with an error.
    #[error("{attempted}: {statement}: {server}")]
    Server {
        /// What was attempted, such as `setting the backup destination of t1`.
        attempted: String,
        /// The redacted statement.
        statement: String,
        /// The server's words.
        server: Box<ServerError>,
    },
    /// The client's own time limit passed; the session was dropped.
    #[error("{attempted}: {statement}: no answer within {limit:?}")]
    Timeout {
        /// What was attempted.
        attempted: String,
        /// The redacted statement.
        statement: String,
        /// How long was waited.
        limit: Duration,
        /// Whether a change may have been made.
        maybe_applied: bool,
    },
    /// The connection broke.
    #[error("{attempted}: {statement}: the connection was lost: {reason}")]
    Lost {
        /// What was attempted.
        attempted: String,
        /// The redacted statement.
        statement: String,
        /// Why, as far as the client knows.
        reason: String,
        /// Whether a change may have been made.
        maybe_applied: bool,
    },
    /// The views do not look as documented.
    #[error("unexpected {source_name}.{column}: {reason}")]
    UnexpectedRow {
        /// The view.
        source_name: String,
        /// The column.
        column: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Terraform was interrupted.
    #[error("{attempted}: cancelled")]
    Cancelled {
        /// What was under way.
        attempted: String,
        /// Whether a change may have been made.
        maybe_applied: bool,
    },
    /// The provider is configured not to write.
    #[error("{attempted}: the provider is read-only: {statement}")]
    ReadOnly {
        /// What was attempted.
        attempted: String,
        /// The redacted statement.
        statement: String,
    },
    /// The cluster is not the one that was expected.
    #[error("{attempted}: connected to the cluster {found}, expected {expected}")]
    OtherCluster {
        /// What was attempted.
        attempted: String,
        /// Name and number that were configured.
        expected: String,
        /// Name and number that the cluster has.
        found: String,
    },
    /// The cluster is older than any that we know.
    #[error("the server is OceanBase {version}")]
    UnsupportedVersion {
        /// What `ob_version()` says.
        version: Version,
    },
    /// A statement that only the tenant itself may run, without a login for it.
    #[error("{attempted}: there is no login for the tenant {tenant}")]
    NoCredentials {
        /// What was attempted.
        attempted: String,
        /// The tenant.
        tenant: TenantName,
    },
    /// A tenant was asked for that is not there.
    #[error("there is no tenant {tenant}")]
    NoSuchTenant {
        /// The tenant asked for.
        tenant: TenantName,
        /// The tenant that was meant, perhaps.
        similar: Option<TenantName>,
    },
    /// The login speaks for one tenant, and another was asked for.
    #[error("{attempted}: logged in to the tenant {login}, which cannot manage {tenant}")]
    OtherTenant {
        /// What was attempted.
        attempted: String,
        /// The tenant logged in to.
        login: TenantName,
        /// The tenant asked for.
        tenant: TenantName,
    },
    /// The cluster's version or edition lacks something.
    #[error(transparent)]
    Missing(#[from] Missing),
}

/// An error packet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("error {number} ({sqlstate}): {message}")]
pub struct ServerError {
    /// The number on the wire.
    pub number: u16,
    /// Five characters.
    pub sqlstate: String,
    /// The text, redacted.
    pub message: String,
}

impl ServerError {
    /// What it means.
    pub fn kind(&self) -> Kind {
        Kind::of(self.number, &self.message)
    }
}

impl Error {
    /// What the server's error means; `None` when it is not the server's.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Self::Login { server, .. } | Self::Server { server, .. } => Some(server.kind()),
            _ => None,
        }
    }

    /// What to do with the statement, as far as the server's answer tells.
    pub fn retry(&self) -> Retry {
        self.kind().map_or(Retry::Never, Kind::retry)
    }

    /// The number of the server's error; `None` when it is not the server's.
    pub fn server_error_number(&self) -> Option<u16> {
        match self {
            Self::Login { server, .. } | Self::Server { server, .. } => Some(server.number),
            _ => None,
        }
    }

    /// Whether a change may have been made although no answer was received.
    pub fn maybe_applied(&self) -> bool {
        match self {
            Self::Timeout { maybe_applied, .. }
            | Self::Lost { maybe_applied, .. }
            | Self::Cancelled { maybe_applied, .. } => *maybe_applied,
            Self::Server { server, .. } => server.kind() == Kind::Timeout,
            _ => false,
        }
    }

    /// Whether there was no session to begin with.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Connect { .. } | Self::Insecure { .. } | Self::Login { .. })
    }

    /// Whether user or password were refused: another attempt counts towards locking the account.
    pub fn is_refused_login(&self) -> bool {
        matches!(self, Self::Login { server, .. } if server.kind() == Kind::LoginRefused)
    }

    /// Whether the cluster did not answer, rather than answer with a refusal.
    pub fn is_out_of_reach(&self) -> bool {
        matches!(
            self,
            Self::Connect { .. } | Self::Timeout { .. } | Self::Lost { .. } | Self::Cancelled { .. }
        )
    }

    /// For the practitioner.
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::error(self.summary(), self.detail())
    }

    /// For the practitioner, where the server's error means something else than elsewhere.
    pub fn diagnostic_with(&self, summary: &'static str, advice: &'static str) -> Diagnostic {
        let detail = match self {
            Self::Server {
                attempted,
                statement,
                server,
            } => answered(attempted, statement, server, advice),
            _ => format!("{}\n\n{advice}", self.detail()),
        };
        Diagnostic::error(summary, detail)
    }

    /// What came back, in short.
    pub fn answer(&self) -> String {
        match self {
            Self::Login { server, .. } | Self::Server { server, .. } => server.to_string(),
            Self::Timeout { limit, .. } => format!("no answer within {} seconds", limit.as_secs_f32()),
            Self::Lost { reason, .. } => reason.clone(),
            other => other.to_string(),
        }
    }

    fn summary(&self) -> &'static str {
        match self {
            Self::NotConfigured { .. } => "The provider is not configured",
            Self::InvalidSetting { .. } => "The provider's configuration is not valid",
            Self::Connect { .. } => "The cluster cannot be reached",
            Self::Insecure { .. } => "No connection is as secure as `tls` demands",
            Self::Login { server, .. } | Self::Server { server, .. } => server.kind().title(),
            Self::Timeout { .. } => "The cluster did not answer in time",
            Self::Lost { .. } => "The connection to the cluster was lost",
            Self::UnexpectedRow { .. } => "A view does not look as documented",
            Self::Cancelled { .. } => "Interrupted",
            Self::ReadOnly { .. } => "The provider is read-only",
            Self::OtherCluster { .. } => "This is another cluster than expected",
            Self::UnsupportedVersion { .. } => "The cluster is too old",
            Self::NoCredentials { .. } => "A login for the tenant is needed",
            Self::OtherTenant { .. } => "The login belongs to another tenant",
            Self::NoSuchTenant { .. } => Kind::UnknownTenant.title(),
            Self::Missing(_) => "The cluster lacks a capability",
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::NotConfigured { setting } => format!(
                "Set {setting} in the provider block, or its environment variable (OCEANBASE_{}).",
                setting.to_ascii_uppercase()
            ),
            Self::InvalidSetting { setting, reason } => {
                format!("{setting}: {reason}. Correct it in the provider block, or in its environment variable.")
            }
            Self::Connect { attempts } => format!(
                "No endpoint answered:\n{}\n\nCheck the endpoints (port 2881 of an OBServer, 2883 of OBProxy), the network \
                 and the tls settings.",
                indented(attempts)
            ),
            Self::Insecure { attempts, obstacle } => format!(
                "No endpoint can be logged in to:\n{}\n\n{} Neither user nor password was sent.",
                indented(attempts),
                obstacle.advice()
            ),
            Self::Login {
                endpoint,
                user,
                server,
                of_tenant,
                tls_disabled,
            } => {
                let mut detail = format!("Logging in as {user} at {endpoint}, the server said:\n\n  {server}\n\n");
                detail += server.kind().advice();
                if *tls_disabled && server.kind() == Kind::LoginRefused {
                    detail += " Or the account may be used with TLS only, and `tls.mode` is `disabled`: set it to `required`.";
                }
                if let Some(tenant) = of_tenant {
                    detail += &format!(
                        "\n\nThis is the login that `tenant_credentials` of the provider block has for `{tenant}`: the server \
                         takes the change only in a session of the tenant itself."
                    );
                }
                detail
            }
            Self::Server {
                attempted,
                statement,
                server,
            } => answered(attempted, statement, server, server.kind().advice()),
            Self::Timeout {
                attempted,
                statement,
                limit,
                maybe_applied,
            } => format!(
                "{}\n\nNo answer came within {} seconds. {}",
                tried(attempted, statement),
                limit.as_secs_f32(),
                effect(*maybe_applied)
            ),
            Self::Lost {
                attempted,
                statement,
                reason,
                maybe_applied,
            } => {
                format!(
                    "{}\n\n{reason}. {}",
                    tried(attempted, statement),
                    effect(*maybe_applied)
                )
            }
            Self::UnexpectedRow {
                source_name,
                column,
                reason,
            } => format!(
                "In {source_name}, the column {column} could not be used: {reason}. Please report this with the version of \
                 the cluster: it is our bug, or a version that we do not know yet."
            ),
            Self::Cancelled {
                attempted,
                maybe_applied,
            } => {
                format!("The run was interrupted: {attempted}. {}", effect(*maybe_applied))
            }
            Self::ReadOnly { attempted, statement } => format!(
                "{}\n\nNothing was sent, since the provider is read-only, by `read_only` or by OCEANBASE_READ_ONLY. Remove that to make changes.",
                tried(attempted, statement)
            ),
            Self::OtherCluster {
                attempted,
                expected,
                found,
            } => format!(
                "The endpoints lead to the cluster {found}; meant is the cluster {expected}, by `expected_cluster` or by \
                 OCEANBASE_EXPECTED_CLUSTER. So the provider stopped before {attempted}. Correct the endpoints, or what is expected."
            ),
            Self::UnsupportedVersion { version } => format!(
                "The endpoints lead to OceanBase {version}, and this provider needs {} or later. Upgrade the cluster, or correct \
                 the endpoints.",
                Version::OLDEST
            ),
            Self::NoCredentials { attempted, tenant } => format!(
                "The server lets only the tenant itself do this: {attempted}. Add a login for {tenant} to \
                 tenant_credentials in the provider block."
            ),
            Self::NoSuchTenant { tenant, similar } => {
                let guess = similar.as_ref();
                let guess = guess.map_or_else(String::new, |similar| format!("Did you mean `{similar}`? "));
                format!(
                    "The cluster has no user tenant `{tenant}`. {guess}{}",
                    Kind::UnknownTenant.advice()
                )
            }
            Self::OtherTenant {
                attempted,
                login,
                tenant,
            } => format!(
                "The provider is logged in to the tenant {login}, which manages itself only: {attempted}. Log in to sys, \
                 or to {tenant}."
            ),
            Self::Missing(missing) => format!("{missing}."),
        }
    }
}

impl From<&Error> for Diagnostic {
    fn from(error: &Error) -> Self {
        error.diagnostic()
    }
}

fn indented(attempts: &[String]) -> String {
    attempts.iter().fold(String::new(), |mut list, attempt| {
        // Writing to a String cannot fail.
        let _ = write!(list, "\n  {attempt}");
        list
    })
}

fn answered(attempted: &str, statement: &str, server: &ServerError, advice: &str) -> String {
    format!(
        "{}\n\nThe server said:\n\n  {server}\n\n{advice}",
        tried(attempted, statement)
    )
}

fn tried(attempted: &str, statement: &str) -> String {
    format!("We tried this: {attempted}\n\n  {statement}")
}

fn effect(maybe_applied: bool) -> &'static str {
    if maybe_applied {
        "The statement may have taken effect nevertheless. Run terraform plan to see where things stand, and apply again."
    } else {
        "This by itself changed nothing. Try again."
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{settings::ExpectedCluster, statement::Statement},
        *,
    };
    use crate::cluster::secret::Secret;
    use expect_test::{Expect, expect};

    fn check(error: &Error, expected: Expect) {
        let diagnostic = error.diagnostic();
        assert!(!diagnostic.summary.ends_with('.'));
        expected.assert_eq(&format!("{}\n---\n{}\n", diagnostic.summary, diagnostic.detail));
    }

    fn refused(number: u16, message: &str) -> Error {
        let statement = Statement::new("ALTER SYSTEM SET DATA_BACKUP_DEST = ").literal_parts(|l| {
            l.text("oss://b/p?host=h&access_id=i&access_key=")
                .secret(&Secret::new("s3cr3t"))
        });
        Error::Server {
            attempted: "setting the backup destination of t1".to_owned(),
            statement: statement.to_string(),
            server: Box::new(ServerError {
                number,
                sqlstate: "HY000".to_owned(),
                message: statement.redact(message),
            }),
        }
    }

    #[test]
    fn a_refused_statement_says_what_was_tried_what_was_said_and_what_to_do() {
        check(
            &refused(9080, "format file does not exist"),
            expect![[r#"
                The destination is not empty and has no format file
                ---
                We tried this: setting the backup destination of t1

                  ALTER SYSTEM SET DATA_BACKUP_DEST = 'oss://b/p?host=h&access_id=i&access_key=***'

                The server said:

                  error 9080 (HY000): format file does not exist

                Use a new or empty directory. If an earlier attempt failed half-way (a timeout, a lost connection, a lacking right), remove what it left there, the directory check_file, and apply again: the server does not remove it, and takes it for foreign content.
            "#]],
        );
    }

    #[test]
    fn a_key_quoted_by_the_server_is_not_repeated() {
        check(
            &refused(
                9026,
                "oss://b/p?host=h&access_id=i&access_key=s3cr3t is not a valid uri",
            ),
            expect![[r#"
                The destination is not valid
                ---
                We tried this: setting the backup destination of t1

                  ALTER SYSTEM SET DATA_BACKUP_DEST = 'oss://b/p?host=h&access_id=i&access_key=***'

                The server said:

                  error 9026 (HY000): oss://b/p?host=h&access_id=i&access_key=*** is not a valid uri

                Check the scheme, the path, the host and the options of the destination. nfs paths are absolute and take few options; object storage needs a host, and an access key or a role; cos needs an appid.
            "#]],
        );
    }

    #[test]
    fn a_login_that_was_refused_hints_at_the_tenant() {
        let server = ServerError {
            number: 1045,
            sqlstate: "42000".to_owned(),
            message: "Access denied for user 'root'".to_owned(),
        };
        check(
            &Error::Login {
                endpoint: "h:2881".to_owned(),
                user: "root@t1".to_owned(),
                server: Box::new(server),
                of_tenant: None,
                tls_disabled: false,
            },
            expect![[r#"
                The login was refused
                ---
                Logging in as root@t1 at h:2881, the server said:

                  error 1045 (42000): Access denied for user 'root'

                Check username, password, tenant and cluster: a wrong tenant is reported like a wrong password. Through OBProxy the cluster is needed; directly to an OBServer it must be left out.
            "#]],
        );
    }

    #[test]
    fn a_lost_connection_admits_that_the_change_may_have_been_made() {
        let error = Error::Lost {
            attempted: "starting log archiving of t1".to_owned(),
            statement: "ALTER SYSTEM ARCHIVELOG TENANT = `t1`".to_owned(),
            reason: "Connection reset by peer".to_owned(),
            maybe_applied: true,
        };
        assert!(error.maybe_applied());
        check(
            &error,
            expect![[r#"
            The connection to the cluster was lost
            ---
            We tried this: starting log archiving of t1

              ALTER SYSTEM ARCHIVELOG TENANT = `t1`

            Connection reset by peer. The statement may have taken effect nevertheless. Run terraform plan to see where things stand, and apply again.
        "#]],
        );
    }

    #[test]
    fn an_unreachable_cluster_lists_its_endpoints() {
        let attempts = vec![
            "a:2881: refused".to_owned(),
            "b:2881: no answer within 10 seconds".to_owned(),
        ];
        check(
            &Error::Connect { attempts },
            expect![[r#"
            The cluster cannot be reached
            ---
            No endpoint answered:

              a:2881: refused
              b:2881: no answer within 10 seconds

            Check the endpoints (port 2881 of an OBServer, 2883 of OBProxy), the network and the tls settings.
        "#]],
        );
    }

    #[test]
    fn a_missing_setting_names_its_environment_variable() {
        check(
            &Error::NotConfigured { setting: "endpoints" },
            expect![[r#"
            The provider is not configured
            ---
            Set endpoints in the provider block, or its environment variable (OCEANBASE_ENDPOINTS).
        "#]],
        );
    }

    #[test]
    fn another_cluster_is_told_from_the_one_that_is_meant() {
        let named = |name: Option<&str>, id| ExpectedCluster {
            name: name.map(str::to_owned),
            id,
        };
        check(
            &Error::OtherCluster {
                attempted: "reading the state of the cluster".to_owned(),
                expected: named(None, Some(2)).to_string(),
                found: named(Some("obcluster"), Some(1)).to_string(),
            },
            expect![[r#"
            This is another cluster than expected
            ---
            The endpoints lead to the cluster "obcluster" (id 1); meant is the cluster with id 2, by `expected_cluster` or by OCEANBASE_EXPECTED_CLUSTER. So the provider stopped before reading the state of the cluster. Correct the endpoints, or what is expected.
        "#]],
        );
    }

    #[test]
    fn a_timeout_of_the_server_may_have_been_applied_too() {
        assert!(refused(4012, "Timeout").maybe_applied());
        assert!(!refused(9080, "").maybe_applied());
        assert_eq!(refused(9036, "").kind(), Some(Kind::BackupInProgress));
    }
}
