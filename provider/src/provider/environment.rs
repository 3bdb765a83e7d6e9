//! What the provider block leaves out: environment variables, and defaults.

use super::{ClusterIdentity, Model, TenantCredentials, TlsModeModel, TlsModel};
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
            .map(expected_cluster)
            .transpose()?,
        tls: encryption(model.tls.unwrap_or_default(), environment)?,
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

/// One that names nothing would be no check at all. Terraform drops what the attribute does not have, such as a misspelt `name`.
pub(super) fn expected_cluster(expected: ClusterIdentity) -> Result<ExpectedCluster, Diagnostic> {
    match expected {
        ClusterIdentity { name: None, id: None } => Err(Diagnostic::error(
            "The expected cluster has neither name nor ID",
            "`expected_cluster`, or OCEANBASE_EXPECTED_CLUSTER, is there, but names no cluster. Set `name`, `id` or both, or remove it. \
             (Terraform ignores misspelt names in an object.)",
        )
        .at("expected_cluster")),
        ClusterIdentity { name, id } => Ok(ExpectedCluster { name, id }),
    }
}

fn encryption(model: TlsModel, environment: &Environment<'_>) -> Result<Tls, Diagnostic> {
    let mode = match model.mode {
        Some(mode) => Some(mode),
        None => environment.parsed("TLS_MODE", TLS_MODES, tls_mode_from)?,
    };
    let file = |configured: Option<PathBuf>, name| configured.or_else(|| environment.text(name).map(PathBuf::from));
    let ca_file = file(model.ca_file, "TLS_CA_FILE");
    if mode.is_none() && ca_file.is_some() {
        return Err(Diagnostic::error(
            "The certificate of the server would not be verified",
            "`tls.ca_file`, or OCEANBASE_TLS_CA_FILE, says whom to trust, but the default `mode` is `preferred`, which verifies \
             nothing. Set `tls.mode`, or OCEANBASE_TLS_MODE, to `verify_identity` or `verify_ca`; or to `preferred`, if that is meant.",
        )
        .at("tls"));
    }
    Ok(Tls {
        mode: tls_mode(mode),
        ca_file,
        cert_file: file(model.cert_file, "TLS_CERT_FILE"),
        key_file: file(model.key_file, "TLS_KEY_FILE"),
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
        let length = span.map_or(default, |span: Span| span.length());
        if length.is_zero() {
            let attribute = name.to_lowercase();
            return Err(Diagnostic::error(
                format!("Invalid `{attribute}`"),
                format!("`{attribute}`, or OCEANBASE_{name}, is 0, so that nothing would ever be answered in time. Leave it out for the default."),
            )
            .at(attribute.as_str()));
        }
        Ok(length)
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
    fn an_expected_cluster_that_names_nothing_is_refused() {
        for (block, variable) in [
            (json!({}), None),
            (json!(null), Some(r#"{}"#)),
            (json!(null), Some(r#"{"nam":"prod"}"#)),
            (json!(null), Some(r#"{"name":"prod","di":1}"#)),
        ] {
            let variables = variable.map(|text| ("OCEANBASE_EXPECTED_CLUSTER", text));
            let model = json!({ "endpoints": ["h"], "expected_cluster": block });
            let error = settings_of(model, variables.as_slice()).unwrap_err();
            assert!(error.detail.contains("OCEANBASE_EXPECTED_CLUSTER"), "{}", error.detail);
        }
    }

    #[test]
    fn a_misspelt_part_of_a_login_is_refused() {
        let login = r#"{"t1":{"username":"root","pasword":"s3cr3t"}}"#;
        let error = settings_of(
            json!({ "endpoints": ["h"] }),
            &[("OCEANBASE_TENANT_CREDENTIALS", login)],
        )
        .unwrap_err();
        assert!(!error.detail.contains("s3cr3t"), "{}", error.detail);
    }

    #[test]
    fn a_file_of_authorities_needs_a_mode() {
        let refused = |tls, variables: &[(&str, &str)]| {
            settings_of(json!({ "endpoints": ["h"], "tls": tls }), variables).is_err()
        };
        let from_environment = [("OCEANBASE_TLS_CA_FILE", "/ca.pem")];
        assert!(refused(json!({ "ca_file": "/ca.pem" }), &[]));
        assert!(refused(json!(null), &from_environment));
        assert!(!refused(
            json!({ "ca_file": "/ca.pem" }),
            &[("OCEANBASE_TLS_MODE", "verify_ca")]
        ));
        assert!(!refused(json!({ "mode": "preferred" }), &from_environment));
        assert!(!refused(json!(null), &[]));
    }

    #[test]
    fn no_time_is_no_timeout() {
        for name in ["connect_timeout", "statement_timeout"] {
            let error = settings_of(json!({ "endpoints": ["h"], name: "0s" }), &[]).unwrap_err();
            assert_eq!(error.attribute.unwrap().to_string(), name);
        }
    }

    #[test]
    fn credentials_are_for_user_tenants() {
        let model = json!({ "endpoints": ["h"], "tenant_credentials": { "sys": { "username": "root" } } });
        let error = settings_of(model, &[]).unwrap_err();
        assert_eq!(error.attribute.unwrap().to_string(), "tenant_credentials");
    }
}
