//! `MAJOR FREEZE`, and the statements that hold a compaction up.

use crate::answer::ServerError;
use crate::cluster::session::SessionMemory;
use crate::cluster::statement::{Freeze, FreezeVerb};
use crate::cluster::{Cluster, Viewer, error};

impl Cluster {
    pub(super) fn freeze(
        &mut self,
        viewer: &Viewer,
        memory: &mut SessionMemory,
        statement: &Freeze,
    ) -> Result<(), ServerError> {
        let (ids, of_meta) = self.frozen_tenants(viewer, statement.tenants.as_deref())?;
        self.require_alter_system(viewer)?;
        let now = self.clock.now();
        for tenant in self.tenants.values_mut().filter(|tenant| ids.contains(&tenant.id)) {
            let compaction = if of_meta {
                &mut tenant.meta_compaction
            } else {
                &mut tenant.compaction
            };
            match statement.verb {
                FreezeVerb::MajorFreeze => {
                    if !compaction.freeze(now) {
                        memory.warning = Some(error::larger_frozen_scn());
                    }
                }
                FreezeVerb::Suspend => compaction.suspend(true, now),
                FreezeVerb::Resume => compaction.suspend(false, now),
                // Neither has anything to show for it here.
                FreezeVerb::MinorFreeze | FreezeVerb::ClearError => {}
            }
        }
        Ok(())
    }

    /// The tenants, and whether their META tenants are meant. Sys without a list means itself alone.
    fn frozen_tenants(&self, viewer: &Viewer, names: Option<&[String]>) -> Result<(Vec<u64>, bool), ServerError> {
        let Some(names) = names else {
            return Ok((vec![viewer.tenant_id], false));
        };
        if !viewer.is_sys() {
            return Err(error::tenant_clause_denied());
        }
        if let [group] = names {
            let everybody = || {
                let tenants = self.tenants.values().filter(|tenant| tenant.is_user_tenant());
                tenants.map(|tenant| tenant.id).collect()
            };
            match group.to_ascii_lowercase().as_str() {
                "all" | "all_user" => return Ok((everybody(), false)),
                "all_meta" => return Ok((everybody(), true)),
                _ => {}
            }
        }
        let is_group = |name: &String| {
            ["all", "all_user", "all_meta"]
                .iter()
                .any(|word| name.eq_ignore_ascii_case(word))
        };
        if names.iter().any(is_group) {
            return Err(error::not_supported(
                "all/all_user/all_meta in combination with other names is not supported",
            ));
        }
        let mut ids = Vec::new();
        for name in names {
            let id = self.tenant(name).ok_or_else(error::unknown_tenant)?.id;
            if ids.contains(&id) {
                return Err(error::not_supported(format!(
                    "duplicate tenant {name} is not supported"
                )));
            }
            ids.push(id);
        }
        Ok((ids, false))
    }
}
