//! Logging in: which user of which tenant, and the server's reasons to refuse.

use std::fmt;

use super::tenant::{CompatibilityMode, Privileges, Tenant, TenantStatus, User};
use super::{Cluster, NotFound, Viewer, error};
use crate::answer::ServerError;

/// An account that may log in with the right password.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Who the session speaks for.
    pub viewer: Viewer,
    /// The password in plain text; may be empty.
    pub password: String,
}

/// Says nothing of the password.
impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("viewer", &self.viewer)
            .finish_non_exhaustive()
    }
}

/// The answer to a wrong user, a wrong password and an unknown tenant alike.
pub fn access_denied(user: &str, using_password: bool) -> ServerError {
    error::access_denied(user, using_password)
}

impl Cluster {
    /// Looks up who wants to log in; comparing the password is up to the caller.
    pub fn account(&self, user: &str, tenant: &str) -> Result<Account, ServerError> {
        if is_meta(tenant) && self.tenant(tenant).is_none() && self.meta_owner(tenant).is_some() {
            return Err(error::not_supported("login meta tenant not supported"));
        }
        let denied = || error::access_denied(user, true);
        let tenant = self.tenant(tenant).ok_or_else(denied)?;
        check_tenant(tenant)?;
        let found = tenant.users.get(user).ok_or_else(denied)?;
        Ok(Account {
            viewer: Viewer {
                tenant_id: tenant.id,
                user: user.to_owned(),
            },
            password: found.password.clone(),
        })
    }

    /// Creates a user, or changes the password and privileges of an existing one.
    pub fn create_user(
        &mut self,
        tenant: &str,
        name: &str,
        password: &str,
        privileges: Privileges,
    ) -> Result<(), NotFound> {
        let found = self.tenant_mut(tenant).ok_or_else(|| NotFound::tenant(tenant))?;
        found.set_user(name, password, privileges);
        Ok(())
    }

    fn meta_owner(&self, meta: &str) -> Option<&Tenant> {
        let id = meta.strip_prefix("META$")?.parse().ok()?;
        self.tenants.get(&id).filter(|tenant| tenant.is_user_tenant())
    }

    /// Whether a session may do what needs this privilege.
    pub(crate) fn may(&self, viewer: &Viewer, privilege: Privileges) -> bool {
        self.tenants
            .get(&viewer.tenant_id)
            .and_then(|tenant| tenant.users.get(&viewer.user))
            .is_some_and(|user| user.privileges >= privilege)
    }
}

fn is_meta(tenant: &str) -> bool {
    tenant.starts_with("META$")
}

fn check_tenant(tenant: &Tenant) -> Result<(), ServerError> {
    if tenant.in_recyclebin {
        return Err(error::tenant_not_exist(&tenant.name));
    }
    match tenant.status {
        TenantStatus::Normal => {}
        TenantStatus::Dropping => return Err(error::tenant_not_in_server()),
        TenantStatus::Creating | TenantStatus::Restore | TenantStatus::CreatingStandby => {
            return Err(error::state_not_match());
        }
    }
    if tenant.locked {
        return Err(error::tenant_locked(&tenant.name));
    }
    if tenant.mode == CompatibilityMode::Oracle {
        return Err(error::not_supported(
            "Oracle tenant for current client driver is not supported",
        ));
    }
    Ok(())
}

impl Tenant {
    pub(super) fn set_user(&mut self, name: &str, password: &str, privileges: Privileges) {
        let user = User {
            password: password.to_owned(),
            privileges,
        };
        self.users.insert(name.to_owned(), user);
    }
}
