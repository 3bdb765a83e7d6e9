//! What the provider block leaves out: environment variables, and defaults.

use super::{ClusterIdentity, Model, TenantCredentials, TlsModeModel};
use crate::{
    cluster::{
        Secret, TenantName,
        settings::{Credentials, ExpectedCluster, Settings, Tls, TlsMode},
    },
    values::span::Span,
};
use serde::Deserialize;
use std::{collections::BTreeMap, path::PathBuf, time::Duration};
use tfplugin::Diagnostic;

/// Fills in the environment and the defaults.
pub(super) fn settings(model: Model, environment: &Environment<'_>) -> Result<Settings, Diagnostic> {
    let tls = model.tls.unwrap_or_default();
    let endpoints = model
        .endpoints
        .or_else(|| environment.text("ENDPOINTS").map(|list| split(&list)));
    Ok(Settings {
        endpoints: endpoints.unwrap_or_default(),
        username: model
            .username
            .or_else(|| environment.text("USERNAME"))
            .unwrap_or_else(|| "root".to_owned()),
        password: model.password.or_else(|| environment.text("PASSWORD").map(Secret::new)),
        tenant: model.tenant.or_else(|| environment.text("TENANT")),
        cluster: model.cluster.or_else(|| environment.text("CLUSTER")),
        tenant_credentials: tenant_credentials(environment.json(
            model.tenant_credentials,
            "TENANT_CREDENTIALS",
            r#"{"TENANT": {"username": "root", "password": "…"}}"#,
        )?)?,
        expected_cluster: environment
            .json(
                model.expected_cluster,
                "EXPECTED_CLUSTER",
                r#"{"name": "obcluster", "id": 1}"#,
            )?
            .map(|expected: ClusterIdentity| ExpectedCluster {
                name: expected.name,
                id: expected.id,
            }),
        tls: Tls {
            mode: tls_mode(match tls.mode {
                Some(mode) => Some(mode),
                None => environment.parsed("TLS_MODE", TLS_MODES, tls_mode_from)?,
            }),
            ca_file: tls
                .ca_file
                .or_else(|| environment.text("TLS_CA_FILE").map(PathBuf::from)),
            cert_file: tls
                .cert_file
                .or_else(|| environment.text("TLS_CERT_FILE").map(PathBuf::from)),
            key_file: tls
                .key_file
                .or_else(|| environment.text("TLS_KEY_FILE").map(PathBuf::from)),
        },
        connect_timeout: environment.span(model.connect_timeout, "CONNECT_TIMEOUT", Duration::from_secs(10))?,
        statement_timeout: environment.span(model.statement_timeout, "STATEMENT_TIMEOUT", Duration::from_secs(60))?,
        max_connections: usize::from(model.max_connections.unwrap_or(4)),
        read_only: match model.read_only {
            Some(read_only) => read_only,
            None => environment
                .parsed("READ_ONLY", "`true` or `false`", |text| text.parse().ok())?
                .unwrap_or(false),
        },
    })
}

fn tenant_credentials(
    configured: Option<BTreeMap<String, TenantCredentials>>,
) -> Result<BTreeMap<TenantName, Credentials>, Diagnostic> {
    let logins = configured.unwrap_or_default().into_iter().map(|(tenant, login)| {
        let name = tenant.parse().map_err(|reason| {
            Diagnostic::error(
                "Invalid tenant name",
                format!("`tenant_credentials` names the tenant `{tenant}`: {reason}."),
            )
            .at("tenant_credentials")
        })?;
        Ok((
            name,
            Credentials {
                username: login.username,
                password: login.password,
            },
        ))
    });
    logins.collect()
}

fn tls_mode(mode: Option<TlsModeModel>) -> TlsMode {
    match mode.unwrap_or(TlsModeModel::Preferred) {
        TlsModeModel::Disabled => TlsMode::Disabled,
        TlsModeModel::Preferred => TlsMode::Preferred,
        TlsModeModel::Required => TlsMode::Required,
        TlsModeModel::VerifyCa => TlsMode::VerifyCa,
        TlsModeModel::VerifyIdentity => TlsMode::VerifyIdentity,
    }
}

const TLS_MODES: &str = "one of `disabled`, `preferred`, `required`, `verify_ca` and `verify_identity`";

fn tls_mode_from(text: &str) -> Option<TlsModeModel> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
}

/// The environment variables of the provider, by their names without `OCEANBASE_`.
pub(super) struct Environment<'a>(pub(super) &'a dyn Fn(&str) -> Option<String>);

impl Environment<'_> {
    /// A variable that is set and not empty.
    fn text(&self, name: &str) -> Option<String> {
        (self.0)(&format!("OCEANBASE_{name}")).filter(|value| !value.is_empty())
    }

    /// `expected` completes "it must be …".
    fn parsed<T>(
        &self,
        name: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Diagnostic> {
        let parse = |text: String| parse(&text).ok_or_else(|| unusable(name, expected));
        self.text(name).map(parse).transpose()
    }

    fn json<T: for<'de> Deserialize<'de>>(
        &self,
        configured: Option<T>,
        name: &str,
        example: &str,
    ) -> Result<Option<T>, Diagnostic> {
        match configured {
            Some(configured) => Ok(Some(configured)),
            // The text may hold passwords, and the parser's messages quote it.
            None => self.parsed(name, &format!("JSON such as {example}"), |text| {
                serde_json::from_str(text).ok()
            }),
        }
    }

    fn span(&self, configured: Option<Span>, name: &str, default: Duration) -> Result<Duration, Diagnostic> {
        let span = match configured {
            Some(span) => Some(span),
            None => self.parsed(name, "a length of time such as `10s`", |text| text.parse().ok())?,
        };
        Ok(span.map_or(default, |span: Span| span.length()))
    }
}

fn split(list: &str) -> Vec<String> {
    list.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}

fn unusable(name: &str, expected: &str) -> Diagnostic {
    Diagnostic::error(
        "Environment variable cannot be used",
        format!("OCEANBASE_{name} must be {expected}. Correct or unset it."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn settings_of(model: serde_json::Value, variables: &[(&str, &str)]) -> Result<Settings, Diagnostic> {
        let lookup = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        settings(serde_json::from_value(model).unwrap(), &Environment(&lookup))
    }

    #[test]
    fn nothing_but_an_endpoint_is_needed() {
        let settings = settings_of(json!({ "endpoints": ["h:2881"] }), &[]).unwrap();
        assert_eq!(
            (settings.username.as_str(), settings.max_connections, settings.read_only),
            ("root", 4, false)
        );
        assert_eq!(settings.connect_timeout, Duration::from_secs(10));
        assert_eq!(settings.statement_timeout, Duration::from_secs(60));
    }

    #[test]
    fn the_environment_fills_in_what_the_block_leaves_out() {
        let variables = [
            ("OCEANBASE_ENDPOINTS", "a:2881, b:2881"),
            ("OCEANBASE_USERNAME", "admin"),
            ("OCEANBASE_PASSWORD", "s3cr3t"),
            ("OCEANBASE_TENANT", "t1"),
            ("OCEANBASE_CLUSTER", "c1"),
            (
                "OCEANBASE_TENANT_CREDENTIALS",
                r#"{"t1":{"username":"root","password":"p"}}"#,
            ),
            ("OCEANBASE_EXPECTED_CLUSTER", r#"{"name":"c1","id":7}"#),
            ("OCEANBASE_TLS_MODE", "verify_ca"),
            ("OCEANBASE_TLS_CA_FILE", "/ca.pem"),
            ("OCEANBASE_CONNECT_TIMEOUT", "3s"),
            ("OCEANBASE_READ_ONLY", "true"),
        ];
        let settings = settings_of(json!({}), &variables).unwrap();
        assert_eq!(settings.endpoints, ["a:2881", "b:2881"]);
        assert_eq!(
            (settings.username.as_str(), settings.password),
            ("admin", Some(Secret::new("s3cr3t")))
        );
        assert_eq!(
            (settings.tenant.as_deref(), settings.cluster.as_deref()),
            (Some("t1"), Some("c1"))
        );
        assert_eq!(settings.tenant_credentials[&"t1".parse().unwrap()].username, "root");
        assert_eq!(settings.expected_cluster.unwrap().id, Some(7));
        assert_eq!(
            (settings.tls.mode, settings.tls.ca_file),
            (TlsMode::VerifyCa, Some(PathBuf::from("/ca.pem")))
        );
        assert_eq!(
            (settings.connect_timeout, settings.read_only),
            (Duration::from_secs(3), true)
        );
    }

    #[test]
    fn the_block_wins_over_the_environment() {
        let model =
            json!({ "endpoints": ["block:1"], "username": "block", "read_only": false, "connect_timeout": "1s" });
        let variables = [
            ("OCEANBASE_ENDPOINTS", "environment:1"),
            ("OCEANBASE_USERNAME", "environment"),
            ("OCEANBASE_READ_ONLY", "true"),
            ("OCEANBASE_CONNECT_TIMEOUT", "9s"),
        ];
        let settings = settings_of(model, &variables).unwrap();
        assert_eq!(
            (settings.endpoints, settings.username.as_str()),
            (vec!["block:1".to_owned()], "block")
        );
        assert_eq!(
            (settings.connect_timeout, settings.read_only),
            (Duration::from_secs(1), false)
        );
    }

    #[test]
    fn an_unusable_variable_is_named_but_not_quoted() {
        for (name, value) in [
            ("OCEANBASE_TENANT_CREDENTIALS", "{s3cr3t"),
            ("OCEANBASE_EXPECTED_CLUSTER", "s3cr3t"),
            ("OCEANBASE_TLS_MODE", "s3cr3t"),
            ("OCEANBASE_READ_ONLY", "s3cr3t"),
            ("OCEANBASE_STATEMENT_TIMEOUT", "s3cr3t"),
        ] {
            let error = settings_of(json!({ "endpoints": ["h"] }), &[(name, value)]).unwrap_err();
            assert!(
                error.detail.contains(name) && !error.detail.contains("s3cr3t"),
                "{}",
                error.detail
            );
        }
    }

    #[test]
    fn credentials_are_for_user_tenants() {
        let model = json!({ "endpoints": ["h"], "tenant_credentials": { "sys": { "username": "root" } } });
        let error = settings_of(model, &[]).unwrap_err();
        assert_eq!(error.attribute.unwrap().to_string(), "tenant_credentials");
    }
}
